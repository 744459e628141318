// A program that takes a gradient.
import { grad } from '@hypercorr/autograd';
import { init, mul, read, sum, tensor, type Tensor } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const x = tensor([1, -2, 3]);
const gradient: Tensor<readonly [3], 'float32'> = grad((w: Tensor<readonly [3], 'float32'>) => sum(mul(w, mul(w, w))))(
  x,
);
console.log(JSON.stringify({ description: engine.description, result: [...(await read(gradient))] }));
await engine.dispose();
