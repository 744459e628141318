// The task of task.ts, computed by this library.
import { conv2d, fromArray, init, read, relu, scope } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { channels, first, image, second, side } from './task.ts';

export async function forward(): Promise<Float32Array> {
  const engine = await init(wasm());
  const [input, between, output] = channels;
  const y = scope(() => {
    const x = fromArray(image, [1, input, side, side]);
    const v = fromArray(first, [between, input, 3, 3]);
    const w = fromArray(second, [output, between, 3, 3]);
    return conv2d(relu(conv2d(x, v, { padding: 1 })), w, { padding: 1 });
  });
  const result = await read(y);
  await engine.dispose();
  return result;
}
