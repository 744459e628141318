import type { WasmModule } from '@hypercorr/tensor/op';
import * as kernels from '../generated/kernels.ts';

/** The kernels of this package. Steps without a module run the kernels of `@hypercorr/tensor`. */
export const module: WasmModule = { name: '@hypercorr/conv4d', ...kernels };
