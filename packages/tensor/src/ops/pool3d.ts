import type { FloatDType } from '../dtype.ts';
import type { PoolWindow } from '../kernels/pool.ts';
import type { Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import {
  poolShape,
  sidesOf,
  triple,
  type Pool3d,
  type Triple,
  type TriplePadding,
  type VolumeCheck,
} from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { avgPool2dOp, avgPool2dOptions } from './avg-pool2d.ts';
import { maxPool2dOp, maxPool2dOptions } from './max-pool2d.ts';
import { poolWindow } from './pooling.ts';
import { reshapeOp } from './reshape.ts';

// Maxima and averages over a box are those along its depth of those over its planes. The first of equal maxima stays the
// first: in the first plane that has one, the first there.

export interface Pool3dOptions {
  /** The distance between windows; the window's size when left out, as in PyTorch. */
  readonly stride?: Triple;
  /** Padding on every side, or `[before, after]` for each axis; at most half of the window on each side. */
  readonly padding?: TriplePadding;
  /** Round sizes up: the last window may reach beyond the padding, as in `maxPool2d`. */
  readonly ceilMode?: boolean;
}

export interface MaxPool3dOptions extends Pool3dOptions {
  /** The distance between elements of a window. */
  readonly dilation?: Triple;
}

export interface AvgPool3dOptions extends Pool3dOptions {
  /** Divide by the whole window's size even where it covers padding (the default, as in PyTorch). */
  readonly countIncludePad?: boolean;
}

/**
 * The largest element of each window of a volume, as `maxPool2d` of an image.
 *
 * x [N, C, D, H, W] → [N, C, D', H', W'] with D' = ⌊(D + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1, and H' and
 * W' alike.
 *
 * @throws ShapeError as `maxPool2d`
 * @category Convolutions and pooling
 */
export function maxPool3d<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<VolumeCheck<'maxPool3d', S>>,
  kernel: Triple,
  options: MaxPool3dOptions = {},
): Tensor<Pool3d<S>, D> {
  checkOptions('maxPool3d', options, maxPool2dOptions);
  return pool3d('maxPool3d', maxPool2dOp, x, kernel, options, {});
}

/**
 * The average of each window of a volume, as `avgPool2d` of an image.
 *
 * x [N, C, D, H, W] → [N, C, D', H', W'] with D' = ⌊(D + paddings − kernel) / stride⌋ + 1, and H' and W' alike.
 *
 * @throws ShapeError as `avgPool2d`
 * @category Convolutions and pooling
 */
export function avgPool3d<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<VolumeCheck<'avgPool3d', S>>,
  kernel: Triple,
  options: AvgPool3dOptions = {},
): Tensor<Pool3d<S>, D> {
  checkOptions('avgPool3d', options, avgPool2dOptions);
  const { countIncludePad = true } = options;
  return pool3d('avgPool3d', avgPool2dOp, x, kernel, options, { countIncludePad });
}

/** Pools the planes, and then along the depth. */
function pool3d<S extends Shape, D extends FloatDType, Extra extends object>(
  name: string,
  op: Op<'x', PoolWindow & Extra>,
  x: Tensor,
  kernel: Triple,
  { stride = kernel, padding = 0, dilation = 1, ceilMode = false }: MaxPool3dOptions,
  extra: Extra,
): Tensor<S, D> {
  const [size, strides, dilations] = [triple(kernel), triple(stride), triple(dilation)];
  const paddings = (typeof padding === 'number' ? [padding, padding, padding] : padding).map(sidesOf);
  const shape = poolShape(name, x.shape, '[N,C,D,H,W]', size, {
    stride: strides,
    padding: paddings.map(([before]) => before),
    paddingAfter: paddings.map(([, after]) => after),
    dilation: dilations,
    ceilMode,
  });
  const [inDepth = 0, inRows = 0, inColumns = 0] = paddings;
  const ofPlanes = poolWindow([size[1], size[2]], {
    stride: [strides[1], strides[2]],
    padding: [inRows, inColumns],
    dilation: [dilations[1], dilations[2]],
    ceilMode,
  });
  const ofDepth = poolWindow([size[0], 1], {
    stride: [strides[0], 1],
    padding: [inDepth, 0],
    dilation: [dilations[0], 1],
    ceilMode,
  });
  const [batch = 0, channels = 0, depth = 0, ...plane] = x.shape;
  return scope(() => {
    const images = run(reshapeOp, { x }, { shape: [batch, channels * depth, ...plane] });
    const planes = run(op, { x: images }, { ...ofPlanes, ...extra });
    const columns = run(reshapeOp, { x: planes }, { shape: [batch, channels, depth, sizeOf(shape.slice(3))] });
    return run(reshapeOp, { x: run(op, { x: columns }, { ...ofDepth, ...extra }) }, { shape });
  });
}
