import {
  type Engine,
  fromArray,
  init,
  key,
  noGrad,
  read,
  uniform,
  zeros,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import { wasm } from '@hypercorr/tensor/wasm';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, test } from 'vitest';
import { asFeatureMap, type BackboneName } from '@hypercorr/vision';
import { HSNet, additionNames, tapCounts, type HSNetOptions, type KernelName } from '../src/index.ts';
import { exportOnnx } from '../src/onnx/index.ts';

let engine: Engine;
beforeAll(async () => {
  ort.env.wasm.numThreads = 1;
  engine = await init(wasm());
  return () => engine.dispose();
});

/** Runs the file in ONNX Runtime; inputs by their names. */
async function runOnnx(file: Uint8Array, inputs: Readonly<Record<string, Tensor<Shape, 'float32'>>>) {
  const session = await ort.InferenceSession.create(file);
  expect([...session.inputNames].toSorted()).toEqual(Object.keys(inputs).toSorted());
  const feeds: Record<string, ort.Tensor> = {};
  for (const [name, tensor] of Object.entries(inputs))
    feeds[name] = new ort.Tensor('float32', await read(tensor), tensor.shape);
  const { logits } = await session.run(feeds);
  await session.release();
  if (logits === undefined || !(logits.data instanceof Float32Array)) throw new Error('there are no logits');
  return { shape: logits.dims, data: logits.data };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] ?? NaN))), 0);
}

function modelOf(backbone: BackboneName, kernel: KernelName, options: Partial<HSNetOptions> = {}): HSNet {
  const model = new HSNet({ backbone, kernel, ...options, key: key(1), engine });
  return model.eval();
}

const noise = (seed: number, shape: Shape) => uniform(key(seed), shape, { min: -1, max: 2, engine });

