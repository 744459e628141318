// A program that has only @hypercorr/tensor installed, without GPU.js.
import { init, matmul, mul, read, scope, tensor, type Tensor } from '@hypercorr/tensor';
import { gpu } from '@hypercorr/tensor/gpu';
import { num } from '@hypercorr/tensor/kernels';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const a = tensor([
  [1, 2, 3],
  [4, 5, 6],
]);
const square: Tensor<readonly [2, 2], 'float32'> = scope(() => mul(matmul(a, a, { transposeB: true }), 0.5));

// @ts-expect-error the inner sizes differ
const product = (): unknown => matmul(a, a);
const refused = await Promise.resolve()
  .then(product)
  .then(() => 'computed', String);

const gpuRefused = await init(gpu()).then(() => 'started', String);

console.log(
  JSON.stringify({
    description: engine.description,
    result: [...(await read(square))],
    refused,
    gpuRefused,
    text: num(-1),
  }),
);
await engine.dispose();
