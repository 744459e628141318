// A program that runs the three 4D convolutions, and differentiates one.
import { lossAndGradients } from '@hypercorr/nn';
import { CenterPivotConv4d, FullConv4d, SeparableConv4d } from '@hypercorr/conv4d';
import { init, key, mean, normal, square } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const x = normal(key(0), [1, 2, 5, 4, 6, 7]);
const options = { inChannels: 2, outChannels: 3, kernel: 3, stride: { support: 2 }, key: key(1) } as const;
const layers = [new FullConv4d(options), new CenterPivotConv4d(options), new SeparableConv4d(options)];
const shapes = layers.map((layer) => layer.forward(x).shape);
const layer = new CenterPivotConv4d(options);
const { gradients } = lossAndGradients(layer, () => mean(square(layer.forward(x))));

console.log(JSON.stringify({ description: engine.description, shapes, gradients: Object.keys(gradients) }));
await engine.dispose();
