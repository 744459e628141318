import { axisNames, pass } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import type { DType, FloatDType } from '../dtype.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { indexAddStep, indexSelectStep } from '../kernels/move.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxis, type AxisCheck } from '../shape/axes.ts';
import { indexSelectShape, type IndexSelect } from '../shape/select.ts';
import { checkSizes, formatShape, sizeAt, sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';
import { checkIndices, checkPlaces, indexedPlace, indexedPlaceText } from './indices.ts';

export interface IndexSelectAttrs {
  readonly axis: number;
}

export interface IndexAddAttrs {
  readonly axis: number;
  /** Length of the output along the axis. */
  readonly size: number;
}

// `indexSelect` and `indexAdd` are each other's adjoints, so they stand side by side.

// y[…, k, …] = x[…, index[k], …]
export const indexSelectOp: Op<'x' | 'index', IndexSelectAttrs> = defineOp<'x' | 'index', IndexSelectAttrs>({
  name: 'indexSelect',
  infer({ x, index }, { axis }) {
    const count = checkIndex('indexSelect', index);
    const { axis: place, shape } = indexSelectShape('indexSelect', x.shape, axis, count);
    checkPlaces('indexSelect', sizeAt(x.shape, place), count);
    return { shape, dtype: x.dtype };
  },
  gradients: {
    x: rule(['index'], ({ cotangent, saved: { index }, attrs: { axis }, inputs: { x } }) =>
      run(indexAddOp, { source: cotangent, index }, { axis, size: sizeAt(x.shape, axis) }),
    ),
  },
  kernels: {
    reference({ x, index }, output, { axis }) {
      forEachRow(x, index, axis, (from, to, inner) => {
        for (let i = 0; i < inner; i += 1) output.data[to + i] = x.data[from + i] ?? 0;
      });
    },
    wasm: ({ x, index }, output, { axis }) => [
      indexSelectStep(x, index, output, resolveAxis('indexSelect', x.shape, axis)),
    ],
    gpu({ x, index }, output, attrs) {
      const axis = resolveAxis('indexSelect', x.shape, attrs.axis);
      const names = axisNames('i', output.shape.length);
      return pass(
        { x, index },
        output,
        names,
        ({ read }) => `
        const named = ${read('index', [names[axis] ?? '0'])};
        const place = ${indexedPlaceText('named', sizeAt(x.shape, axis))};
        return ${read('x', names.with(axis, 'place'))};`,
      );
    },
  },
});

// y[…, j, …] = Σ_{k : index[k] = j} source[…, k, …]
export const indexAddOp: Op<'source' | 'index', IndexAddAttrs> = defineOp<'source' | 'index', IndexAddAttrs>({
  name: 'indexAdd',
  infer({ source, index }, { axis, size }) {
    checkDType('indexAdd', source.dtype, floats);
    const count = checkIndex('indexAdd', index);
    const { axis: place, shape } = indexSelectShape('indexAdd', source.shape, axis, size);
    if (count !== source.shape[place]) {
      throw new ShapeError('indexAdd', `${count} indices for axis ${place} of source ${formatShape(source.shape)}`);
    }
    checkSizes('indexAdd', shape);
    checkPlaces('indexAdd', size, count);
    return { shape, dtype: source.dtype };
  },
  gradients: {
    source: rule(['index'], ({ cotangent, saved: { index }, attrs: { axis } }) =>
      run(indexSelectOp, { x: cotangent, index }, { axis }),
    ),
  },
  kernels: {
    reference({ source, index }, output, { axis }) {
      forEachRow(output, index, axis, (to, from, inner) => {
        for (let i = 0; i < inner; i += 1)
          output.data[to + i] = (output.data[to + i] ?? 0) + (source.data[from + i] ?? 0);
      });
    },
    wasm: ({ source, index }, output, { axis }) => [
      indexAddStep(source, index, output, resolveAxis('indexAdd', output.shape, axis)),
    ],
    gpu({ source, index }, output, attrs) {
      const axis = resolveAxis('indexAdd', output.shape, attrs.axis);
      const names = axisNames('i', output.shape.length);
      return pass(
        { source, index },
        output,
        names,
        ({ read, loop }) => `
        let total = 0;
        ${loop(
          'k',
          sizeOf(index.shape),
          `
          const named = ${read('index', ['k'])};
          const place = ${indexedPlaceText('named', attrs.size)};
          if (Math.abs(place - ${names[axis] ?? '0'}) < 0.5) { total += ${read('source', names.with(axis, 'k'))}; }`,
        )}
        return total;`,
      );
    },
  },
});

/**
 * Visits, in order, the rows of the larger tensor that the indices name, each with its position in the smaller tensor.
 */
function forEachRow(
  larger: NdArray,
  index: NdArray,
  axis: number,
  visit: (large: number, small: number, inner: number) => void,
): void {
  const place = resolveAxis('indexSelect', larger.shape, axis);
  const size = sizeAt(larger.shape, place);
  const outer = sizeOf(larger.shape.slice(0, place));
  const inner = sizeOf(larger.shape.slice(place + 1));
  for (let row = 0; row < outer; row += 1) {
    for (const [k, named] of index.data.entries()) {
      visit((row * size + indexedPlace(named, size)) * inner, (row * index.data.length + k) * inner, inner);
    }
  }
}

/** The number of indices. */
function checkIndex(op: string, { shape, dtype }: Spec): number {
  const [count] = shape;
  if (shape.length !== 1 || count === undefined) {
    throw new ShapeError(op, `the indices have shape ${formatShape(shape)}, expected one axis`);
  }
  if (dtype !== 'int32') throw new DTypeError(op, `the indices are ${dtype}, expected int32`);
  return count;
}

/**
 * Picks entries of x along an axis, in the order of the indices. An index may occur more than once.
 *
 * @param index [K], int32, on x's engine; negative indices count from the end
 * @returns x's shape with K along the axis
 * @throws ShapeError for an axis that does not exist or an index beyond it. The gpu backend cannot check indices in
 * time: an index beyond the axis picks the nearest end of the axis.
 * @category Indices and order
 */
export function indexSelect<S extends Shape, D extends DType, const Axis extends number, K extends number>(
  x: Tensor<S, D>,
  index: Tensor<readonly [K], 'int32'>,
  axis: Axis & Fits<AxisCheck<'indexSelect', S, Axis>>,
): Tensor<IndexSelect<S, Axis, K>, D> {
  checkIndices('indexSelect', x.shape, resolveAxis('indexSelect', x.shape, axis), index);
  return run(indexSelectOp, { x, index }, { axis });
}

/**
 * Adds each entry of `source` along an axis to the position that its index names. It is the adjoint of `indexSelect`.
 * Positions that no index names hold 0. Sums run in the order of the indices.
 *
 * @param index [K], int32, one for each entry of source along the axis; negative indices count from the end
 * @param size length of the result along the axis
 * @returns source's shape with `size` along the axis
 * @throws ShapeError for an axis that does not exist, a number of indices that differs from the number of entries, or
 * an index beyond `size` (the gpu backend takes the nearest end instead); DTypeError for a dtype that is not floating
 * point
 * @category Indices and order
 */
export function indexAdd<S extends Shape, D extends FloatDType, const Axis extends number, const Size extends number>(
  source: Tensor<S, D>,
  index: Tensor<readonly [number], 'int32'>,
  axis: Axis & Fits<AxisCheck<'indexAdd', S, Axis>>,
  size: Size,
): Tensor<IndexSelect<S, Axis, Size>, D> {
  const place = resolveAxis('indexAdd', source.shape, axis);
  checkIndices('indexAdd', source.shape.with(place, size), place, index, 'the result');
  return run(indexAddOp, { source, index }, { axis, size });
}
