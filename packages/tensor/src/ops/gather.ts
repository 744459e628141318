import { axisNames, pass } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { DType, FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { gatherStep, scatterAddSteps } from '../kernels/gather.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import type { AxisCheck } from '../shape/axes.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import { gatherAxis, type GatherCheck } from '../shape/gather.ts';
import { checkSizes, sizeAt, sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import { stridesOf } from '../shape/strides.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';
import { checkIndices, checkPlaces, indexedPlace, indexedPlaceText } from './indices.ts';

export interface GatherAttrs {
  readonly axis: number;
}

export interface ScatterAddAttrs {
  readonly axis: number;
  /** The output's shape. */
  readonly shape: Shape;
}

// `gather` and `scatterAdd` are each other's adjoints, so they stand side by side. Both pair each element of the index
// with one element of a larger tensor. Along the axis, the index gives the position. Along the other axes, both
// elements have the same position.

// y[…, k, …] = x[…, index[…, k, …], …]
export const gatherOp: Op<'x' | 'index', GatherAttrs> = defineOp<'x' | 'index', GatherAttrs>({
  name: 'gather',
  infer({ x, index }, { axis }) {
    checkIndexInto('gather', x.shape, index, axis);
    return { shape: index.shape, dtype: x.dtype };
  },
  gradients: {
    x: rule(['index'], ({ cotangent, saved: { index }, attrs: { axis }, inputs: { x } }) =>
      run(scatterAddOp, { source: cotangent, index }, { axis, shape: x.shape }),
    ),
  },
  kernels: {
    reference({ x, index }, output, { axis }) {
      forEachPair(x.shape, index, axis, (at, position) => {
        output.data[position] = x.data[at] ?? 0;
      });
    },
    wasm: ({ x, index }, output, { axis }) => [
      gatherStep(x, index, output, gatherAxis('gather', x.shape, index.shape, axis)),
    ],
    gpu({ x, index }, output, attrs) {
      const axis = gatherAxis('gather', x.shape, index.shape, attrs.axis);
      const names = axisNames('i', output.shape.length);
      return pass(
        { x, index },
        output,
        names,
        ({ read }) => `
        const named = ${read('index', names)};
        const place = ${indexedPlaceText('named', sizeAt(x.shape, axis))};
        return ${read('x', names.with(axis, 'place'))};`,
      );
    },
  },
});

// y[…, j, …] = Σ_{k : index[…, k, …] = j} source[…, k, …]
export const scatterAddOp: Op<'source' | 'index', ScatterAddAttrs> = defineOp<'source' | 'index', ScatterAddAttrs>({
  name: 'scatterAdd',
  infer({ source, index }, { axis, shape }) {
    checkDType('scatterAdd', source.dtype, floats);
    checkSizes('scatterAdd', shape);
    checkIndexInto('scatterAdd', shape, index, axis);
    expectShape('scatterAdd', 'index', source.shape, index.shape);
    return { shape, dtype: source.dtype };
  },
  gradients: {
    source: rule(['index'], ({ cotangent, saved: { index }, attrs: { axis } }) =>
      run(gatherOp, { x: cotangent, index }, { axis }),
    ),
  },
  kernels: {
    reference({ source, index }, output, { axis }) {
      forEachPair(output.shape, index, axis, (at, position) => {
        output.data[at] = (output.data[at] ?? 0) + (source.data[position] ?? 0);
      });
    },
    wasm: ({ source, index }, output, { axis }) =>
      scatterAddSteps(source, index, output, gatherAxis('scatterAdd', output.shape, index.shape, axis)),
    gpu({ source, index }, output, attrs) {
      const axis = gatherAxis('scatterAdd', output.shape, index.shape, attrs.axis);
      const names = axisNames('i', output.shape.length);
      const count = sizeAt(index.shape, axis);
      const within = positionsBeyond(names, output.shape, index.shape, axis);
      return pass({ source, index }, output, names, ({ read, loop }) => {
        const sum = loop(
          'k',
          count,
          `
          const named = ${read('index', names.with(axis, 'k'))};
          const place = ${indexedPlaceText('named', sizeAt(output.shape, axis))};
          if (Math.abs(place - ${names[axis] ?? '0'}) < 0.5) { total += ${read('source', names.with(axis, 'k'))}; }`,
        );
        return `
          let total = 0;
          ${within.length === 0 ? sum : `if (${within.join(' && ')}) { ${sum} }`}
          return total;`;
      });
    },
  },
});

/**
 * GPU texts of conditions on the position of an output element. Where the index is shorter than the output along another
 * axis, the index names nothing beyond its end.
 */
export function positionsBeyond(names: readonly string[], output: Shape, index: Shape, axis: number): string[] {
  return names.flatMap((name, at) =>
    at !== axis && sizeAt(index, at) < sizeAt(output, at) ? [`${name} < ${sizeAt(index, at)}`] : [],
  );
}

/** Visits every element of the index, in row-major order, with the element of the larger tensor that it names. */
export function forEachPair(
  larger: Shape,
  index: NdArray,
  axis: number,
  visit: (at: number, position: number) => void,
): void {
  const place = gatherAxis('gather', larger, index.shape, axis);
  const strides = stridesOf(larger);
  const [size, stride] = [sizeAt(larger, place), sizeAt(strides, place)];
  forEachOffset(index.shape, [strides.with(place, 0)], (position, [line = 0]) => {
    visit(line + indexedPlace(index.data[position] ?? 0, size) * stride, position);
  });
}

export function checkIndexInto(op: string, shape: Shape, index: Spec, axis: number): void {
  const place = gatherAxis(op, shape, index.shape, axis);
  if (index.dtype !== 'int32') throw new DTypeError(op, `the indices are ${index.dtype}, expected int32`);
  checkPlaces(op, sizeAt(shape, place), sizeOf(index.shape));
}

/**
 * Picks elements of x along an axis by an index of the same rank. For the last of two axes,
 * `y[i][k] = x[i][index[i][k]]`. Along the other axes the index may be shorter than x. (`indexSelect` picks the same
 * positions from every line.)
 *
 * @param index int32, on x's engine; negative indices count from the end
 * @returns the index's shape, x's dtype
 * @throws ShapeError for an axis that does not exist, another rank, an index that is longer than x along another axis,
 * or an index beyond the axis. The gpu backend cannot check indices in time: an index beyond the axis picks the nearest
 * end of the axis.
 * @category Indices and order
 */
export function gather<S extends Shape, D extends DType, I extends Shape, const Axis extends number>(
  x: Tensor<S, D>,
  index: Tensor<I, 'int32'> & Fits<GatherCheck<'gather', S, I, Axis>>,
  axis: Axis & Fits<AxisCheck<'gather', S, Axis>>,
): Tensor<I, D> {
  checkIndices('gather', x.shape, gatherAxis('gather', x.shape, index.shape, axis), index);
  return run(gatherOp, { x, index }, { axis });
}

/**
 * Adds each element of `source` to the position that an index of the same shape names. It is the adjoint of `gather`,
 * and PyTorch's `scatter_add` into zeros. Positions that no index names hold 0. Sums run in the order of the indices
 * along the axis, whatever the number of threads. (On the gpu backend every element of the result reads all indices of
 * its line.)
 *
 * @param index int32, of source's shape; negative indices count from the end
 * @param shape shape of the result: as long as source or longer, except along the axis
 * @throws ShapeError for an axis that does not exist, an index of another shape than source's, a result of another rank
 * or too short, or an index beyond the axis (the gpu backend takes the nearest end instead); DTypeError for a dtype
 * that is not floating point
 * @category Indices and order
 */
export function scatterAdd<
  S extends Shape,
  D extends FloatDType,
  I extends Shape,
  const Target extends Shape,
  const Axis extends number,
>(
  source: Tensor<S, D>,
  index: Tensor<I, 'int32'> & Fits<ExpectCheck<'scatterAdd', 'index', S, I>>,
  axis: Axis & Fits<AxisCheck<'scatterAdd', S, Axis>>,
  shape: Target & Fits<GatherCheck<'scatterAdd', Target, I, Axis>>,
): Tensor<Target, D> {
  checkSizes('scatterAdd', shape);
  expectShape('scatterAdd', 'index', source.shape, index.shape);
  checkIndices('scatterAdd', shape, gatherAxis('scatterAdd', shape, index.shape, axis), index, 'the result');
  return run(scatterAddOp, { source, index }, { axis, shape });
}
