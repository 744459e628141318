import type { FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { poolShape, sidesOf, type Pool1d, type SequenceCheck, type Sides } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { avgPool2dOp, avgPool2dOptions } from './avg-pool2d.ts';
import { asRow } from './conv1d.ts';
import { maxPool2dOp, maxPool2dOptions } from './max-pool2d.ts';
import { poolWindow } from './pooling.ts';
import { reshapeOp } from './reshape.ts';

// A sequence is an image of one row.

export interface Pool1dOptions {
  /** The distance between windows; the window's size when left out, as in PyTorch. */
  readonly stride?: number;
  /** Padding on both sides, or `[before, after]`; at most half of the window on each side. */
  readonly padding?: Sides;
  /** Round sizes up: the last window may reach beyond the padding, as in `maxPool2d`. */
  readonly ceilMode?: boolean;
}

export interface MaxPool1dOptions extends Pool1dOptions {
  /** The distance between elements of a window. */
  readonly dilation?: number;
}

export interface AvgPool1dOptions extends Pool1dOptions {
  /** Divide by the whole window's size even where it covers padding (the default, as in PyTorch). */
  readonly countIncludePad?: boolean;
}

/**
 * The largest element of each window of a sequence: `maxPool2d` along one axis.
 *
 * x [N, C, L] → [N, C, L'] with L' = ⌊(L + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1.
 *
 * @throws ShapeError as `maxPool2d`
 * @category Convolutions and pooling
 */
export function maxPool1d<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<SequenceCheck<'maxPool1d', S>>,
  kernel: number,
  options: MaxPool1dOptions = {},
): Tensor<Pool1d<S>, D> {
  checkOptions('maxPool1d', options, maxPool2dOptions);
  const window = rowWindow(kernel, options);
  const shape = poolShape('maxPool1d', x.shape, '[N,C,L]', [kernel], along(window));
  return scope(() => run(reshapeOp, { x: run(maxPool2dOp, { x: asRow(x) }, window) }, { shape }));
}

/**
 * The average of each window of a sequence: `avgPool2d` along one axis.
 *
 * x [N, C, L] → [N, C, L'] with L' = ⌊(L + paddings − kernel) / stride⌋ + 1.
 *
 * @throws ShapeError as `avgPool2d`
 * @category Convolutions and pooling
 */
export function avgPool1d<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<SequenceCheck<'avgPool1d', S>>,
  kernel: number,
  options: AvgPool1dOptions = {},
): Tensor<Pool1d<S>, D> {
  checkOptions('avgPool1d', options, avgPool2dOptions);
  const { countIncludePad = true } = options;
  const window = { ...rowWindow(kernel, options), countIncludePad };
  const shape = poolShape('avgPool1d', x.shape, '[N,C,L]', [kernel], along(window));
  return scope(() => run(reshapeOp, { x: run(avgPool2dOp, { x: asRow(x) }, window) }, { shape }));
}

/** The window on an image of one row. */
function rowWindow(kernel: number, settings: MaxPool1dOptions): ReturnType<typeof poolWindow> {
  const { stride = kernel, padding = 0, dilation = 1, ceilMode = false } = settings;
  return poolWindow([1, kernel], {
    stride: [1, stride],
    padding: [0, sidesOf(padding)],
    dilation: [1, dilation],
    ceilMode,
  });
}

/** The window's settings along the row alone. */
function along({ stride, padding, paddingAfter, dilation, ceilMode }: ReturnType<typeof poolWindow>) {
  return {
    stride: stride.slice(1),
    padding: padding.slice(1),
    paddingAfter: paddingAfter.slice(1),
    dilation: dilation.slice(1),
    ceilMode,
  };
}
