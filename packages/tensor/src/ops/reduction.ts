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
  /** One axis or several; `undefined` means all. Negative axes count from the end. */
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
  /** One axis or several; all when left out. Negative axes count from the end. */
  readonly axes?: Axes & Fits<AxesCheck<Name, S, Axes>>;
  /** Whether the reduced axes stay, with size 1; false when left out. */
  readonly keepDims?: KeepDims;
}

/** The names of the options that every reduction takes. */
export const reductionOptions = { axes: true, keepDims: true };

/** The attributes for the options of a reduction. @throws OptionError for an option that does not exist */
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
  /** Throws for attributes that make no sense. */
  readonly check?: (attrs: Attrs) => void;
  /** The result without elements. If this is left out, having no elements is an error. */
  readonly start?: number;
  readonly combine: (total: number, value: number, attrs: Attrs) => number;
  /** The result from the total and the number of elements in that total. */
  readonly finish?: (total: number, count: number, attrs: Attrs) => number;
  /** The kernels, where each result combines `count` elements. */
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

/**
 * A reduction's output. It throws the errors of `reduceShape`, and DTypeError for a dtype that the operation does not
 * take.
 */
export function inferReduction(
  name: string,
  dtypes: readonly DType[],
  { shape, dtype }: Spec,
  { axes, keepDims }: ReductionAttrs,
): Spec {
  checkDType(name, dtype, dtypes);
  return { shape: reduceShape(name, shape, axes, keepDims).shape, dtype };
}

/** The reference kernel of reductions that need all elements of a result at once. */
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

/** The number of elements along `axes` of a shape. */
export function countOf(shape: Shape, axes: readonly number[]): number {
  return sizeOf(axes.map((axis) => shape[axis] ?? 1));
}

/** A reduction's result, or its cotangent, with each reduced axis restored at size 1. */
export function withReducedAxes<D extends DType>(y: Tensor<Shape, D>, shape: Shape, axes: AxesArg): Tensor<Shape, D> {
  return reshape(y, reduceShape('reshape', shape, axes, true).kept);
}

/** A reduction's cotangent, repeated for every element of the input. */
export function spread(cotangent: Gradient, shape: Shape, axes: AxesArg): Gradient {
  return broadcastTo(withReducedAxes(cotangent, shape, axes), shape);
}
