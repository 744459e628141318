import { axisNames, pass } from '../backends/gpu/source.ts';
import { constant } from '../create.ts';
import type { DType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { unaryStep } from '../kernels/elementwise.ts';
import { scatterStep } from '../kernels/gather.ts';
import { defineOp, rule, type Gradient, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { AxisCheck } from '../shape/axes.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import { gatherAxis, type GatherCheck } from '../shape/gather.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { addOp } from './add.ts';
import { broadcastToOp } from './broadcast-to.ts';
import { castOp } from './cast.ts';
import { equalOp } from './comparisons.ts';
import { cumsumOp } from './cumsum.ts';
import { divOp } from './div.ts';
import { checkChoice, checkDType, kernelType, numbers, runBinary } from './elementwise.ts';
import { checkIndexInto, forEachPair, gatherOp, positionsBeyond, scatterAddOp } from './gather.ts';
import { checkIndices, indexedPlaceText } from './indices.ts';
import { mulOp } from './mul.ts';
import { subOp } from './sub.ts';
import { runWhere } from './where.ts';

/** What becomes of the element that an index names, and the element of the source. */
export type ScatterReduce = 'assign' | 'max' | 'min' | 'mul';

export interface ScatterAttrs {
  readonly axis: number;
  readonly reduce: ScatterReduce;
}

const combined: Readonly<Record<ScatterReduce, (held: number, value: number) => number>> = {
  assign: (_, value) => value,
  max: Math.max,
  min: Math.min,
  mul: (held, value) => held * value,
};

/** The same as GPU texts. If neither comparison holds, one of the two is NaN, and so is their sum. */
const combinedTexts: Readonly<Record<ScatterReduce, string>> = {
  assign: 'value',
  max: 'total > value ? total : (total <= value ? value : total + value)',
  min: 'total < value ? total : (total >= value ? value : total + value)',
  mul: 'total * value',
};

// y = x, then y[…, index[…, k, …], …] = reduce(y[…, index[…, k, …], …], source[…, k, …]) for each k, in order.
export const scatterOp: Op<'x' | 'source' | 'index', ScatterAttrs> = defineOp<'x' | 'source' | 'index', ScatterAttrs>({
  name: 'scatter',
  infer({ x, source, index }, { axis, reduce }) {
    checkChoice('scatter', 'reduce', reduce, ['assign', 'max', 'min', 'mul']);
    if (reduce !== 'assign') checkDType('scatter', x.dtype, numbers);
    if (x.dtype !== source.dtype) {
      throw new DTypeError('scatter', `x is ${x.dtype} and source is ${source.dtype}; cast one to the other's dtype`);
    }
    checkIndexInto('scatter', x.shape, index, axis);
    expectShape('scatter', 'index', source.shape, index.shape);
    return { shape: x.shape, dtype: x.dtype };
  },
  gradients: {
    x: rule(['x', 'source', 'index', 'output'], ({ cotangent, saved: { x, source, index, output }, attrs }) =>
      scope(() => {
        if (attrs.reduce === 'assign') {
          const winner = lastNamed(x.shape, index, attrs);
          return runWhere(runBinary(equalOp, winner, 0), cotangent, 0);
        }
        if (attrs.reduce === 'mul') {
          const ones: Tensor = spread(constant('scatter', 1, x.dtype, x.engine), x.shape);
          return runBinary(mulOp, cotangent, run(scatterOp, { x: ones, source, index }, attrs));
        }
        const share = runBinary(divOp, cotangent, winners(x, source, index, output, attrs));
        return runWhere(runBinary(equalOp, x, output), share, 0);
      }),
    ),
    source: rule(['x', 'source', 'index', 'output'], ({ cotangent, saved: { x, source, index, output }, attrs }) =>
      scope(() => {
        const named = (of: Tensor): Tensor => run(gatherOp, { x: of, index }, { axis: attrs.axis });
        if (attrs.reduce === 'assign') {
          const isLast = runBinary(equalOp, named(lastNamed(x.shape, index, attrs)), ordinals(index, attrs.axis));
          return runWhere(isLast, named(cotangent), 0);
        }
        if (attrs.reduce === 'mul') return productOfOthers(cotangent, x, source, index, attrs);
        const share = named(runBinary(divOp, cotangent, winners(x, source, index, output, attrs)));
        return runWhere(runBinary(equalOp, source, named(output)), share, 0);
      }),
    ),
  },
  kernels: {
    reference({ x, source, index }, output, { axis, reduce }) {
      output.data.set(x.data);
      forEachPair(output.shape, index, axis, (at, position) => {
        output.data[at] = combined[reduce](output.data[at] ?? 0, source.data[position] ?? 0);
      });
    },
    wasm({ x, source, index }, output, { axis, reduce }) {
      const entry = reduce === 'assign' ? 'scatter_assign_word' : `scatter_${reduce}_${kernelType(x)}`;
      const along = gatherAxis('scatter', output.shape, index.shape, axis);
      return [unaryStep('copy_word', x, output), scatterStep(entry, source, index, output, along)];
    },
    gpu({ x, source, index }, output, attrs) {
      const axis = gatherAxis('scatter', output.shape, index.shape, attrs.axis);
      const names = axisNames('i', output.shape.length);
      const within = positionsBeyond(names, output.shape, index.shape, axis);
      return pass({ x, source, index }, output, names, ({ read, loop }) => {
        const all = loop(
          'k',
          sizeAt(index.shape, axis),
          `
          const named = ${read('index', names.with(axis, 'k'))};
          const place = ${indexedPlaceText('named', sizeAt(output.shape, axis))};
          if (Math.abs(place - ${names[axis] ?? '0'}) < 0.5) {
            const value = ${read('source', names.with(axis, 'k'))};
            total = ${combinedTexts[attrs.reduce]};
          }`,
        );
        return `
          let total = ${read('x', names)};
          ${within.length === 0 ? all : `if (${within.join(' && ')}) { ${all} }`}
          return total;`;
      });
    },
  },
});

function spread<D extends DType>(value: Tensor<Shape, D>, shape: Shape): Tensor<Shape, D> {
  return run(broadcastToOp, { x: value }, { shape });
}

/** 1 for the first elements along the axis, 2 for the second, and so on: int32, of the index's shape. */
function ordinals(index: Tensor, axis: number): Tensor {
  const one = constant('scatter', 1, 'float32', index.engine);
  const counted = run(cumsumOp, { x: spread(one, index.shape) }, { axis, reverse: false });
  return run(castOp, { x: counted }, { dtype: 'int32' });
}

/** The ordinal of the last element that the index puts in each place; 0 where it puts none. */
function lastNamed(shape: Shape, index: Tensor, { axis }: ScatterAttrs): Tensor {
  const none = spread(constant('scatter', 0, 'int32', index.engine), shape);
  return run(scatterOp, { x: none, source: ordinals(index, axis), index }, { axis, reduce: 'assign' });
}

/** How many elements of x and the source equal each element of the output. They share its cotangent, as in PyTorch. */
function winners(x: Tensor, source: Tensor, index: Tensor, output: Tensor, { axis }: ScatterAttrs): Tensor {
  const count = (a: Tensor, b: Tensor): Tensor => run(castOp, { x: runBinary(equalOp, a, b) }, { dtype: x.dtype });
  const ofSource = count(source, run(gatherOp, { x: output, index }, { axis }));
  return runBinary(addOp, count(x, output), run(scatterAddOp, { source: ofSource, index }, { axis, shape: x.shape }));
}

/** The cotangent times all other factors of an element, by division where the element is not 0. */
function productOfOthers(cotangent: Gradient, x: Tensor, source: Tensor, index: Tensor, attrs: ScatterAttrs): Gradient {
  const { axis } = attrs;
  const isZero = runBinary(equalOp, source, 0);
  const factors: Tensor = runWhere(isZero, 1, source);
  const product: Tensor = run(scatterOp, { x, source: factors, index }, attrs);
  const zeros: Tensor = run(castOp, { x: isZero }, { dtype: source.dtype });
  const all = run(scatterAddOp, { source: zeros, index }, { axis, shape: x.shape });
  const named = (of: Tensor): Tensor => run(gatherOp, { x: of, index }, { axis });
  const isAlone = runBinary(equalOp, runBinary(subOp, named(all), zeros), 0);
  const others = runBinary(divOp, named(runBinary(mulOp, cotangent, product)), factors);
  return runWhere(isAlone, others, 0);
}

export interface ScatterOptions {
  /**
   * What becomes of an element of x that the index names: it is replaced (`assign`, the default; of several the last one
   * stays), or the maximum, minimum or product of it and all that the index puts there.
   */
  readonly reduce?: ScatterReduce;
}

const scatterOptions = { reduce: true };

/**
 * x with each element of `source` put at the position that an index of the same shape names. For the last of two axes,
 * `y[i][index[i][k]] = source[i][k]`. It is PyTorch's `scatter`, and `scatter_reduce` with `amax`, `amin` and `prod`.
 * (`scatterAdd` sums.) The order is that of the indices along the axis, whatever the number of threads.
 *
 * Equal maxima share the gradient. On the gpu backend every element of the result reads all indices of its line.
 *
 * @param source as long as x or shorter, except along the axis
 * @param index int32, of source's shape; negative indices count from the end
 * @returns as x
 * @throws ShapeError for an axis that does not exist, an index of another shape than source's, a source of another rank or
 * too long, or an index beyond the axis (the gpu backend takes the nearest end instead); DTypeError for unequal dtypes,
 * and for bool unless elements are replaced; RangeError for an unknown word
 * @category Indices and order
 */
export function scatter<
  S extends Shape,
  D extends DType,
  Source extends Shape,
  I extends Shape,
  const Axis extends number,
>(
  x: Tensor<S, D>,
  source: Tensor<Source, D> & Fits<GatherCheck<'scatter', S, Source, Axis>>,
  index: Tensor<I, 'int32'> & Fits<ExpectCheck<'scatter', 'index', Source, I>>,
  axis: Axis & Fits<AxisCheck<'scatter', S, Axis>>,
  options: ScatterOptions = {},
): Tensor<S, D> {
  checkOptions('scatter', options, scatterOptions);
  const places: Tensor<Shape, 'int32'> = index;
  const elements: Tensor = source;
  checkIndices('scatter', x.shape, gatherAxis('scatter', x.shape, places.shape, axis), places);
  return run(scatterOp, { x, source: elements, index: places }, { axis, reduce: options.reduce ?? 'assign' });
}
