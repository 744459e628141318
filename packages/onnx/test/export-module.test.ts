import { BatchNorm2d, Conv2d, Linear, Module } from '@hypercorr/nn';
import {
  BackendError,
  DTypeError,
  add,
  argMax,
  cast,
  fromArray,
  init,
  key,
  noGrad,
  ones,
  read,
  relu,
  reshape,
  uniform,
  type Engine,
  type Key,
  type Tensor,
} from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { beforeAll, describe, expect, test } from 'vitest';
import { exportModule } from '../src/index.ts';
import { largestDifference, runOnnx } from './runtime.ts';

type Images = Tensor<readonly [2, 3, 8, 6], 'float32'>;

/** A small module that is not HSNet: convolution, batch norm, ReLU, linear layer. */
class Classifier extends Module {
  readonly conv: Conv2d<3, 4>;
  readonly norm: BatchNorm2d<4>;
  readonly linear: Linear<192, 5>;

  constructor(options: { readonly key: Key | null; readonly engine: Engine }) {
    super();
    this.conv = new Conv2d({ inChannels: 3, outChannels: 4, kernel: 3, padding: 1, ...options });
    this.norm = new BatchNorm2d({ channels: 4, engine: options.engine });
    this.linear = new Linear({ inFeatures: 192, outFeatures: 5, ...options });
  }

  features(images: Images) {
    return relu(this.norm.forward(this.conv.forward(images)));
  }

  forward(images: Images) {
    return this.linear.forward(reshape(this.features(images), [2, 192]));
  }
}

let engine: Engine;
let model: Classifier;
beforeAll(async () => {
  engine = await init(wasm());
  model = new Classifier({ key: key(1), engine });
  return () => engine.dispose();
});

const rebuild = (on: Engine): Classifier => new Classifier({ key: null, engine: on });
const inputs = { images: [2, 3, 8, 6] } as const;

describe('exportModule', () => {
  test('ONNX Runtime computes the same, output by output', async () => {
    using images = uniform(key(2), inputs.images, { min: -1, max: 2, engine });
    // Running statistics that are not the first ones.
    noGrad(() => model.train().forward(images)).dispose();
    const file = await exportModule(model, {
      rebuild,
      inputs,
      forward: (classifier, { images: traced }) => ({
        features: classifier.features(traced),
        scores: classifier.forward(traced),
      }),
      name: 'classifier',
      metadata: { classes: 'five' },
    });
    model.eval();
    const theirs = await runOnnx(file, { images: { shape: inputs.images, data: await read(images) } });
    expect(Object.keys(theirs)).toEqual(['features', 'scores']);
    using features = noGrad(() => model.features(images));
    using scores = noGrad(() => model.forward(images));
    for (const [name, ours] of Object.entries({ features, scores })) {
      expect(theirs[name]?.shape).toEqual(ours.shape);
      const data = await read<'float32'>(ours);
      expect(Math.max(...data.map(Math.abs))).toBeGreaterThan(0.1);
      // float32 sums of 192 terms
      expect(largestDifference(data, theirs[name]?.data ?? new Float32Array())).toBeLessThan(1e-5);
    }
    const text = Buffer.from(file).toString('latin1');
    for (const word of ['classifier', 'classes', 'five', 'conv.weight', 'linear.weight', 'linear.bias'])
      expect(text).toContain(word);
  });

  test('leaves the module as it is, and nothing behind on its engine', async () => {
    const before = engine.memory().tensors;
    model.train();
    await exportModule(model, { rebuild, inputs, forward: (copy, { images }) => ({ scores: copy.forward(images) }) });
    expect(model.training).toBe(true);
    expect(engine.memory().tensors).toBe(before);
  });

  test('a module that is rebuilt differently is refused', async () => {
    const linear: Linear = new Linear({ inFeatures: 3, outFeatures: 2, key: key(3), engine });
    const other = exportModule(linear, {
      rebuild: (on) => new Linear({ inFeatures: 3, outFeatures: 4, key: null, engine: on }),
      inputs: { x: [1, 3] },
      forward: (copy, { x }) => ({ y: copy.forward(x) }),
    });
    await expect(other).rejects.toThrow(/\[loadStateDict\]/);
    linear.dispose();
  });

  test('outputs have names of their own, are float32, and there is one', async () => {
    const exported = (forward: (images: Images) => Readonly<Record<string, Tensor>>) =>
      exportModule(model, { rebuild, inputs, forward: (_, { images }) => forward(images) });
    await expect(exported((images) => ({ images: relu(images) }))).rejects.toThrow(
      new BackendError('onnx', 'the output images is named like an input; rename one of them'),
    );
    await expect(exported((images) => ({ ones: cast(ones([2], { engine: images.engine }), 'int32') }))).rejects.toThrow(
      new DTypeError('onnx', 'outputs have to be float32, and ones is int32'),
    );
    await expect(exported(() => ({}))).rejects.toThrow(new BackendError('onnx', 'the graph needs an output'));
  });

  test('tensors of another engine, and reading elements, are refused', async () => {
    using constant = fromArray(Float32Array.of(1), [1], { engine });
    const mixed = exportModule(model, {
      rebuild,
      inputs,
      forward: (_, { images }) => ({ y: add(images, constant) }),
    });
    await expect(mixed).rejects.toThrow(/different engines.*to\(x, engine\)/);
  });

  test('an operation without a lowering is named, and so is the package that would have it', async () => {
    const positions = exportModule(model, {
      rebuild,
      inputs,
      forward: (_, { images }) => ({ y: cast(argMax(images), 'float32') }),
    });
    await expect(positions).rejects.toThrow(
      new BackendError(
        'onnx',
        'no lowering says what argMax becomes in an ONNX file; @hypercorr/tensor, which defines argMax, has none',
      ),
    );
  });
});
