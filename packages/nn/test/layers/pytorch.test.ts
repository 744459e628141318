import { fromArray, readSync, scope, type Tensor } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import {
  AdaptiveAvgPool2d,
  AvgPool1d,
  AvgPool2d,
  AvgPool3d,
  BatchNorm2d,
  Conv1d,
  Conv2d,
  Conv3d,
  ConvTranspose1d,
  ConvTranspose2d,
  ConvTranspose3d,
  GroupNorm,
  LayerNorm,
  MaxPool1d,
  MaxPool2d,
  MaxPool3d,
  type Layer,
} from '../../src/index.ts';
import { fillerValues } from '../support/filler.ts';
import { distance, fixture, fixtureNames, tolerance } from '../support/fixtures.ts';
import { layerDistances } from '../support/layer-fixture.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

const none = { key: null };

const layers: Readonly<Record<string, () => Layer>> = {
  'conv2d.0': () => new Conv2d({ inChannels: 3, outChannels: 8, kernel: 3, padding: 1, ...none }),
  'conv2d.1': () => new Conv2d({ inChannels: 4, outChannels: 6, kernel: 3, stride: 2, padding: 1, ...none }),
  'conv2d.2': () => new Conv2d({ inChannels: 4, outChannels: 4, kernel: 3, padding: 2, dilation: 2, ...none }),
  'conv2d.3': () => new Conv2d({ inChannels: 6, outChannels: 9, kernel: [1, 1], ...none }),
  'conv2d.4': () => new Conv2d({ inChannels: 3, outChannels: 16, kernel: 7, stride: 2, padding: 3, ...none }),
  'conv2d.5': () => new Conv2d({ inChannels: 4, outChannels: 8, kernel: 3, padding: 1, groups: 2, ...none }),
  'conv2d.6': () => new Conv2d({ inChannels: 5, outChannels: 7, kernel: 5, stride: [4, 4], padding: 2, ...none }),
  'group_norm.0': () => new GroupNorm({ groups: 4, channels: 8 }),
  'group_norm.1': () => new GroupNorm({ groups: 4, channels: 16 }),
  'group_norm.6d': () => new GroupNorm({ groups: 4, channels: 8 }),
  max_pool2d: () => new MaxPool2d({ kernel: 3, stride: 2, padding: 1 }),
  'adaptive_avg_pool2d.6': () => new AdaptiveAvgPool2d({ size: [6, 6] }),
  'conv_transpose2d.plain': () => new ConvTranspose2d({ inChannels: 3, outChannels: 2, kernel: 3, ...none }),
  'conv_transpose2d.double': () =>
    new ConvTranspose2d({ inChannels: 4, outChannels: 3, kernel: 3, stride: 2, padding: 1, outputPadding: 1, ...none }),
  'conv_transpose2d.groups': () =>
    new ConvTranspose2d({
      inChannels: 6,
      outChannels: 6,
      kernel: [2, 4],
      stride: [2, 3],
      padding: [0, 1],
      outputPadding: [1, 0],
      groups: 3,
      ...none,
    }),
  'conv_transpose2d.dilated': () =>
    new ConvTranspose2d({
      inChannels: 2,
      outChannels: 3,
      kernel: [3, 2],
      padding: [2, 1],
      dilation: [2, 3],
      bias: false,
      ...none,
    }),
  'conv2d.same-even': () =>
    new Conv2d({ inChannels: 4, outChannels: 4, kernel: [2, 4], padding: 'same', groups: 2, ...none }),
  'conv1d.strided': () =>
    new Conv1d({ inChannels: 4, outChannels: 6, kernel: 3, stride: 2, padding: 1, dilation: 2, groups: 2, ...none }),
  'conv3d.plain': () => new Conv3d({ inChannels: 3, outChannels: 2, kernel: 3, padding: 1, ...none }),
  'conv3d.strided': () =>
    new Conv3d({
      inChannels: 4,
      outChannels: 6,
      kernel: [3, 2, 1],
      stride: [2, 1, 3],
      padding: [2, 1, 0],
      dilation: [2, 3, 1],
      groups: 2,
      ...none,
    }),
  'conv_transpose1d.strided': () =>
    new ConvTranspose1d({
      inChannels: 4,
      outChannels: 6,
      kernel: 4,
      stride: 3,
      padding: 2,
      outputPadding: 1,
      dilation: 2,
      groups: 2,
      ...none,
    }),
  'conv_transpose3d.strided': () =>
    new ConvTranspose3d({
      inChannels: 4,
      outChannels: 6,
      kernel: [2, 3, 2],
      stride: [3, 2, 1],
      padding: [1, 1, 0],
      outputPadding: [2, 1, 0],
      dilation: [2, 1, 2],
      groups: 2,
      ...none,
    }),
  'max_pool1d.ceil-dilated': () => new MaxPool1d({ kernel: 2, stride: 3, dilation: 3, ceilMode: true }),
  'max_pool2d.dilated': () => new MaxPool2d({ kernel: [3, 2], stride: [2, 1], padding: [1, 0], dilation: [2, 3] }),
  'max_pool3d.plain': () => new MaxPool3d({ kernel: [3, 2, 3], stride: [2, 2, 1], padding: [1, 0, 1] }),
  'avg_pool1d.uncounted': () => new AvgPool1d({ kernel: 3, stride: 2, padding: 1, countIncludePad: false }),
  'avg_pool2d.ceil': () => new AvgPool2d({ kernel: [3, 2], stride: 2, ceilMode: true }),
  'avg_pool3d.ceil': () => new AvgPool3d({ kernel: [3, 2, 2], stride: [2, 3, 2], padding: [1, 1, 0], ceilMode: true }),
  'layer_norm.last': () => new LayerNorm({ shape: [10] }),
  'layer_norm.plane': () => new LayerNorm({ shape: [4, 5], eps: 1e-3 }),
};

