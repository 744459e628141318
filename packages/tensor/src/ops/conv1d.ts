import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Multiply } from '../shape/arithmetic.ts';
import {
  convShape,
  convTransposeShape,
  type Conv1d,
  type Conv1dCheck,
  type ConvTranspose1d,
  type ConvTranspose1dCheck,
} from '../shape/conv.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import type { Sides } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { convWindow, evenPadding, isEven, padUnevenly } from './conv-padding.ts';
import { checkConvDTypes, conv2dOp, conv2dOptions } from './conv2d.ts';
import { conv2dInputGradientOp } from './conv2d-input-gradient.ts';
import { reshapeOp } from './reshape.ts';

// A sequence is an image of one row. The kernels of conv2d compute both directions, and their gradients.

export interface Conv1dOptions<Bias extends Tensor, Groups extends number> {
  /** One value for each output channel, [O]. */
  readonly bias?: Bias | undefined;
  readonly stride?: number;
  /** Zeros: on both sides, or `[before, after]`. 'same' keeps the length for a stride of 1, an odd zero behind. */
  readonly padding?: Sides | 'same';
  readonly dilation?: number;
  readonly groups?: Groups;
}

/**
 * 1D convolution (cross-correlation, as in PyTorch):
 * x [N, C, L], weight [O, C / groups, k] → [N, O, L'] with L' = ⌊(L + paddings − dilation (k − 1) − 1) / stride⌋ + 1.
 *
 * @throws ShapeError for other ranks, channels that do not match, groups that do not divide them, a window longer than
 * the padded input, or the padding 'same' with a stride; DTypeError for dtypes that are not floating point or not equal
 * @category Convolutions and pooling
 */
export function conv1d<
  S extends Shape,
  W extends Shape,
  D extends FloatDType,
  const Groups extends number = 1,
  B extends Shape = Shape,
>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<Conv1dCheck<'conv1d', S, W, Groups>>,
  options: Conv1dOptions<Tensor<B, D> & Fits<ExpectCheck<'conv1d', 'bias', readonly [W[0]], B>>, Groups> = {},
): Tensor<Conv1d<S, W>, D> {
  checkOptions('conv1d', options, conv2dOptions);
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const window = convWindow('conv1d', weight.shape.slice(2, 3), {
    stride: [stride],
    dilation: [dilation],
    padding: padding === 'same' ? 'same' : [padding],
  });
  const layouts = { x: '[N,C,L]', weight: '[O,C/groups,k]' };
  const shape = convShape('conv1d', x.shape, weight.shape, layouts, window, groups);
  checkConvDTypes('conv1d', x, weight, bias);
  if (bias !== undefined) expectShape('conv1d', 'bias', weight.shape.slice(0, 1), bias.shape);
  return scope(() => {
    const inputs = { x: asRow(isEven(window) ? x : padUnevenly(x, window)), weight: asRow(weight), bias };
    const [both = 0] = evenPadding(window);
    const attrs = { stride: [1, stride], padding: [0, both], dilation: [1, dilation], groups } as const;
    return run(reshapeOp, { x: run(conv2dOp, inputs, attrs) }, { shape });
  });
}

/** [N, C, L] as [N, C, 1, L] */
export function asRow(x: Tensor): Tensor {
  return run(reshapeOp, { x }, { shape: x.shape.toSpliced(2, 0, 1) });
}

export interface ConvTranspose1dOptions<Bias extends Tensor, Groups extends number> extends Omit<
  Conv1dOptions<Bias, Groups>,
  'padding'
> {
  /** Elements to leave out of the result on both sides: the padding of the convolution that is transposed. */
  readonly padding?: number;
  /** Elements to add to the result behind; less than the stride. */
  readonly outputPadding?: number;
}

const convTranspose1dOptions = { ...conv2dOptions, outputPadding: true };

/**
 * Transposed 1D convolution, as in PyTorch: the adjoint of `conv1d` with the same weight.
 *
 * x [N, C, L], weight [C, O / groups, k] → [N, O, L'] with
 * L' = (L − 1) stride − 2 padding + dilation (k − 1) + outputPadding + 1.
 *
 * @throws ShapeError for other ranks, sequences without elements, channels that do not match, groups that do not divide
 * them, an `outputPadding` of a stride or more, or padding that leaves nothing; DTypeError for dtypes that are not
 * floating point or not equal
 * @category Convolutions and pooling
 */
export function convTranspose1d<
  S extends Shape,
  W extends Shape,
  D extends FloatDType,
  const Groups extends number = 1,
  B extends Shape = Shape,
>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<ConvTranspose1dCheck<'convTranspose1d', S, W>>,
  options: ConvTranspose1dOptions<
    Tensor<B, D> & Fits<ExpectCheck<'convTranspose1d', 'bias', readonly [Multiply<W[1], Groups>], B>>,
    Groups
  > = {},
): Tensor<ConvTranspose1d<S, W, Groups>, D> {
  checkOptions('convTranspose1d', options, convTranspose1dOptions);
  const { bias, stride = 1, padding = 0, dilation = 1, outputPadding = 0, groups = 1 } = options;
  const window = { stride: [stride], padding: [padding], dilation: [dilation], outputPadding: [outputPadding] };
  const layouts = { x: '[N,C,L]', weight: '[C,O/groups,k]' };
  const shape = convTransposeShape('convTranspose1d', x.shape, weight.shape, layouts, window, groups);
  checkConvDTypes('convTranspose1d', x, weight, bias);
  if (bias !== undefined) expectShape('convTranspose1d', 'bias', shape.slice(1, 2), bias.shape);
  return scope(() => {
    const attrs = {
      stride: [1, stride],
      padding: [0, padding],
      dilation: [1, dilation],
      groups,
      size: [1, sizeAt(shape, 2)],
    } as const;
    const row = run(conv2dInputGradientOp, { cotangent: asRow(x), weight: asRow(weight) }, attrs);
    const y: Tensor<ConvTranspose1d<S, W, Groups>, D> = run(reshapeOp, { x: row }, { shape });
    return bias === undefined ? y : addChannels(y, bias);
  });
}

/** Adds a bias, one value for each channel of [N, C, …]. */
export function addChannels<S extends Shape, D extends FloatDType>(
  y: Tensor<S, D>,
  bias: Tensor<Shape, D>,
): Tensor<S, D> {
  const shape = y.shape.slice(1).map((size, axis) => (axis === 0 ? size : 1));
  return run(addOp, { a: y, b: run(reshapeOp, { x: bias }, { shape }) }, {});
}
