import { DTypeError, ShapeError } from '../errors.ts';
import type { PoolWindow } from '../kernels/pool.ts';
import { formatShape, sameShape, sizeAt, sizeOf, type Shape } from '../shape/shape.ts';
import { pair, pool2dShape, type Pair } from '../shape/window.ts';
import type { Spec } from '../spec.ts';
import { checkDType, floats } from './elementwise.ts';

export interface PoolOptions {
  /** The distance between windows; the window's size when left out, as in PyTorch. */
  readonly stride?: Pair;
  /** Rows and columns of padding on every side; at most half of the window. */
  readonly padding?: Pair;
}

/** The names of the options that every pooling takes. */
export const poolOptions = { stride: true, padding: true };

export function poolWindow(kernel: Pair, { stride = kernel, padding = 0 }: PoolOptions): PoolWindow {
  return { kernel: pair(kernel), stride: pair(stride), padding: pair(padding) };
}

/** The shape rule of pooling. */
export function inferPool(op: string, x: Spec, window: PoolWindow): Spec {
  checkDType(op, x.dtype, floats);
  return { shape: pool2dShape(op, x.shape, window.kernel, { ...window, dilation: [1, 1] }), dtype: x.dtype };
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
  /** The rows of the patch: for each row, the position of the first element and the position after the last. */
  readonly rows: readonly (readonly [from: number, to: number])[];
  /** The number of elements of the patch. */
  readonly size: number;
}

/** Visits every window of `x` in row-major order, with the window's position in the pooled tensor. */
export function forEachWindow(
  x: Shape,
  pooled: Shape,
  { kernel, stride, padding }: PoolWindow,
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
        const [from, to] = [Math.max(left, 0), Math.min(left + kernel[1], width)];
        const rows: [number, number][] = [];
        for (let y = Math.max(top, 0); y < Math.min(top + kernel[0], height); y += 1) {
          const start = (plane * height + y) * width;
          rows.push([start + from, start + to]);
        }
        visit(position, { rows, size: rows.length * (to - from) });
        position += 1;
      }
    }
  }
}
