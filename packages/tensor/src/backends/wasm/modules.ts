import { BackendError } from '../../errors.ts';
import { decodeHex, prepareBinary } from './binary.ts';
import { kernelsOf, type Kernel } from './control.ts';
import * as ownKernels from './generated/kernels.ts';
import type { WasmModule, WasmStep } from './kernel.ts';

/** The kernels of this package's own operations. */
const ownModule: WasmModule = { name: '@hypercorr/tensor', ...ownKernels };

/** A kernel, and the place where the other threads find it. */
export interface LoadedKernel {
  readonly kernel: Kernel;
  readonly module: number;
  readonly entry: number;
}

/** The kernel modules in use, each loaded on every thread when a step first names it. */
export class ModuleTable {
  readonly #setting: { memory: WebAssembly.Memory; shared: boolean; relaxed: boolean };
  readonly #loadElsewhere: (index: number, binary: Uint8Array) => void;
  readonly #loaded = new Map<WasmModule, Map<string, LoadedKernel>>();

  constructor(
    setting: { memory: WebAssembly.Memory; shared: boolean; relaxed: boolean },
    loadElsewhere: (index: number, binary: Uint8Array) => void,
  ) {
    this.#setting = setting;
    this.#loadElsewhere = loadElsewhere;
  }

  find({ module = ownModule, entry }: WasmStep): LoadedKernel {
    const found = (this.#loaded.get(module) ?? this.#load(module)).get(entry);
    if (found === undefined) throw new BackendError(module.name, `the kernel module has no export ${entry}`);
    return found;
  }

  #load(module: WasmModule): Map<string, LoadedKernel> {
    const { memory, shared, relaxed } = this.#setting;
    const binary = prepareBinary(module.name, decodeHex(relaxed ? module.relaxed : module.baseline), shared);
    const index = this.#loaded.size;
    const kernels = new Map<string, LoadedKernel>();
    for (const [name, kernel] of kernelsOf(new WebAssembly.Module(binary), memory)) {
      kernels.set(name, { kernel, module: index, entry: kernels.size });
    }
    this.#loadElsewhere(index, binary);
    this.#loaded.set(module, kernels);
    return kernels;
  }
}
