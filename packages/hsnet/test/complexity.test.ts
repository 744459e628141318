import { readFileSync } from 'node:fs';
import { ShapeError, defaultEngine, scope, zeros } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import type { BackboneName } from '@hypercorr/vision';
import { HSNet, complexity, type KernelName } from '../src/index.ts';

interface ParameterCase {
  readonly backbone: BackboneName;
  readonly kernel: KernelName;
  readonly learner_params: number;
}

const { params } = JSON.parse(readFileSync(new URL('../../../fixtures/cases.json', import.meta.url), 'utf8')) as {
  params: readonly ParameterCase[];
};

test.each(params)(
  'the learner for $backbone with $kernel convolutions has $learner_params parameters',
  ({ backbone, kernel, learner_params }) => {
    expect(complexity({ backbone, kernel, size: 64 }).learnerParams).toBe(learner_params);
  },
);

test.each([
  // Parameters as torchvision counts them, less those of the classifier: 25,557,032 − 2,049,000; 44,549,160 − 2,049,000;
  // 138,357,544 − 123,642,856. Multiply-adds of the learner: 17.72 G and 18.14 G are the specification's.
  { backbone: 'resnet50', backboneParams: 23_508_032, learner: 17.72 },
  { backbone: 'resnet101', backboneParams: 42_500_160, learner: 18.14 },
  { backbone: 'vgg16', backboneParams: 14_714_688, learner: 17.27 },
] as const)('$backbone at 400×400', ({ backbone, backboneParams, learner }) => {
  const { macs, layers, ...cost } = complexity({ backbone, size: 400 });
  expect(cost.backboneParams).toBe(backboneParams);
  expect((macs.learner / 1e9).toFixed(2)).toBe(learner.toFixed(2));
  const sum = (of: 'params' | 'macs') => layers.reduce((total, layer) => total + layer[of], 0);
  expect(sum('params')).toBe(cost.backboneParams + cost.learnerParams);
  expect(sum('macs')).toBe(macs.backbone + macs.correlation + macs.learner);
});

test('layers are counted by their formulas', () => {
  const { layers, macs } = complexity({ backbone: 'resnet50', size: [400, 320] });
  const layer = (name: string) => layers.find((each) => each.name === name);
  // 64 filters of 7×7×3 at 200×160 places
  const stem = { name: 'backbone.conv1', output: [1, 64, 200, 160], params: 64 * 147, macs: 64 * 147 * 200 * 160 };
  expect(layer('backbone.conv1')).toEqual({ ...stem, activationBytes: 4 * 64 * 200 * 160 });
  expect(layer('backbone.bn1')).toEqual({
    name: 'backbone.bn1',
    output: undefined,
    params: 128,
    macs: 0,
    activationBytes: 0,
  });
  // The query plane's 5×5 at every fourth support position
  expect(layer('hpn_learner.encoder_layer2.0.conv1')).toMatchObject({
    output: [1, 16, 50, 40, 13, 10],
    params: 16 * 4 * 25 + 16,
    macs: 16 * 4 * 25 * 50 * 40 * 13 * 10,
  });
  // 6 taps of 1024 channels
  const middle = (25 * 20) ** 2;
  expect(layer('correlation.middle')).toMatchObject({
    output: [1, 6, 25, 20, 25, 20],
    params: 0,
    macs: 6 * 1024 * middle,
  });
  expect(macs.correlation).toBe(4 * 512 * (50 * 40) ** 2 + 6 * 1024 * middle + 3 * 2048 * (13 * 10) ** 2);
});

test('the peak of memory is that of a real run, byte for byte', () => {
  const engine = defaultEngine();
  using model = new HSNet({ backbone: 'tiny', key: null, engine });
  engine.resetPeak();
  scope(() => {
    const images = zeros([1, 3, 32, 32], { engine });
    model.forward(images, images, zeros([1, 32, 32], { engine }));
  });
  expect(complexity({ backbone: 'tiny', size: 32 }).peakBytes).toBe(engine.memory().peakBytes);
});

test('an image too small for the backbone is an error', () => {
  expect(() => complexity({ backbone: 'vgg16', size: 16 })).toThrow(ShapeError);
});
