import { reduce, type Reduction } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { DType } from '../dtype.ts';
import { reduceSteps, type WasmReduction } from '../kernels/reduce.ts';
import { checkOptions } from '../options.ts';
import { defineOp, type Gradient, type GradientRule, type Op } from '../op.ts';
import { resolveAxes, type AxesArg, type AxesCheck } from '../shape/axes.ts';
import { checkNotEmpty, reduceShape } from '../shape/reduce.ts';
import { sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import { broadcastStrides } from '../shape/strides.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastTo } from './broadcast-to.ts';
import { checkDType } from './elementwise.ts';
import { reshape } from './reshape.ts';

export interface ReductionAttrs {
  /** One axis, several, or all for `undefined`; negative ones count from the end. */
  readonly axes: AxesArg;
  /** Whether the reduced axes stay, with size 1. */
  readonly keepDims: boolean;
}

/** The options that reductions take. */
export interface ReductionOptions<
  Name extends string,
  S extends Shape,
  Axes extends AxesArg,
  KeepDims extends boolean,
> {
  /** One axis or several; all when left out. Negative ones count from the end. */
  readonly axes?: Axes & Fits<AxesCheck<Name, S, Axes>>;
  /** Whether the reduced axes stay, with size 1; they go when left out. */
  readonly keepDims?: KeepDims;
}

/** The names of the options that every reduction takes. */
export const reductionOptions = { axes: true, keepDims: true };

/** The attributes that the options of a reduction mean. @throws OptionError for an option that does not exist */
export function reductionAttrs(
  op: string,
  options: { readonly axes?: AxesArg; readonly keepDims?: boolean },
): ReductionAttrs {
  checkOptions(op, options, reductionOptions);
  return { axes: options.axes, keepDims: options.keepDims ?? false };
}

export interface ReductionDefinition<Attrs extends ReductionAttrs> {
  readonly name: string;
  readonly dtypes: readonly DType[];
  /** Refuses attributes that make no sense. */
  readonly check?: (attrs: Attrs) => void;
  /** The result for no elements; without one, having none is an error. */
  readonly start?: number;
  readonly combine: (total: number, value: number, attrs: Attrs) => number;
  /** The result from the total and the number of elements behind it. */
  readonly finish?: (total: number, count: number, attrs: Attrs) => number;
  /** The kernels, for `count` elements behind each result. */
  readonly wasm: (count: number, attrs: Attrs) => WasmReduction;
  readonly gpu: (count: number, attrs: Attrs) => Reduction;
  readonly gradient: GradientRule<'x', Attrs>;
}

/** An operation that combines the elements along some axes into one. */
export function reductionOp<Attrs extends ReductionAttrs>(definition: ReductionDefinition<Attrs>): Op<'x', Attrs> {
  const { name, dtypes, check, start, combine, finish = (total) => total, wasm, gpu, gradient } = definition;
  return defineOp<'x', Attrs>({
    name,
    infer({ x }, attrs) {
      check?.(attrs);
      const output = inferReduction(name, dtypes, x, attrs);
      if (start === undefined) checkNotEmpty(name, x.shape, resolveAxes(name, x.shape, attrs.axes));
      return output;
    },
    gradients: { x: gradient },
    kernels: {
      reference({ x }, output, attrs) {
        const { axes, kept } = reduceShape(name, x.shape, attrs.axes, true);
        const totals: (number | undefined)[] = Array.from(output.data, () => start);
        forEachOffset(x.shape, [broadcastStrides(kept, x.shape)], (position, [at = 0]) => {
          const value = x.data[position] ?? 0;
          const total = totals[at];
          totals[at] = total === undefined ? value : combine(total, value, attrs);
        });
        const count = countOf(x.shape, axes);
        for (const [at, total = 0] of totals.entries()) output.data[at] = finish(total, count, attrs);
      },
      wasm({ x }, output, attrs, launch) {
        const { axes } = reduceShape(name, x.shape, attrs.axes, true);
        return reduceSteps(x, output, axes, wasm(countOf(x.shape, axes), attrs), launch);
      },
      gpu({ x }, output, attrs) {
        const { axes } = reduceShape(name, x.shape, attrs.axes, true);
        return reduce(x, output, axes, gpu(countOf(x.shape, axes), attrs));
      },
    },
  });
}

/** A reduction's output. Errors as `reduceShape`, and for a dtype that the operation does not take. */
export function inferReduction(
  name: string,
  dtypes: readonly DType[],
  { shape, dtype }: Spec,
  { axes, keepDims }: ReductionAttrs,
): Spec {
  checkDType(name, dtype, dtypes);
  return { shape: reduceShape(name, shape, axes, keepDims).shape, dtype };
}

/** The definition of reductions that look at all elements behind a result at once. */
export function reduceGroups(
  x: NdArray,
  output: NdArray,
  axes: AxesArg,
  reduceGroup: (values: readonly number[]) => number,
): void {
  const groups: number[][] = Array.from(output.data, () => []);
  const { kept } = reduceShape('reduce', x.shape, axes, true);
  forEachOffset(x.shape, [broadcastStrides(kept, x.shape)], (position, [at = 0]) =>
    groups[at]?.push(x.data[position] ?? 0),
  );
  for (const [at, values] of groups.entries()) output.data[at] = reduceGroup(values);
}

/** The number of elements that `axes` of a shape hold. */
export function countOf(shape: Shape, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis] ?? 1));
}

/** A reduction's result, or a cotangent of it, with size 1 in the place of each reduced axis. */
export function withReducedAxes<D extends DType>(y: Tensor<Shape, D>, shape: Shape, axes: AxesArg): Tensor<Shape, D> {
  return reshape(y, reduceShape('reshape', shape, axes, true).kept);
}

/** A reduction's cotangent, given to every element behind it. */
export function spread(cotangent: Gradient, shape: Shape, axes: AxesArg): Gradient {
  return broadcastTo(withReducedAxes(cotangent, shape, axes), shape);
}
