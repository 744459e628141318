import {
  DTypeError,
  GradientError,
  Tensor,
  key,
  mapTree,
  noGrad,
  readSync,
  scope,
  uniformNumbers,
  type DType,
  type Shape,
  type Tree,
} from '@hypercorr/tensor';
import { checkOptions, fromHost } from '@hypercorr/tensor/op';
import { pullBack } from './grad.ts';

export interface GradCheckOptions {
  /** The step h. It is absolute for elements of size 1 or less, and relative for larger ones. */
  readonly step?: number;
  /** The error allowed, relative to the largest element of each gradient. */
  readonly tolerance?: number;
  /** The most elements of each tensor to check, spread evenly; all by default. */
  readonly elements?: number;
}

const names = { step: true, tolerance: true, elements: true };

export interface GradCheckReport {
  /** Number of elements that were checked. */
  readonly checked: number;
  /** The largest error as a share of the allowed error: below 1. */
  readonly worst: number;
}

/** One tensor among the inputs. */
interface Leaf {
  readonly path: string;
  readonly tensor: Tensor;
  readonly values: Float64Array;
}

interface Fault {
  readonly where: string;
  readonly gradient: number;
  readonly numeric: number;
  readonly allowed: number;
}

/**
 * Rounding error of a difference quotient: ε |y| / step ≈ 2e-16 / 1e-5, and more for sums within `f`. Without this
 * allowance a gradient that is zero everywhere could not be checked.
 */
const noise = 1e-9;
const faultsShown = 5;

/**
 * Compares the gradient of `f`, with respect to every tensor in `inputs`, with central differences
 *
 *     ∂L/∂x ≈ (L(x + h) − L(x − h)) / 2h,   L = Σ f(x) ȳ
 *
 * with a fixed irregular cotangent ȳ, so `f` may return a tensor of any shape. The inputs are float64 (so on the
 * reference backend) and should lie a few steps away from kinks. To check second derivatives, let `f` itself return the
 * result of `grad`.
 *
 * @throws GradientError with a report of the elements that differ; DTypeError for inputs that are not float64
 *
 * @example gradCheck(({ x, w }) => matmul(x, w), { x, w });
 */
export function gradCheck<T extends Tree>(
  f: (inputs: T) => Tensor,
  inputs: T,
  options: GradCheckOptions = {},
): GradCheckReport {
  checkOptions('gradCheck', options, names);
  const { step = 1e-5, tolerance = 1e-6, elements = Infinity } = options;
  const leaves = leavesOf(inputs);
  const gradients = scope(() =>
    leavesOf(pullBack(() => f(inputs), inputs, cotangentFor).grads).map(({ values }) => values),
  );

  const faults: Fault[] = [];
  let checked = 0;
  let worst = 0;
  for (const [index, { path, tensor, values }] of leaves.entries()) {
    const gradient = gradients[index] ?? new Float64Array();
    const positions = spread(values.length, elements);
    const numeric = positions.map((at) => quotient(f, inputs, tensor, values, at, step));
    const largest = Math.max(0, ...numeric.map(Math.abs), ...positions.map((at) => Math.abs(gradient[at] ?? NaN)));
    const allowed = tolerance * largest + noise;
    for (const [i, at] of positions.entries()) {
      const found = { where: `${path}[${at}]`, gradient: gradient[at] ?? NaN, numeric: numeric[i] ?? NaN, allowed };
      const error = Math.abs(found.gradient - found.numeric) / allowed;
      // A comparison with NaN is false: NaN is a fault.
      if (error <= 1) worst = Math.max(worst, error);
      else faults.push(found);
    }
    checked += positions.length;
  }
  if (faults.length > 0) throw new GradientError('gradCheck', describe(faults, checked));
  return { checked, worst };
}

/**
 * The central difference along one element. Differences are taken before the sum, because this order loses the least
 * precision.
 */
function quotient<T extends Tree>(
  f: (inputs: T) => Tensor,
  inputs: T,
  leaf: Tensor,
  values: Float64Array,
  at: number,
  step: number,
): number {
  const center = values[at] ?? NaN;
  const h = step * Math.max(1, Math.abs(center));
  const evaluate = (element: number): Float64Array =>
    scope(() => {
      const moved = fromHost(values.with(at, element), leaf.shape, 'float64', leaf.engine);
      return valuesOf(
        'the result',
        noGrad(() => f(mapTree(inputs, (tensor) => (tensor === leaf ? moved : tensor)))),
      );
    });
  const above = evaluate(center + h);
  const below = evaluate(center - h);
  const cotangent = cotangentOf(above.length);
  return (
    above.reduce((total, y, i) => total + (cotangent[i] ?? 0) * (y - (below[i] ?? NaN)), 0) /
    (center + h - (center - h))
  );
}

function cotangentFor({ size, shape, dtype, engine }: Tensor): Tensor<Shape, 'float64'> {
  if (dtype !== 'float64') throw notFloat64('the result', dtype);
  return fromHost(cotangentOf(size), shape, 'float64', engine);
}

function cotangentOf(size: number): Float64Array {
  return uniformNumbers(key(314), size).map((u) => 2 * u - 1);
}

function valuesOf(path: string, tensor: Tensor): Float64Array {
  const values = readSync(tensor);
  if (values instanceof Float64Array) return values;
  throw notFloat64(path, tensor.dtype);
}

function notFloat64(what: string, dtype: DType): DTypeError {
  return new DTypeError('gradCheck', `${what} is ${dtype}: differences need float64, on the reference backend`);
}

function leavesOf(tree: Tree, path = 'inputs'): Leaf[] {
  if (tree instanceof Tensor) return [{ path, tensor: tree, values: valuesOf(path, tree) }];
  return Object.entries(tree).flatMap(([name, child]: [string, Tree]) => leavesOf(child, `${path}.${name}`));
}

/** At most `count` positions below `size`, spread evenly and including the last. */
function spread(size: number, count: number): number[] {
  if (size <= count) return Array.from({ length: size }, (_, i) => i);
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 1) * size) / count) - 1);
}

function describe(faults: readonly Fault[], checked: number): string {
  const lines = faults
    .slice(0, faultsShown)
    .map(
      ({ where, gradient, numeric, allowed }) =>
        `  ${where}: the gradient is ${gradient}, the central difference ${numeric}; ` +
        `off by ${Math.abs(gradient - numeric).toExponential(1)}, allowed ${allowed.toExponential(1)}`,
    );
  const more = faults.length > faultsShown ? [`  … and ${faults.length - faultsShown} more`] : [];
  return [
    `the gradient differs from central differences in ${faults.length} of ${checked} elements:`,
    ...lines,
    ...more,
  ].join('\n');
}