test.each(Object.entries(layers))('%s gives what PyTorch does, gradients too', (name, make) => {
  using layer = make();
  scope(() => {
    const names = Object.keys(layer.stateDict());
    layer.loadStateDict(Object.fromEntries(names.map((parameter) => [parameter, fixture(`${name}/${parameter}`)])));
  });
  const distances = layerDistances(layer, name);
  const measured = fixtureNames.filter((key) => key.startsWith(`${name}/grad/`)).length + 1;
  expect(Object.keys(distances)).toHaveLength(measured);
  expect(Math.max(...Object.values(distances))).toBeLessThanOrEqual(tolerance);
});

/** Four numbers made from the filler values of a name. */
function made(name: string, from: (value: number) => number): Tensor<readonly [4], 'float32'> {
  return fromArray(fillerValues(name, 4).map(from), [4]);
}

test('batch norm: evaluation, then one batch of training, gradients and running statistics too', () => {
  using layer = new BatchNorm2d({ channels: 4 });
  scope(() =>
    layer.loadStateDict({
      weight: made('weight', (value) => 1 + Math.fround(0.1) * value),
      bias: made('bias', (value) => Math.fround(0.1) * value),
      running_mean: made('running_mean', (value) => Math.fround(0.1) * value),
      running_var: made('running_var', (value) => 1 + 0.5 * Math.abs(value)),
    }),
  );
  layer.eval();
  const evaluation = layerDistances(layer, 'batch_norm.eval');
  expect(Object.keys(evaluation)).toEqual(['y', 'grad/x', 'grad/weight', 'grad/bias']);
  expect(Math.max(...Object.values(evaluation))).toBeLessThanOrEqual(tolerance);
  expect(readSync(layer.num_batches_tracked.value)).toEqual(new Int32Array([0]));

  layer.train();
  const training = layerDistances(layer, 'batch_norm.train');
  expect(Math.max(...Object.values(training))).toBeLessThanOrEqual(tolerance);
  expect(distance(layer.running_mean.value, 'batch_norm/running_mean_after')).toBeLessThanOrEqual(tolerance);
  expect(distance(layer.running_var.value, 'batch_norm/running_var_after')).toBeLessThanOrEqual(tolerance);
  expect(readSync(layer.num_batches_tracked.value)).toEqual(new Int32Array([1]));
});
