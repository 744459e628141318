import { defaultEngine, init, type Engine } from '@hypercorr/tensor';
import { gpu } from '@hypercorr/tensor/gpu';
import { wasm } from '@hypercorr/tensor/wasm';
import { UsageError } from './failure.ts';
import type { computing } from './options.ts';
import type { Settings } from './option.ts';

export type ComputingSettings = Settings<typeof computing>;

/**
 * Starts the chosen backend as the default engine. There is no fallback to another backend.
 *
 * @throws UsageError for `threads` with a backend that has none; BackendError if the backend cannot run here
 */
export async function startEngine({ backend, threads }: ComputingSettings): Promise<Engine> {
  if (backend === 'wasm') return init(wasm(threads === undefined ? {} : { threads }));
  if (threads !== undefined)
    throw new UsageError(`--threads is for the wasm backend; the ${backend} backend has none to set`);
  return backend === 'gpu' ? init(gpu()) : defaultEngine();
}
