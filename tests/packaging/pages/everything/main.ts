// Everything that @hypercorr/tensor has, with the wasm backend: what is measured.
import * as tensor from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

Object.assign(globalThis, { hypercorr: { ...tensor, wasm } });
