import { BackendError } from '../../errors.ts';
import type { GpuFunction } from './functions.ts';
import { wordsOf, type Layout } from './layout.ts';

/** How GPU.js runs kernels. */
export type GpuMode = 'webgpu' | 'webgl2' | 'webasm' | 'cpu';

/**
 * What a kernel gives and takes: a texture or a buffer on the device, or a host array (one row, or rows) in the modes
 * without a device.
 */
export type GpuArray = DeviceArray | Float32Array | readonly Float32Array[];

/** A result that stays on the device until its owner deletes it. */
export interface DeviceArray {
  delete(): void;
  /** The kernel that made it. */
  kernel: object;
}

/** A kernel of GPU.js. It is to be awaited in every mode. */
export interface Kernel {
  (...args: readonly unknown[]): GpuArray | Promise<GpuArray>;
  readonly kernel: { readonly fallbackReason: string | null; readonly context: unknown };
  setOutput(output: readonly number[]): unknown;
  destroy(): void;
}

export interface KernelSettings {
  readonly output: readonly number[];
  readonly pipeline: boolean;
  readonly immutable: boolean;
  readonly asyncMode?: boolean;
  readonly dynamicOutput?: boolean;
  readonly dynamicArguments?: boolean;
  readonly precision: 'single';
  readonly tactic: 'precision';
  readonly loopMaxIterations: number;
  readonly functions: readonly GpuFunction[];
}

export interface GpuInstance {
  createKernel(source: string, settings: KernelSettings): Kernel;
  destroy(): Promise<void>;
}

type KernelClass = abstract new (...args: never[]) => unknown;

/** The part of GPU.js that is used here. */
export interface GpuLibrary {
  readonly GPU: { new (settings: { readonly mode: GpuMode }): GpuInstance; isWebGPUAvailable(): Promise<boolean> };
  input(values: Float32Array, size: readonly number[]): unknown;
  readonly CPUKernel: KernelClass;
  readonly WebAssemblyKernel: KernelClass;
  readonly WebGL2Kernel: KernelClass;
  readonly WebGPUKernel: KernelClass;
}

/** @throws BackendError if GPU.js, an optional peer of this package, is not installed */
export async function loadLibrary(): Promise<GpuLibrary> {
  const module: { readonly default?: unknown } = await import('gpu.js').catch((cause: unknown) => {
    throw new BackendError('gpu', 'GPU.js could not be loaded; install it beside this package: npm install gpu.js', {
      cause,
    });
  });
  // Its build for Node exports names, the one for browsers a class that carries them.
  const library = [module, module.default].find(isLibrary);
  if (library === undefined) throw new BackendError('gpu', 'the module gpu.js is not GPU.js 2.24');
  return library;
}

function isLibrary(module: unknown): module is GpuLibrary {
  const isObject = (typeof module === 'object' && module !== null) || typeof module === 'function';
  return isObject && ['GPU', 'input', ...Object.values(kernelClasses)].every((name) => name in module);
}

/** The classes of kernels; `constructor.mode` cannot tell them apart, and their names do not survive a minifier. */
const kernelClasses = {
  webgpu: 'WebGPUKernel',
  webgl2: 'WebGL2Kernel',
  webasm: 'WebAssemblyKernel',
  cpu: 'CPUKernel',
} as const;

/** A mode that runs here, and what it runs on. */
export interface Device {
  readonly mode: GpuMode;
  readonly library: GpuLibrary;
  readonly gpu: GpuInstance;
  /** For people: `GPU.js webgpu on google swiftshader`. */
  readonly description: string;
  /** Says why an array does not fit, if it does not. */
  tooLarge(layout: Layout): string | undefined;
  /** Says what happened to the device, if it was lost. */
  lost(): string | undefined;
  /** Resolves when the device has done all that it was given. */
  finish(): Promise<void>;
}

/**
 * Starts a mode, and runs one kernel in it to see that it is really there.
 *
 * @throws BackendError if it is not
 */
export async function startDevice(library: GpuLibrary, mode: GpuMode): Promise<Device> {
  if (mode === 'webgpu' && !(await library.GPU.isWebGPUAvailable())) {
    throw new BackendError('gpu', 'WebGPU has no adapter here');
  }
  const gpu = create(library, mode);
  const probe = gpu.createKernel('function kernel() { return 1; }', settingsFor([1], []));
  try {
    const one = await probe();
    if ('delete' in one) one.delete();
    checkKernel(library, mode, probe);
    const context: unknown = probe.kernel.context;
    if (mode === 'webgpu' && isWebGpu(context)) return { ...webGpu(context), mode, library, gpu };
    if (mode === 'webgl2' && isWebGl(context)) return { ...webGl(context), mode, library, gpu };
  } catch (cause) {
    await gpu.destroy();
    if (cause instanceof BackendError) throw cause;
    throw new BackendError('gpu', `GPU.js does not run in mode ${mode} here: ${messageOf(cause)}`, { cause });
  }
  const description = mode === 'webasm' ? 'WebAssembly, one thread, no GPU' : 'JavaScript, no GPU';
  return {
    mode,
    library,
    gpu,
    description: describe(mode, description),
    tooLarge: () => undefined,
    lost: () => undefined,
    finish: () => Promise.resolve(),
  };
}

