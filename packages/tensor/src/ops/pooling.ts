import { DTypeError, ShapeError } from '../errors.ts';
import type { PoolWindow } from '../kernels/pool.ts';
import { formatShape, sameShape, sizeAt, sizeOf, type Shape } from '../shape/shape.ts';
import { pair, pool2dShape, sidesOf, type Pair, type PairPadding } from '../shape/window.ts';
import type { Spec } from '../spec.ts';
import { checkDType, floats } from './elementwise.ts';

export interface PoolOptions {
  /** The distance between windows; the window's size when left out, as in PyTorch. */
  readonly stride?: Pair;
  /**
   * Rows and columns of padding: on every side, or `[[top, bottom], [left, right]]`. At most half of the window on each
   * side.
   */
  readonly padding?: PairPadding;
  /**
   * Round sizes up: the last window may reach beyond the padding. As in PyTorch, it has to start on the image, or on the
   * padding in front of it.
   */
  readonly ceilMode?: boolean;
}

/** The names of the options that every pooling takes. */
export const poolOptions = { stride: true, padding: true, ceilMode: true };

/** Settings of pooling; averages have no dilation. */
interface PoolSettings extends PoolOptions {
  readonly dilation?: Pair;
}

export function poolWindow(kernel: Pair, settings: PoolSettings): PoolWindow {
  const { stride = kernel, padding = 0, dilation = 1, ceilMode = false } = settings;
  const [rows, columns] = typeof padding === 'number' ? [padding, padding] : padding;
  const [[top, bottom], [left, right]] = [sidesOf(rows), sidesOf(columns)];
  return {
    kernel: pair(kernel),
    stride: pair(stride),
    padding: [top, left],
    paddingAfter: [bottom, right],
    dilation: pair(dilation),
    ceilMode,
  };
}

/** The shape rule of pooling. */
export function inferPool(op: string, x: Spec, window: PoolWindow): Spec {
  checkDType(op, x.dtype, floats);
  return { shape: pool2dShape(op, x.shape, window.kernel, window), dtype: x.dtype };
}

/** @throws ShapeError, DTypeError unless `cotangent` has the shape and dtype of the pooled `x` */
export function checkPooled(op: string, x: Spec, cotangent: Spec, window: PoolWindow): void {
  const pooled = inferPool(op, x, window);
  if (!sameShape(pooled.shape, cotangent.shape)) {
    const [given, expected] = [cotangent.shape, pooled.shape].map(formatShape);
    throw new ShapeError(op, `the cotangent has shape ${given}, pooling gives ${expected}`);
  }
  if (pooled.dtype !== cotangent.dtype) throw new DTypeError(op, `x is ${x.dtype}, the cotangent ${cotangent.dtype}`);
}

/** The part of a window that lies on the image, as positions in the whole tensor. */
export interface Patch {
  /** The rows of the patch: for each row, the position of the first element and a position after the last. */
  readonly rows: readonly (readonly [from: number, to: number])[];
  /** The distance between elements of a row. */
  readonly step: number;
  /** The window among those of its plane. */
  readonly window: readonly [row: number, column: number];
}

/** Visits every window of `x` in row-major order, with the window's position in the pooled tensor. */
export function forEachWindow(
  x: Shape,
  pooled: Shape,
  { kernel, stride, padding, dilation }: PoolWindow,
  visit: (position: number, patch: Patch) => void,
): void {
  const [height, width] = [sizeAt(x, 2), sizeAt(x, 3)];
  const [pooledHeight, pooledWidth] = [sizeAt(pooled, 2), sizeAt(pooled, 3)];
  const planes = sizeOf(x.slice(0, 2));
  let position = 0;
  for (let plane = 0; plane < planes; plane += 1) {
    for (let row = 0; row < pooledHeight; row += 1) {
      const top = row * stride[0] - padding[0];
      for (let column = 0; column < pooledWidth; column += 1) {
        const left = column * stride[1] - padding[1];
        const from = firstInside(left, dilation[1]);
        const to = Math.min(left + dilation[1] * (kernel[1] - 1) + 1, width);
        const rows: [number, number][] = [];
        const bottom = Math.min(top + dilation[0] * (kernel[0] - 1) + 1, height);
        for (let y = firstInside(top, dilation[0]); y < bottom; y += dilation[0]) {
          const start = (plane * height + y) * width;
          rows.push([start + from, start + to]);
        }
        visit(position, { rows, step: dilation[1], window: [row, column] });
        position += 1;
      }
    }
  }
}

/** The first place from `start` on, in steps, that is not in front of the image. */
function firstInside(start: number, step: number): number {
  return start >= 0 ? start : start + Math.ceil(-start / step) * step;
}
