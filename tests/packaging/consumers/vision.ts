// A program that takes feature maps of an image, with weights drawn at random, and scores a labelling.
import { ConfusionMatrix, createBackbone, imageBatch } from '@hypercorr/vision';
import { init, key, scope } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const backbone = createBackbone('tiny', { key: key(0) });
const image = { width: 64, height: 32, data: new Uint8Array(3 * 64 * 32) };
const shapes = scope(() =>
  backbone.features(imageBatch([image]), ['layer4.0', 'layer1.0.relu']).map(({ shape }) => shape),
);
const matrix = new ConfusionMatrix({ classes: 2 });
matrix.add([0, 1], [0, 1]);

console.log(JSON.stringify({ description: engine.description, shapes, miou: matrix.miou }));
await engine.dispose();
