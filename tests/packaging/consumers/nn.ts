// A program that trains a layer to add its inputs up, and reads it back from a file.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Linear, SGD, lossAndGradients } from '@hypercorr/nn';
import { loadSafetensors, writeSafetensors } from '@hypercorr/nn/node';
import { init, key, mean, read, scope, square, sub, sum, uniform } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const model = new Linear({ inFeatures: 4, outFeatures: 1, key: key(1) });
const optimizer = new SGD(model, { learningRate: 0.3 });
const x = uniform(key(2), [64, 4]);
const wanted = sum(x, { axes: 1, keepDims: true });
for (let step = 0; step < 300; step += 1) {
  scope(() => optimizer.step(lossAndGradients(model, () => mean(square(sub(model.forward(x), wanted)))).gradients));
}

const folder = await mkdtemp(join(tmpdir(), 'nn-'));
const path = join(folder, 'model.safetensors');
await writeSafetensors(path, model.stateDict());
const names = Object.keys(await loadSafetensors(path));
await rm(folder, { recursive: true });

console.log(JSON.stringify({ description: engine.description, names, result: [...(await read(model.weight.value))] }));
await engine.dispose();
