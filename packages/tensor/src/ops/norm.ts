import type { Reduction } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import type { WasmReduction } from '../kernels/reduce.ts';
import { rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import type { AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import type { Shape } from '../shape/shape.ts';
import { stopGradient, type Tensor } from '../tensor.ts';
import { absOp } from './abs.ts';
import { equalOp, greaterOp, lessOp } from './comparisons.ts';
import { divOp } from './div.ts';
import { floats, runBinary, runUnary } from './elementwise.ts';
import { shareAmongTies } from './max.ts';
import { mulOp } from './mul.ts';
import { powOp } from './pow.ts';
import {
  reductionOp,
  reductionOptions,
  withReducedAxes,
  type ReductionAttrs,
  type ReductionOptions,
} from './reduction.ts';
import { runWhere } from './where.ts';

export interface NormAttrs extends ReductionAttrs {
  /** The order of the norm, above 0; Infinity means the largest magnitude. */
  readonly p: number;
}

// y = (Σ |x|ᵖ)^(1/p), ∂y/∂x = sign x (|x|/y)ᵖ⁻¹; for p = ∞ the elements whose magnitude is y share the gradient
export const normOp = reductionOp<NormAttrs>({
  name: 'norm',
  dtypes: floats,
  check({ p }) {
    if (!(p > 0)) throw new RangeError(`[norm] p must be above 0, got ${p}`);
  },
  start: 0,
  combine(total, value, { p }) {
    const size = Math.abs(value);
    return p === Infinity ? Math.max(total, size) : total + size ** p;
  },
  finish: (total, _, { p }) => (p === Infinity ? total : total ** (1 / p)),
  wasm: (_, { p }) => wasmNorm(p),
  gpu: (_, { p }) => gpuNorm(p),
  gradient: rule(['x', 'output'], ({ cotangent, saved: { x, output }, attrs: { p, axes } }) => {
    // For a vector of zeros, divide by infinity: the gradient and its derivatives are then 0.
    if (p === 2)
      return runBinary(mulOp, x, withReducedAxes(runBinary(divOp, cotangent, zeroAs(Infinity, output)), x.shape, axes));
    const sign = signOf(x);
    if (p === 1) return runBinary(mulOp, sign, withReducedAxes(cotangent, x.shape, axes));
    const size = runUnary(absOp, x);
    if (p === Infinity) return runBinary(mulOp, sign, shareAmongTies(cotangent, size, output, axes));
    // A zero has the sign 0, so its share does not matter.
    const share = runBinary(divOp, zeroAs(1, size), withReducedAxes(zeroAs(1, output), x.shape, axes));
    const slope = runBinary(mulOp, sign, runBinary(powOp, share, p - 1));
    return runBinary(mulOp, slope, withReducedAxes(cotangent, x.shape, axes));
  }),
});

/** x, and `value` where it is 0. */
function zeroAs(value: number, x: Tensor): Tensor {
  return runWhere(runBinary(equalOp, x, 0), value, x);
}

/** The sign of x: 1, −1 or 0, and NaN for NaN. No gradient flows through it, not even where x is 0. */
function signOf(x: Tensor): Tensor {
  return runWhere(runBinary(greaterOp, x, 0), 1, runWhere(runBinary(lessOp, x, 0), -1, stopGradient(x)));
}

function wasmNorm(p: number): WasmReduction {
  if (p === 1) return { accumulation: 'sizes' };
  if (p === 2) return { accumulation: 'squares', root: 2 };
  return p === Infinity ? { accumulation: 'largestSize' } : { accumulation: 'powers', root: p };
}

function gpuNorm(p: number): Reduction {
  if (p === 1) return { combine: 'sum', map: 'Math.abs(value)' };
  if (p === 2) return { combine: 'sum', map: 'value * value', finish: 'Math.sqrt(value)' };
  if (p === Infinity) return { combine: 'max', map: 'Math.abs(value)' };
  return { combine: 'sum', map: `powf(Math.abs(value), ${p})`, finish: `powf(value, ${1 / p})` };
}

export interface NormOptions<S extends Shape, Axes extends AxesArg, KeepDims extends boolean> extends ReductionOptions<
  'norm',
  S,
  Axes,
  KeepDims
> {
  /** The order of the norm, above 0; 2 when left out. */
  readonly p?: number;
}

const normOptions = { ...reductionOptions, p: true };

/**
 * The norm (Σ |x|ᵖ)^(1/p) over some axes, or over all: Euclidean for p = 2, the largest magnitude for p = Infinity, 0
 * without elements. Elements that are 0 take the gradient 0, and so does a vector of zeros, where the gradient's own
 * gradient is 0 too. For p = Infinity, elements that tie share the gradient evenly. Dtype as `x`. (PyTorch's
 * `linalg.vector_norm`, for p above 0.) A power that float64 cannot hold becomes infinite; on `gpu`, a power that
 * float32 cannot hold.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for int32 and bool; RangeError unless
 * p is above 0
 * @category Reductions
 */
export function norm<
  S extends Shape,
  D extends FloatDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: NormOptions<S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  checkOptions('norm', options, normOptions);
  const { axes, keepDims = false, p = 2 } = options;
  return run(normOp, { x }, { axes, keepDims, p });
}
