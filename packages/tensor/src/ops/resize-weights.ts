import { fromHost } from '../create.ts';
import { hostArray, type FloatDType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { sizeAt, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { matmulOp } from './matmul.ts';

// Resizing with filters is linear along each axis: y = R x Cᵀ, with one row of weights for each new row and column.

/** A filter by its weight at a distance, in pixels, and its reach. */
interface Filter {
  readonly reach: number;
  weight(distance: number): number;
}

const triangle: Filter = { reach: 1, weight: (distance) => Math.max(0, 1 - Math.abs(distance)) };

/** Cubic convolution (Keys, 1981), with the slope `a` at 1. */
function cubic(a: number): Filter {
  return {
    reach: 2,
    weight(distance) {
      const d = Math.abs(distance);
      if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
      return d < 2 ? ((a * d - 5 * a) * d + 8 * a) * d - 4 * a : 0;
    },
  };
}

/** PyTorch has -0.75 for `bicubic`, and Pillow's -0.5 where it is antialiased. */
const filters = { bilinear: triangle, bicubic: cubic(-0.75), antialiasedBicubic: cubic(-0.5) } as const;

export type FilterName = keyof typeof filters;

export interface FilterSettings {
  readonly filter: FilterName;
  readonly alignCorners: boolean;
  readonly antialias: boolean;
}

/** Resizes x [N, C, H, W] by a filter along both axes. */
export function resizeByWeights<S extends Shape, D extends FloatDType>(
  x: Tensor<Shape, D>,
  [height, width]: readonly [height: number, width: number],
  settings: FilterSettings,
): Tensor<S, D> {
  return scope(() => {
    const rows = weightsOf(x, sizeAt(x.shape, 2), height, settings);
    const columns = weightsOf(x, sizeAt(x.shape, 3), width, settings);
    const wide = run(matmulOp, { a: x, b: columns }, { transposeA: false, transposeB: true });
    return run(matmulOp, { a: rows, b: wide }, { transposeA: false, transposeB: false });
  });
}

/** The weights of an axis' elements in each new element: [newSize, size]. */
function weightsOf(x: Tensor<Shape, FloatDType>, size: number, newSize: number, settings: FilterSettings): Tensor {
  const weights = hostArray(x.dtype, newSize * size);
  // The scale has the precision of the elements, as in PyTorch.
  const rounded = (value: number): number => (x.dtype === 'float32' ? Math.fround(value) : value);
  for (let i = 0; i < newSize; i += 1) {
    const row = settings.antialias
      ? antialiased(size, i, rounded(size / newSize), filters[settings.filter])
      : interpolated(size, i, gridOf(size, newSize, settings.alignCorners, rounded), filters[settings.filter]);
    for (const [at, weight] of row) weights[i * size + at] = (weights[i * size + at] ?? 0) + weight;
  }
  return fromHost(weights, [newSize, size], x.dtype, x.engine);
}

interface Grid {
  readonly scale: number;
  readonly offset: number;
}

function gridOf(size: number, newSize: number, alignCorners: boolean, rounded: (value: number) => number): Grid {
  if (!alignCorners) return { scale: rounded(size / newSize), offset: 0.5 };
  return { scale: newSize > 1 ? rounded((size - 1) / (newSize - 1)) : 0, offset: 0 };
}

type Weight = readonly [at: number, weight: number];

/** The elements around a place. Beyond the axis its last element stands. */
function interpolated(size: number, i: number, { scale, offset }: Grid, { reach, weight }: Filter): Weight[] {
  const place = scale * (i + offset) - offset;
  const first = Math.floor(place) - reach + 1;
  return Array.from({ length: 2 * reach }, (_, k): Weight => {
    const at = first + k;
    return [Math.min(Math.max(at, 0), size - 1), weight(at - place)];
  });
}

/** All elements below the filter, which is as wide as a new element where that is wider; their weights sum to 1. */
function antialiased(size: number, i: number, scale: number, { reach, weight }: Filter): Weight[] {
  const stretch = Math.max(scale, 1);
  const centre = scale * (i + 0.5);
  const first = Math.max(Math.trunc(centre - reach * stretch + 0.5), 0);
  const end = Math.min(Math.trunc(centre + reach * stretch + 0.5), size);
  const row = Array.from({ length: end - first }, (_, k): Weight => [
    first + k,
    weight((first + k - centre + 0.5) / stretch),
  ]);
  const total = row.reduce((sum, [, share]) => sum + share, 0);
  return row.map(([at, share]) => [at, share / total]);
}
