import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Multiply } from '../shape/arithmetic.ts';
import { convTransposeShape, type ConvTranspose3d, type ConvTranspose3dCheck } from '../shape/conv.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import type { PadWidth } from '../shape/pad.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { triple, type Triple } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { addChannels } from './conv1d.ts';
import { checkConvDTypes, conv2dOptions } from './conv2d.ts';
import { conv2dInputGradientOp } from './conv2d-input-gradient.ts';
import type { Conv3dOptions } from './conv3d.ts';
import { permuteOp } from './permute.ts';
import { reshapeOp } from './reshape.ts';
import { padOp, sliceOp } from './slice-pad.ts';

export interface ConvTranspose3dOptions<Bias extends Tensor, Groups extends number> extends Omit<
  Conv3dOptions<Bias, Groups>,
  'padding'
> {
  /** Planes, rows and columns to leave out of the result on every side: the padding of the transposed convolution. */
  readonly padding?: Triple;
  /** Planes, rows and columns to add to the result behind each axis; less than the stride. */
  readonly outputPadding?: Triple;
}

const convTranspose3dOptions = { ...conv2dOptions, outputPadding: true };

/**
 * Transposed 3D convolution, as in PyTorch: the adjoint of `conv3d` with the same weight.
 *
 * x [N, C, D, H, W], weight [C, O / groups, kd, kh, kw] → [N, O, D', H', W'] with
 * D' = (D − 1) stride − 2 padding + dilation (kd − 1) + outputPadding + 1, and H' and W' alike.
 *
 * @throws ShapeError for other ranks, volumes without elements, channels that do not match, groups that do not divide
 * them, an `outputPadding` of a stride or more, or padding that leaves nothing; DTypeError for dtypes that are not
 * floating point or not equal
 * @category Convolutions and pooling
 */
export function convTranspose3d<
  S extends Shape,
  W extends Shape,
  D extends FloatDType,
  const Groups extends number = 1,
  B extends Shape = Shape,
>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<ConvTranspose3dCheck<'convTranspose3d', S, W>>,
  options: ConvTranspose3dOptions<
    Tensor<B, D> & Fits<ExpectCheck<'convTranspose3d', 'bias', readonly [Multiply<W[1], Groups>], B>>,
    Groups
  > = {},
): Tensor<ConvTranspose3d<S, W, Groups>, D> {
  checkOptions('convTranspose3d', options, convTranspose3dOptions);
  const { bias, stride = 1, padding = 0, dilation = 1, outputPadding = 0, groups = 1 } = options;
  const window = {
    stride: triple(stride),
    padding: triple(padding),
    dilation: triple(dilation),
    outputPadding: triple(outputPadding),
  };
  const layouts = { x: '[N,C,D,H,W]', weight: '[C,O/groups,kd,kh,kw]' };
  const shape = convTransposeShape('convTranspose3d', x.shape, weight.shape, layouts, window, groups);
  checkConvDTypes('convTranspose3d', x, weight, bias);
  if (bias !== undefined) expectShape('convTranspose3d', 'bias', shape.slice(1, 2), bias.shape);
  const [batch = 0, outputs = 0, depth = 0, height = 0, width = 0] = shape;
  const [, channels = 0, from = 0, ...plane] = x.shape;
  const [, perGroup = 0, taps = 0, ...kernel] = weight.shape;
  const [down, rows, columns] = window.stride;
  return scope(() => {
    // One transposed 2D convolution gives each plane's part in the result through each tap of the depth.
    const planes = run(permuteOp, { x }, { order: [0, 2, 1, 3, 4] });
    const image = run(reshapeOp, { x: planes }, { shape: [batch * from, channels, ...plane] });
    const flat = run(reshapeOp, { x: weight }, { shape: [channels, perGroup * taps, ...kernel] });
    const attrs = {
      stride: [rows, columns],
      padding: [window.padding[1], window.padding[2]],
      dilation: [window.dilation[1], window.dilation[2]],
      groups,
      size: [height, width],
    } as const;
    const spread = run(conv2dInputGradientOp, { cotangent: image, weight: flat }, attrs);
    // Planes are a stride apart in the result, with zeros between them. (Padding behind each plane can be exported.)
    const planeByPlane = run(reshapeOp, { x: spread }, { shape: [batch * from, 1, outputs * taps, height * width] });
    const widths: PadWidth[] = [
      [0, 0],
      [0, down - 1],
      [0, 0],
      [0, 0],
    ];
    const apart =
      down === 1 ? planeByPlane : run(padOp, { x: planeByPlane }, { widths, steps: [1, 1, 1, 1], value: 0 });
    const length = from * down;
    const parts = run(reshapeOp, { x: apart }, { shape: [batch, length, outputs, taps, height, width] });
    // y[i s + t d] = Σ_t parts[i s, :, t], before the padding is left out
    const full = depth + 2 * window.padding[0] + down - 1;
    const sums = Array.from({ length: taps }, (_, tap): Tensor => {
      const part = run(sliceOp, { x: parts }, { ranges: [[], [], [], [tap, tap + 1]] });
      const alone = run(reshapeOp, { x: part }, { shape: [batch, length, outputs, height, width] });
      const before = tap * window.dilation[0];
      const along: PadWidth = [before, full - before - length];
      return run(
        padOp,
        { x: alone },
        { widths: [[0, 0], along, [0, 0], [0, 0], [0, 0]], steps: [1, 1, 1, 1, 1], value: 0 },
      );
    });
    const total = sums.reduce((a, b) => run(addOp, { a, b }, {}));
    const kept = run(sliceOp, { x: total }, { ranges: [[], [window.padding[0], window.padding[0] + depth]] });
    const y: Tensor<ConvTranspose3d<S, W, Groups>, D> = run(permuteOp, { x: kept }, { order: [0, 2, 1, 3, 4] });
    return bias === undefined ? y : addChannels(y, bias);
  });
}
