// Trains a layer to add its inputs up, on the page's main thread and one worker.
import { Linear, SGD, lossAndGradients } from '@hypercorr/nn';
import { init, key, mean, read, scope, square, sub, sum, uniform } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

async function train(): Promise<{ description: string; result: number[] }> {
  const engine = await init(wasm({ threads: 2 }));
  const model = new Linear({ inFeatures: 4, outFeatures: 1, key: key(1) });
  const optimizer = new SGD(model, { learningRate: 0.3 });
  const x = uniform(key(2), [64, 4]);
  const wanted = sum(x, { axes: 1, keepDims: true });
  for (let step = 0; step < 300; step += 1) {
    scope(() => optimizer.step(lossAndGradients(model, () => mean(square(sub(model.forward(x), wanted)))).gradients));
  }
  const result = [...(await read(model.weight.value))];
  const { description } = engine;
  await engine.dispose();
  return { description, result };
}

Object.assign(globalThis, { outcome: train() });
