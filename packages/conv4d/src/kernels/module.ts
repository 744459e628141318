import type { WasmModule } from '@hypercorr/tensor/op';
import * as kernels from '../generated/kernels.ts';

/** The kernels of this package; steps without a module run those of `@hypercorr/tensor`. */
export const module: WasmModule = { name: '@hypercorr/conv4d', ...kernels };