function create(library: GpuLibrary, mode: GpuMode): GpuInstance {
  try {
    return new library.GPU({ mode });
  } catch (cause) {
    throw new BackendError('gpu', `GPU.js has no mode ${mode} here: ${messageOf(cause)}`, { cause });
  }
}

/** Settings of every kernel whose result stays on the device. */
export function settingsFor(output: Layout, functions: readonly GpuFunction[]): KernelSettings {
  return {
    output: [...output],
    functions,
    pipeline: true,
    immutable: true,
    precision: 'single',
    // Else GPU.js declares the sizes of small textures as `lowp`, of which a phone may compute wrong addresses.
    tactic: 'precision',
    // Loops have literal bounds and do not need it; without, GPU.js stops others silently after 1000 rounds.
    loopMaxIterations: 2 ** 24,
  };
}

/** @throws BackendError if GPU.js put another kind of kernel into the place of the one that was asked for */
export function checkKernel(library: GpuLibrary, mode: GpuMode, kernel: Kernel): void {
  const { fallbackReason } = kernel.kernel;
  if (fallbackReason !== null) throw new BackendError('gpu', `GPU.js refused a ${mode} kernel: ${fallbackReason}`);
  if (!(kernel.kernel instanceof library[kernelClasses[mode]])) {
    throw new BackendError('gpu', `GPU.js ran a kernel in another mode than ${mode}`);
  }
}

/** What depends on the kind of device. */
type DeviceParts = Pick<Device, 'description' | 'tooLarge' | 'lost' | 'finish'>;

interface WebGpuContext {
  readonly isLost: boolean;
  readonly adapter: {
    readonly info?: { readonly description: string; readonly architecture: string; readonly vendor: string };
  };
  readonly device: {
    readonly limits: { readonly maxStorageBufferBindingSize: number; readonly maxBufferSize: number };
    readonly queue: { onSubmittedWorkDone(): Promise<void> };
  };
}

function isWebGpu(context: unknown): context is WebGpuContext {
  return typeof context === 'object' && context !== null && 'device' in context && 'adapter' in context;
}

function webGpu(context: WebGpuContext): DeviceParts {
  const { info } = context.adapter;
  const name =
    info?.description || [info?.vendor, info?.architecture].filter(Boolean).join(' ') || 'an adapter without a name';
  const { maxStorageBufferBindingSize, maxBufferSize } = context.device.limits;
  const most = Math.min(maxStorageBufferBindingSize, maxBufferSize);
  return {
    description: describe('webgpu', name),
    tooLarge: (layout) =>
      wordsOf(layout) * 4 > most
        ? `${wordsOf(layout) * 4} bytes, and a storage buffer holds at most ${most}`
        : undefined,
    lost: () => (context.isLost ? 'the WebGPU device was lost' : undefined),
    finish: () => context.device.queue.onSubmittedWorkDone(),
  };
}

function isWebGl(context: unknown): context is WebGL2RenderingContext {
  return typeof WebGL2RenderingContext !== 'undefined' && context instanceof WebGL2RenderingContext;
}

function webGl(context: WebGL2RenderingContext): DeviceParts {
  const extension = context.getExtension('WEBGL_debug_renderer_info');
  const name: unknown = context.getParameter(extension?.UNMASKED_RENDERER_WEBGL ?? context.RENDERER);
  const side = Number(context.getParameter(context.MAX_TEXTURE_SIZE));
  return {
    description: describe('webgl2', String(name)),
    tooLarge(layout) {
      // GPU.js folds a row into a texture that is about as high as it is wide.
      const [width, height] = layout.length === 2 ? layout : [Math.ceil(Math.sqrt(layout[0])), 1];
      if (Math.max(width, height) <= side) return undefined;
      return `a texture of ${width}×${height}, and textures have at most ${side}×${side}`;
    },
    lost: () => (context.isContextLost() ? 'the WebGL context was lost' : undefined),
    finish() {
      // In browsers `finish` only flushes; reading a pixel waits.
      const framebuffer: unknown = context.getParameter(context.READ_FRAMEBUFFER_BINDING);
      context.bindFramebuffer(context.READ_FRAMEBUFFER, null);
      context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, new Uint8Array(4));
      context.bindFramebuffer(context.READ_FRAMEBUFFER, framebuffer instanceof WebGLFramebuffer ? framebuffer : null);
      return Promise.resolve();
    },
  };
}

function describe(mode: GpuMode, on: string): string {
  return `GPU.js ${mode} on ${on}`;
}

export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
