import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as autograd from '@hypercorr/autograd';
import * as conv4d from '@hypercorr/conv4d';
import * as nn from '@hypercorr/nn';
import * as node from '@hypercorr/nn/node';
import * as tensor from '@hypercorr/tensor';
import { OptionError, key, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import * as gpu from '@hypercorr/tensor/gpu';
import * as wasm from '@hypercorr/tensor/wasm';
import * as worker from '@hypercorr/tensor/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Irregular, MethodsWithOptions, WithOptions } from '../../src/signatures.ts';

/** Calls a function with options, on inputs that are right. */
type Call = (options: never) => unknown;
type Rows<Name extends PropertyKey> = { readonly [K in Name]: Call };

let engine: tensor.Engine;
let row: Tensor<readonly [1, 2, 4], 'float32'>;
let rowWeight: Tensor<readonly [2, 2, 1], 'float32'>;
let volume: Tensor<readonly [1, 2, 4, 4, 4], 'float32'>;
let volumeWeight: Tensor<readonly [2, 2, 1, 1, 1], 'float32'>;
/** [1,2,4,4] */
let x: Tensor<readonly [1, 2, 4, 4], 'float32'>;
let vector: Tensor<readonly [2], 'float32'>;
let logits: Tensor<readonly [1, 2], 'float32'>;
let labels: Tensor<readonly [1], 'int32'>;
let grid: Tensor<readonly [1, 4, 4, 2], 'float32'>;
let weight: Tensor<readonly [2, 2, 1, 1], 'float32'>;
let correlation: Tensor<readonly [1, 2, 2, 2, 2, 2], 'float32'>;
let weight4d: Tensor<readonly [2, 2, 1, 1, 1, 1], 'float32'>;
let precise: Tensor<readonly [2], 'float64'>;
let parameters: { readonly w: nn.Parameter };

beforeAll(async () => {
  engine = await tensor.init(async () => tensor.referenceBackend());
  x = tensor.ones([1, 2, 4, 4]);
  row = tensor.ones([1, 2, 4]);
  rowWeight = tensor.ones([2, 2, 1]);
  volume = tensor.ones([1, 2, 4, 4, 4]);
  volumeWeight = tensor.ones([2, 2, 1, 1, 1]);
  vector = tensor.ones([2]);
  logits = tensor.ones([1, 2]);
  labels = tensor.zeros([1], { dtype: 'int32' });
  grid = tensor.zeros([1, 4, 4, 2]);
  weight = tensor.ones([2, 2, 1, 1]);
  correlation = tensor.ones([1, 2, 2, 2, 2, 2]);
  weight4d = tensor.ones([2, 2, 1, 1, 1, 1]);
  precise = tensor.ones([2], { dtype: 'float64' });
  parameters = { w: new nn.Parameter(tensor.ones([2])) };
});

afterAll(() => {
  for (const made of [row, rowWeight, volume, volumeWeight]) made.dispose();
  for (const made of [x, vector, logits, labels, grid, weight, correlation, weight4d, precise, parameters.w])
    made.dispose();
});

class OwnOptimizer extends nn.Optimizer {
  protected override update({ value }: nn.UpdateContext): Tensor<Shape, FloatDType> {
    return value;
  }
}

class OwnMoments extends nn.MomentOptimizer {
  protected override update(context: nn.UpdateContext): Tensor<Shape, FloatDType> {
    return this.moved(context);
  }
}

class OwnRandom extends nn.RandomModule {}

const tensorRows: Rows<WithOptions<typeof tensor>> = {
  Engine: (options) => new tensor.Engine(engine.backend, options),
  arange: (options) => tensor.arange(0, 4, 1, options),
  argMax: (options) => tensor.argMax(x, options),
  argMin: (options) => tensor.argMin(x, options),
  argSort: (options) => tensor.argSort(x, options),
  avgPool1d: (options) => tensor.avgPool1d(row, 2, options),
  avgPool3d: (options) => tensor.avgPool3d(volume, 2, options),
  conv1d: (options) => tensor.conv1d(row, rowWeight, options),
  conv3d: (options) => tensor.conv3d(volume, volumeWeight, options),
  convTranspose1d: (options) => tensor.convTranspose1d(row, rowWeight, options),
  convTranspose3d: (options) => tensor.convTranspose3d(volume, volumeWeight, options),
  maxPool1d: (options) => tensor.maxPool1d(row, 2, options),
  maxPool3d: (options) => tensor.maxPool3d(volume, 2, options),
  avgPool2d: (options) => tensor.avgPool2d(x, 2, options),
  batchNorm: (options) => tensor.batchNorm(x, vector, vector, options),
  batchNormTraining: (options) => tensor.batchNormTraining(x, options),
  channelDropout: (options) => tensor.channelDropout(x, key(1), options),
  conv2d: (options) => tensor.conv2d(x, weight, options),
  convTranspose2d: (options) => tensor.convTranspose2d(x, weight, options),
  crossEntropy: (options) => tensor.crossEntropy(logits, labels, options),
  dropout: (options) => tensor.dropout(x, key(1), options),
  flip: (options) => tensor.flip(x, options),
  format: (options) => tensor.format(x, options),
  fromArray: (options) => tensor.fromArray(new Float32Array(2), [2], options),
  fromHalfArray: (options) => tensor.fromHalfArray(new Uint16Array(2), [2], 'float16', options),
  full: (options) => tensor.full([2], 1, options),
  gelu: (options) => tensor.gelu(x, options),
  gridSample: (options) => tensor.gridSample(x, grid, options),
  groupNorm: (options) => tensor.groupNorm(x, 2, options),
  init: (options) => tensor.init(async () => tensor.referenceBackend(), options),
  l2Normalize: (options) => tensor.l2Normalize(x, 1, options),
  layerNorm: (options) => tensor.layerNorm(x, [4], options),
  leakyRelu: (options) => tensor.leakyRelu(x, options),
  linspace: (options) => tensor.linspace(0, 1, 3, options),
  logSumExp: (options) => tensor.logSumExp(x, options),
  matmul: (options) => tensor.matmul(x, x, options),
  max: (options) => tensor.max(x, options),
  maxPool2d: (options) => tensor.maxPool2d(x, 2, options),
  mean: (options) => tensor.mean(x, options),
  min: (options) => tensor.min(x, options),
  movingAverage: (options) => tensor.movingAverage(x, x, 0.9, options),
  nllLoss: (options) => tensor.nllLoss(logits, labels, options),
  norm: (options) => tensor.norm(x, options),
  normal: (options) => tensor.normal(key(1), [2], options),
  oneHot: (options) => tensor.oneHot(labels, 2, options),
  ones: (options) => tensor.ones([2], options),
  pad: (options) => tensor.pad(vector, [[1, 1]], options),
  permutation: (options) => tensor.permutation(key(1), 4, options),
  prod: (options) => tensor.prod(x, options),
  resizeBilinear: (options) => tensor.resizeBilinear(x, [2, 2], options),
  scalar: (options) => tensor.scalar(1, options),
  sort: (options) => tensor.sort(x, options),
  sum: (options) => tensor.sum(x, options),
  tensor: (options) => tensor.tensor([1, 2], options),
  topK: (options) => tensor.topK(x, 2, options),
  uniform: (options) => tensor.uniform(key(1), [2], options),
  variance: (options) => tensor.variance(x, options),
  zeros: (options) => tensor.zeros([2], options),
  elu: (options) => tensor.elu(x, options),
  resizeBicubic: (options) => tensor.resizeBicubic(x, [2, 2], options),
  resizeNearest: (options) => tensor.resizeNearest(x, [2, 2], options),
  scatter: (options) =>
    tensor.scatter(logits, tensor.ones([1, 1]), tensor.zeros([1, 1], { dtype: 'int32' }), 1, options),
  tril: (options) => tensor.tril(x, options),
  triu: (options) => tensor.triu(x, options),
};

const backendRows: Rows<WithOptions<typeof wasm> | WithOptions<typeof gpu> | WithOptions<typeof worker>> = {
  connect: (options) => worker.connect(() => expect.fail('a worker was started'), undefined as never, options),
  gpu: (options) => gpu.gpu(options),
  wasm: (options) => wasm.wasm(options),
};

const bytes = new Uint8Array(8);
const file = join(tmpdir(), 'there-is-no-such-file');

const nnRows: Rows<WithOptions<typeof nn> | WithOptions<typeof node>> = {
  Adam: (options) => new nn.Adam(parameters, options),
  AdamW: (options) => new nn.AdamW(parameters, options),
  AdaptiveAvgPool2d: (options) => new nn.AdaptiveAvgPool2d(options),
  AvgPool1d: (options) => new nn.AvgPool1d(options),
  AvgPool2d: (options) => new nn.AvgPool2d(options),
  AvgPool3d: (options) => new nn.AvgPool3d(options),
  Conv1d: (options) => new nn.Conv1d(options),
  Conv3d: (options) => new nn.Conv3d(options),
  ConvTranspose1d: (options) => new nn.ConvTranspose1d(options),
  ConvTranspose3d: (options) => new nn.ConvTranspose3d(options),
  MaxPool1d: (options) => new nn.MaxPool1d(options),
  MaxPool3d: (options) => new nn.MaxPool3d(options),
  BatchNorm2d: (options) => new nn.BatchNorm2d(options),
  Buffer: (options) => new nn.Buffer(vector, options),
  ChannelDropout: (options) => new nn.ChannelDropout(options),
  Conv2d: (options) => new nn.Conv2d(options),
  ConvTranspose2d: (options) => new nn.ConvTranspose2d(options),
  Dropout: (options) => new nn.Dropout(options),
  GELU: (options) => new nn.GELU(options),
  GroupNorm: (options) => new nn.GroupNorm(options),
  LayerNorm: (options) => new nn.LayerNorm(options),
  LeakyReLU: (options) => new nn.LeakyReLU(options),
  Linear: (options) => new nn.Linear(options),
  MaxPool2d: (options) => new nn.MaxPool2d(options),
  MomentOptimizer: (options) => new OwnMoments(parameters, options),
  Optimizer: (options) => new OwnOptimizer(parameters, options),
  RandomModule: (options) => new OwnRandom(options),
  SGD: (options) => new nn.SGD(parameters, options),
  constantSchedule: (options) => nn.constantSchedule(options),
  cosineSchedule: (options) => nn.cosineSchedule(options),
  fanInUniform: (options) => nn.fanInUniform(key(1), [2], 2, options),
  loadPyTorch: (options) => node.loadPyTorch(file, options),
  loadSafetensors: (options) => node.loadSafetensors(file, options),
  openPyTorch: (options) => node.openPyTorch(file, options),
  openWeights: (options) => node.openWeights(file, options),
  parsePyTorch: (options) => nn.parsePyTorch(bytes, options),
  parseTFLite: (options) => nn.parseTFLite(bytes, options),
  parseSafetensors: (options) => nn.parseSafetensors(bytes, options),
  parseWeights: (options) => nn.parseWeights(bytes, options),
  polySchedule: (options) => nn.polySchedule(options),
  serialiseTensors: (options) => nn.serialiseTensors({}, options),
  toHalf: (options) => nn.toHalf({ dtype: 'I32', shape: [], bytes: new Uint8Array(4) }, options),
  stepSchedule: (options) => nn.stepSchedule(options),
  weightsFormat: (options) => nn.weightsFormat(bytes, options),
  writeSafetensors: (options) => node.writeSafetensors(file, {}, options),
  ELU: (options) => new nn.ELU(options),
  PReLU: (options) => new nn.PReLU(options),
};

/** Of all classes: a name stands for the method of each that has one. */
const methodRows: Rows<MethodsWithOptions<typeof nn> | MethodsWithOptions<typeof conv4d>> = {
  loadStateDict: (options) => new nn.ReLU().loadStateDict({}, options),
  take: (options) => new nn.GradientAccumulator().take(options),
  tensor: async (options) => nn.parseSafetensors(await nn.serialiseTensors({ vector })).tensor('vector', options),
  tensors: async (options) => nn.parseSafetensors(await nn.serialiseTensors({})).tensors(options),
};

const otherRows: Rows<WithOptions<typeof conv4d> | WithOptions<typeof autograd>> = {
  CenterPivotConv4d: (options) => new conv4d.CenterPivotConv4d(options),
  FullConv4d: (options) => new conv4d.FullConv4d(options),
  SeparableConv4d: (options) => new conv4d.SeparableConv4d(options),
  conv4dCenterPivot: (options) => conv4d.conv4dCenterPivot(correlation, weight, weight, options),
  conv4dFull: (options) => conv4d.conv4dFull(correlation, weight4d, options),
  conv4dSeparable: (options) => conv4d.conv4dSeparable(correlation, weight, weight, options),
  gradCheck: (options) => autograd.gradCheck((inputs) => tensor.square(inputs), precise, options),
};

const rows = Object.entries<Call>({ ...tensorRows, ...backendRows, ...nnRows, ...methodRows, ...otherRows });

describe('an option that does not exist', () => {
  it.each(rows)('is an error of %s', async (_, call) => {
    const given = async (): Promise<unknown> => call({ bogus: 1 } as never);
    await expect(given()).rejects.toThrow(OptionError);
    await expect(given()).rejects.toThrow(/^\[\w+\] there is no option bogus; (there are \w+, |the only one is \w+$)/);
  });

  it('is named with those that there are', () => {
    expect(() => new nn.MaxPool2d({ kernel: 2, returnIndices: true } as { kernel: number })).toThrow(
      '[maxPool2d] there is no option returnIndices; there are kernel, stride, padding, ceilMode, dilation',
    );
    expect(() => tensor.leakyRelu(x, { negativeSlope: 1 } as object)).toThrow(
      '[leakyRelu] there is no option negativeSlope; the only one is slope',
    );
  });

  it('may be in the place of one plane of a 4D convolution', () => {
    const stride = { suport: 2 } as object;
    expect(() => conv4d.conv4dFull(correlation, weight4d, { stride })).toThrow(
      '[conv4d] there is no option suport; there are query, support',
    );
  });

  it('is also what no object has by itself', () => {
    expect(() => tensor.sum(x, { toString: 1 } as object)).toThrow('there is no option toString');
  });
});

it('refuses a value in the place of options', () => {
  expect(() => tensor.leakyRelu(x, 0.2 as {})).toThrow('[leakyRelu] expected an object of options, got 0.2');
  expect(() => tensor.flip(x, [0] as object)).toThrow('[flip] there is no option 0; the only one is axes');
});

describe('signatures', () => {
  it('follow one rule', () => {
    // Any number of operands can only stand last.
    const ofTensor: Irregular<typeof tensor> = { einsum: 'several parameters may be left out' };
    const ofConv4d: Irregular<typeof conv4d> = {};
    const ofNn: Irregular<typeof nn & typeof node> = {};
    const ofAutograd: Irregular<typeof autograd> = {};
    // That the types above have no other member is what the compiler checks.
    expect(Object.keys({ ...ofTensor, ...ofConv4d, ...ofNn, ...ofAutograd })).toEqual(['einsum']);
  });

  it('are judged', () => {
    interface Strange {
      right(x: Tensor, axis: number, options?: { readonly eps?: number }): void;
      behind(x: Tensor, axis: number, index: Tensor): void;
      outside(x: Tensor, axis?: number): void;
      given(x: Tensor, options?: { readonly key: number }): void;
      several(x: Tensor, weight?: Tensor, options?: { readonly eps?: number }): void;
    }
    const verdicts: Irregular<Strange> = {
      behind: 'a tensor stands behind a value',
      outside: 'something that may be left out stands outside of the options',
      given: 'something that has to be given stands among the options',
      several: 'several parameters may be left out',
    };
    expect(Object.keys(verdicts)).not.toContain('right');
  });
});
