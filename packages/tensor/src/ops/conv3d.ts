import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { convShape, type Conv3d, type Conv3dCheck } from '../shape/conv.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import type { PadWidth } from '../shape/pad.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import { triple, type Triple, type TriplePadding } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { concatOp } from './concat.ts';
import { convWindow, evenPadding } from './conv-padding.ts';
import { checkConvDTypes, conv2dOp, conv2dOptions } from './conv2d.ts';
import { permuteOp } from './permute.ts';
import { reshapeOp } from './reshape.ts';
import { padOp, sliceOp } from './slice-pad.ts';

export interface Conv3dOptions<Bias extends Tensor, Groups extends number> {
  /** One value for each output channel, [O]. */
  readonly bias?: Bias | undefined;
  readonly stride?: Triple;
  /**
   * Zeros: on every side, or `[before, after]` for each axis. 'same' keeps the sizes for a stride of 1, an odd zero
   * behind.
   */
  readonly padding?: TriplePadding | 'same';
  readonly dilation?: Triple;
  readonly groups?: Groups;
}

/**
 * 3D convolution (cross-correlation, as in PyTorch):
 * x [N, C, D, H, W], weight [O, C / groups, kd, kh, kw] → [N, O, D', H', W'] with
 * D' = ⌊(D + paddings − dilation (kd − 1) − 1) / stride⌋ + 1, and H' and W' alike.
 *
 * It is a 2D convolution of all planes at once. The planes that a window sees become channels: x is copied kd times.
 *
 * @throws ShapeError for other ranks, channels that do not match, groups that do not divide them, a window larger than
 * the padded input, or the padding 'same' with a stride; DTypeError for dtypes that are not floating point or not equal
 * @category Convolutions and pooling
 */
export function conv3d<
  S extends Shape,
  W extends Shape,
  D extends FloatDType,
  const Groups extends number = 1,
  B extends Shape = Shape,
>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<Conv3dCheck<'conv3d', S, W, Groups>>,
  options: Conv3dOptions<Tensor<B, D> & Fits<ExpectCheck<'conv3d', 'bias', readonly [W[0]], B>>, Groups> = {},
): Tensor<Conv3d<S, W>, D> {
  checkOptions('conv3d', options, conv2dOptions);
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const [strides, dilations] = [triple(stride), triple(dilation)];
  const window = convWindow('conv3d', weight.shape.slice(2, 5), { stride: strides, dilation: dilations, padding });
  const layouts = { x: '[N,C,D,H,W]', weight: '[O,C/groups,kd,kh,kw]' };
  const shape = convShape('conv3d', x.shape, weight.shape, layouts, window, groups);
  checkConvDTypes('conv3d', x, weight, bias);
  if (bias !== undefined) expectShape('conv3d', 'bias', weight.shape.slice(0, 1), bias.shape);
  const [batch = 0, outputs = 0, depth = 0, height = 0, width = 0] = shape;
  const [, perGroup = 0, taps = 0, ...kernel] = weight.shape;
  const [, rows = 0, columns = 0] = evenPadding(window);
  return scope(() => {
    // y[n,o,i] = Σ_t conv2d(x[n, :, i s + t d − p], weight[o,:,t]): the taps t stand beside the channels.
    const volume = run(permuteOp, { x: padVolume(x, window) }, { order: [0, 2, 1, 3, 4] });
    const planes = Array.from({ length: taps }, (_, tap) => {
      const start = tap * dilations[0];
      const stop = start + (depth - 1) * strides[0] + 1;
      const seen = run(sliceOp, { x: volume }, { ranges: [[], [start, stop, strides[0]]] });
      return run(reshapeOp, { x: seen }, { shape: seen.shape.toSpliced(3, 0, 1) });
    });
    const stacked = run(concatOp, Object.fromEntries(planes.entries()), { axis: 3 });
    const [, , channels = 0, , ...plane] = stacked.shape;
    const image = run(reshapeOp, { x: stacked }, { shape: [batch * depth, channels * taps, ...plane] });
    const flat = run(reshapeOp, { x: weight }, { shape: [outputs, perGroup * taps, ...kernel] });
    const y = run(
      conv2dOp,
      { x: image, weight: flat, bias },
      {
        stride: [strides[1], strides[2]],
        padding: [rows, columns],
        dilation: [dilations[1], dilations[2]],
        groups,
      },
    );
    const apart = run(reshapeOp, { x: y }, { shape: [batch, depth, outputs, height, width] });
    return run(permuteOp, { x: apart }, { order: [0, 2, 1, 3, 4] });
  });
}

/** Pads the depth, and height and width by what one side has more than the other. */
function padVolume(x: Tensor, window: ReturnType<typeof convWindow>): Tensor {
  const even = evenPadding(window).with(0, 0);
  const widths = window.padding.map((before, axis): PadWidth => {
    const both = sizeAt(even, axis);
    return [before - both, sizeAt(window.paddingAfter, axis) - both];
  });
  if (widths.every(([before, after]) => before === 0 && after === 0)) return x;
  return run(padOp, { x }, { widths: [[0, 0], [0, 0], ...widths], steps: x.shape.map(() => 1), value: 0 });
}