describe('exportOnnx', () => {
  test.each([
    ['resnet50', 'center-pivot', [96, 128], []],
    ['vgg16', 'center-pivot', [48, 64], []],
    ['tiny', 'full', [96, 80], []],
    ['tiny', 'separable', [80, 96], []],
    // A place of the deep level would lie on the mask's edge, but for float32: 160 → 10, element 3.
    ['tiny', 'center-pivot', [64, 160], []],
    ['tiny', 'center-pivot', [64, 96], additionNames],
    ['mobilenetv2', 'center-pivot', [64, 64], additionNames],
  ] as const)('%s, %s, %j: ONNX Runtime computes the same logits', async (backbone, kernel, size, additions) => {
    using model = modelOf(backbone, kernel, { additions });
    const file = await exportOnnx(model, { size });
    const [query, support] = [noise(2, [1, 3, ...size]), noise(3, [1, 3, ...size])];
    const mask = fromArray(
      Float32Array.from({ length: sizeOf(size) }, (_, i) => Number(i % size[1] < 53)),
      [1, ...size],
      { engine },
    );
    const theirs = await runOnnx(file, { query, support, mask });
    const image = [1, 3, ...size] as const;
    const logits = noGrad(() =>
      model.forward(query as Tensor<typeof image, 'float32'>, support as Tensor<typeof image, 'float32'>, mask),
    );
    expect(theirs.shape).toEqual([1, 2, ...size]);
    const ours = await read(logits);
    expect(Math.max(...ours.map(Math.abs))).toBeGreaterThan(0.01);
    expect(largestDifference(ours, theirs.data)).toBeLessThan(1e-5);
    for (const tensor of [query, support, mask, logits]) tensor.dispose();
  });

  test.each(['center-pivot', 'full', 'separable'] as const)('the learner alone, %s', async (kernel) => {
    using model = modelOf('tiny', kernel);
    const file = await exportOnnx(model, { size: [96, 64], part: 'learner' });
    const { deep, middle, shallow } = tapCounts(model.taps);
    const pyramid = {
      deep: uniform(key(4), [1, deep, 3, 2, 3, 2], { engine }),
      middle: uniform(key(5), [1, middle, 6, 4, 6, 4], { engine }),
      shallow: uniform(key(6), [1, shallow, 12, 8, 12, 8], { engine }),
    };
    const theirs = await runOnnx(file, pyramid);
    const logits = noGrad(() => model.hpn_learner.forward(pyramid));
    expect(theirs.shape).toEqual(logits.shape);
    expect(largestDifference(await read(logits), theirs.data)).toBeLessThan(1e-5);
    for (const tensor of [...Object.values(pyramid), logits]) tensor.dispose();
  });

  test('the learner alone, with all additions', async () => {
    using model = modelOf('tiny', 'center-pivot', { additions: additionNames });
    const file = await exportOnnx(model, { size: 64, part: 'learner' });
    const { deep, middle, shallow } = tapCounts(model.taps);
    const pyramid = {
      deep: uniform(key(4), [1, 2 * deep, 2, 2, 2, 2], { engine }),
      middle: uniform(key(5), [1, 2 * middle, 4, 4, 4, 4], { engine }),
      shallow: uniform(key(6), [1, 2 * shallow, 8, 8, 8, 8], { engine }),
    };
    const guidance = {
      guidance4: noise(7, [1, 32, 16, 16]),
      guidance8: noise(8, [1, 64, 8, 8]),
      guidance16: noise(9, [1, 80, 4, 4]),
    };
    const prototypes = {
      deep: uniform(key(10), [1, 2 * deep, 2, 2, 1, 1], { engine }),
      middle: uniform(key(11), [1, 2 * middle, 4, 4, 1, 1], { engine }),
      shallow: uniform(key(12), [1, 2 * shallow, 8, 8, 1, 1], { engine }),
    };
    const theirs = await runOnnx(file, {
      ...pyramid,
      ...guidance,
      ...Object.fromEntries(Object.entries(prototypes).map(([level, map]) => [`${level}Prototypes`, map])),
    });
    const maps = Object.values(guidance).map(asFeatureMap);
    const logits = noGrad(() => model.hpn_learner.forward(pyramid, { guidance: maps, prototypes }));
    expect(largestDifference(await read(logits), theirs.data)).toBeLessThan(1e-5);
    for (const tensor of [...Object.values(pyramid), ...Object.values(prototypes), ...maps, logits]) tensor.dispose();
  });

  test('each weight is there once, under its name', async () => {
    using model = modelOf('tiny', 'center-pivot');
    const file = Buffer.from(await exportOnnx(model, { size: 64 }));
    const weights = Object.values(model.namedParameters()).reduce((sum, { value }) => sum + 4 * value.size, 0);
    expect(file.length).toBeGreaterThan(weights * 0.99);
    expect(file.length).toBeLessThan(weights + 200_000);
    for (const name of ['hpn_learner.encoder_layer4.0.conv1.weight', 'hpn_learner.decoder2.2.bias'])
      expect(file.includes(name)).toBe(true);
  });

  test('without support masking the mask has no part in it', async () => {
    using model = modelOf('tiny', 'center-pivot', { supportMasking: false });
    const file = await exportOnnx(model, { size: 64 });
    const [query, support] = [noise(7, [1, 3, 64, 64]), noise(8, [1, 3, 64, 64])];
    const [none, all] = [
      zeros([1, 64, 64], { engine }),
      fromArray(new Float32Array(64 * 64).fill(1), [1, 64, 64], { engine }),
    ];
    const [first, second] = [
      await runOnnx(file, { query, support, mask: none }),
      await runOnnx(file, { query, support, mask: all }),
    ];
    expect(first.data).toEqual(second.data);
    for (const tensor of [query, support, none, all]) tensor.dispose();
  });

  test('a size too small for the backbone', async () => {
    using model = modelOf('vgg16', 'center-pivot');
    await expect(exportOnnx(model, { size: 8 })).rejects.toThrow(/\[maxPool2d\]|\[HSNet\]|\[vgg16\]/);
  });
});
