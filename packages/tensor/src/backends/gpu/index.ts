import type { BackendFactory } from '../../backend.ts';
import { checkOptions } from '../../options.ts';
import { BackendError } from '../../errors.ts';
import { GpuBackend } from './backend.ts';
import { loadLibrary, messageOf, startDevice, type GpuMode } from './library.ts';

export type { GpuInput, GpuKernel, GpuPass, GpuSource, GpuView } from './kernel.ts';
export type { GpuMode } from './library.ts';

export interface GpuOptions {
  /** How GPU.js runs the kernels. `auto` is `webgpu`, else `webgl2`; the modes without a GPU are for tests. */
  readonly mode?: GpuMode | 'auto';
}

const gpuOptions = { mode: true };

/**
 * The GPU.js backend; GPU.js is an optional peer dependency of this package.
 *
 * Every element is a float32 there: int32 is exact up to ±2²⁴, and an error beyond. NaN and infinities may get lost, because
 * GPU drivers may compute as if there were none.
 *
 * @example const engine = await init(gpu({ mode: 'webgpu' }));
 * @throws BackendError (from `init`) when the machine does not have the mode. No other mode takes its place.
 */
export function gpu(options: GpuOptions = {}): BackendFactory {
  checkOptions('gpu', options, gpuOptions);
  const { mode = 'auto' } = options;
  return async () => {
    const library = await loadLibrary();
    if (mode !== 'auto') return new GpuBackend(await startDevice(library, mode));
    const tried: string[] = [];
    for (const candidate of ['webgpu', 'webgl2'] as const) {
      try {
        return new GpuBackend(await startDevice(library, candidate));
      } catch (error) {
        tried.push(messageOf(error));
      }
    }
    throw new BackendError('gpu', `there is no GPU here (${tried.join('; ')}); the backend wasm needs none`);
  };
}
