import { argSort as gpuArgSort } from '../backends/gpu/source.ts';
import type { DType } from '../dtype.ts';
import { argSortStep } from '../kernels/sort.ts';
import { defineOp } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import type { IndexSelect } from '../shape/select.ts';
import { sizeAt, sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import { topKShape, type TopKCheck } from '../shape/sort.ts';
import type { Tensor } from '../tensor.ts';
import { gatherOp } from './gather.ts';

export interface ArgSortAttrs {
  readonly axis: number;
  /** Whether to begin with the largest element. */
  readonly descending: boolean;
  /** The number of positions to keep of each line, from the first. */
  readonly count: number;
}

// y[…, r, …] = the position of the r-th element along the axis; piecewise constant, so that no gradient flows
export const argSortOp = defineOp<'x', ArgSortAttrs>({
  name: 'argSort',
  infer: ({ x }, { axis, count }) => ({ shape: topKShape('argSort', x.shape, count, axis).shape, dtype: 'int32' }),
  gradients: {},
  kernels: {
    reference({ x }, output, { axis, descending, count }) {
      const place = resolveAxis('argSort', x.shape, axis);
      const length = sizeAt(x.shape, place);
      const inner = sizeOf(x.shape.slice(place + 1));
      const lines = sizeOf(x.shape.with(place, 1));
      for (let line = 0; line < lines; line += 1) {
        const [outer, column] = [Math.floor(line / inner), line % inner];
        const value = (i: number): number => x.data[(outer * length + i) * inner + column] ?? 0;
        // Sorting is stable: equal elements keep their order, ascending or descending.
        const order = Array.from({ length }, (_, i) => i).sort((i, j) =>
          descending ? compare(value(j), value(i)) : compare(value(i), value(j)),
        );
        for (const [r, i] of order.slice(0, count).entries()) output.data[(outer * count + r) * inner + column] = i;
      }
    },
    wasm: ({ x }, output, { axis, descending }) => [
      argSortStep(x, output, resolveAxis('argSort', x.shape, axis), descending),
    ],
    gpu: ({ x }, output, { axis, descending }) =>
      gpuArgSort(x, output, resolveAxis('argSort', x.shape, axis), descending),
  },
});

/** Ascending, with NaN larger than every number. */
function compare(a: number, b: number): number {
  if (a < b) return -1;
  return a > b ? 1 : Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** The elements along an axis in order, and the position that each had before. */
export interface Ordered<S extends Shape, D extends DType> {
  readonly values: Tensor<S, D>;
  /** Positions along the axis. */
  readonly indices: Tensor<S, 'int32'>;
}

export interface SortOptions<Name extends string, S extends Shape, Axis extends number> {
  /** The axis; the last when left out. Negative axes count from the end. */
  readonly axis?: Axis & Fits<AxisCheck<Name, S, Axis>>;
  /** Whether to begin with the largest element; false when left out. */
  readonly descending?: boolean;
}

/**
 * The positions that put the elements along an axis in order. Equal elements keep their order (so -0 and 0 do). NaN is
 * larger than every number, as in PyTorch: it comes last, or first if `descending`.
 *
 * @returns x's shape, int32
 * @throws ShapeError for an axis that does not exist; BackendError on the gpu backend for more than 2²⁴ elements along it
 * @category Indices and order
 */
export function argSort<S extends Shape, const Axis extends number = -1>(
  x: Tensor<S>,
  options: SortOptions<'argSort', S, Axis> = {},
): Tensor<S, 'int32'> {
  return run(argSortOp, { x }, wholeLines('argSort', x.shape, options));
}

/**
 * The elements along an axis in order, and the position that each had before, as `argSort` gives them.
 *
 * The gradient of a value goes to the element that it came from.
 *
 * @returns both of x's shape; `indices` is int32
 * @throws as `argSort`
 * @category Indices and order
 */
export function sort<S extends Shape, D extends DType, const Axis extends number = -1>(
  x: Tensor<S, D>,
  options: SortOptions<'sort', S, Axis> = {},
): Ordered<S, D> {
  return ordered(x, wholeLines('sort', x.shape, options));
}

const sortOptions = { axis: true, descending: true };

function wholeLines(
  op: string,
  shape: Shape,
  options: { readonly axis?: number; readonly descending?: boolean },
): ArgSortAttrs {
  checkOptions(op, options, sortOptions);
  const { axis = -1, descending = false } = options;
  const place = resolveAxis(op, shape, axis);
  return { axis: place, descending, count: sizeAt(shape, place) };
}

export interface TopKOptions<S extends Shape, K extends number, Axis extends number> {
  /** The axis; the last when left out. Negative axes count from the end. */
  readonly axis?: Axis & Fits<TopKCheck<'topK', S, K, Axis>>;
  /** Whether to give the largest elements; true when left out. */
  readonly largest?: boolean;
  /** Whether to give them by size (the default), or in the order in which they stand in x. PyTorch leaves that order open. */
  readonly sorted?: boolean;
}

const topKOptions = { axis: true, largest: true, sorted: true };

/**
 * The `k` largest elements along an axis, from the largest down, or the `k` smallest, from the smallest up. The result
 * also has the position that each had before. These are the first `k` elements of `sort`, without sorting all.
 *
 * @returns x's shape with k along the axis; `indices` is int32
 * @throws as `argSort`, and ShapeError for fewer than k elements along the axis
 * @category Indices and order
 */
export function topK<S extends Shape, D extends DType, const K extends number, const Axis extends number = -1>(
  x: Tensor<S, D>,
  k: K & Fits<TopKCheck<'topK', S, K, Axis>>,
  options: TopKOptions<S, K, Axis> = {},
): Ordered<IndexSelect<S, Axis, K>, D> {
  checkOptions('topK', options, topKOptions);
  const { axis, largest = true, sorted = true } = options;
  const attrs = { axis: topKShape('topK', x.shape, k, axis ?? -1).axis, descending: largest, count: k };
  return ordered(x, attrs, { inPlace: !sorted });
}

function ordered<S extends Shape, D extends DType>(
  x: Tensor<Shape, D>,
  attrs: ArgSortAttrs,
  { inPlace = false }: { readonly inPlace?: boolean } = {},
): Ordered<S, D> {
  const found = (): Tensor<S, 'int32'> => run(argSortOp, { x }, attrs);
  const indices = inPlace ? scope(() => ascending<S>(found(), attrs)) : found();
  return { values: run(gatherOp, { x, index: indices }, { axis: attrs.axis }), indices };
}

/** Positions from the front of the axis to its end. */
function ascending<S extends Shape>(indices: Tensor, { axis, count }: ArgSortAttrs): Tensor<S, 'int32'> {
  const order: Tensor = run(argSortOp, { x: indices }, { axis, descending: false, count });
  return run(gatherOp, { x: indices, index: order }, { axis });
}
