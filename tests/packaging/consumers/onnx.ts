// A program that writes a module and a 4D convolution as ONNX.
import { FullConv4d } from '@hypercorr/conv4d';
import { conv4dLowerings } from '@hypercorr/conv4d/onnx';
import { Linear } from '@hypercorr/nn';
import { exportFunction, exportModule } from '@hypercorr/onnx';
import { init, key, softmax } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';

const engine = await init(wasm({ threads: 2 }));
const linear = new Linear({ inFeatures: 3, outFeatures: 2, key: key(0) });
const conv4d = (where = engine) =>
  new FullConv4d({ inChannels: 1, outChannels: 1, kernel: 3, key: key(1), engine: where });
const files = [
  exportFunction(({ x }) => ({ y: softmax(x, 1) }), { inputs: { x: [1, 10] } }),
  await exportModule(linear, {
    rebuild: (on) => new Linear({ inFeatures: 3, outFeatures: 2, key: null, engine: on }),
    inputs: { x: [4, 3] },
    forward: (copy, { x }) => ({ y: copy.forward(x) }),
  }),
  await exportModule(conv4d(), {
    rebuild: conv4d,
    inputs: { x: [1, 1, 3, 3, 3, 3] },
    forward: (copy, { x }) => ({ y: copy.forward(x) }),
    lowerings: conv4dLowerings,
  }),
];
const operators = files.map((file) =>
  ['Softmax', 'MatMul', 'Conv'].filter((word) => new TextDecoder('latin1').decode(file).includes(word)),
);

console.log(JSON.stringify({ description: engine.description, operators }));
await engine.dispose();
