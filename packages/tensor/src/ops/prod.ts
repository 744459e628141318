import type { FloatDType } from '../dtype.ts';
import { rule, type Gradient } from '../op.ts';
import { run } from '../run.ts';
import { resolveAxes, type AxesArg } from '../shape/axes.ts';
import type { Reduce } from '../shape/reduce.ts';
import { sizeAt, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { concat } from './concat.ts';
import { floats, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';
import { permute } from './permute.ts';
import {
  countOf,
  reductionOp,
  spread,
  type ReductionAttrs,
  type ReductionOptions,
  reductionAttrs,
} from './reduction.ts';
import { reshape } from './reshape.ts';
import { pad, slice } from './slice-pad.ts';

// y = Π x, ∂y/∂xᵢ = the product of all others
export const prodOp = reductionOp<ReductionAttrs>({
  name: 'prod',
  dtypes: floats,
  start: 1,
  combine: (product, value) => product * value,
  wasm: () => ({ accumulation: 'product' }),
  gpu: () => ({ combine: 'product' }),
  gradient: rule(['x'], ({ cotangent, saved: { x }, attrs: { axes } }) => {
    const reduced = resolveAxes('prod', x.shape, axes);
    const count = countOf(x.shape, reduced);
    if (count === 0) return spread(cotangent, x.shape, axes);
    // Reshape to rows of factors, and reshape the gradient back.
    const order = [...x.shape.keys()].toSorted((a, b) => Number(reduced.includes(a)) - Number(reduced.includes(b)));
    const factors = reshape(permute(x, order), [x.size / count, count]);
    const gradient = timesOthers(factors, reshape(cotangent, [x.size / count, 1]));
    return permute(
      reshape(
        gradient,
        order.map((axis) => sizeAt(x.shape, axis)),
      ),
      order.map((_, axis) => order.indexOf(axis)),
    );
  }),
});

/**
 * For each factor of a row, the row's cotangent times all other factors. The factors of the first half are paired with
 * those of the second half. A recursive call gives the gradient of each pair's product. Each factor takes this gradient
 * times the other factor of the pair. There is no division, so zeros are no special case, and derivatives of all orders
 * are right.
 *
 * @param factors [N,n]
 * @param cotangent [N,1]
 * @returns [N,n]
 */
function timesOthers(factors: Tensor, cotangent: Gradient): Gradient {
  const count = sizeAt(factors.shape, 1);
  if (count <= 1) return cotangent;
  const half = Math.ceil(count / 2);
  const first = slice(factors, [[], [0, half]]);
  const rest = slice(factors, [[], [half, count]]);
  const second =
    count % 2 === 0
      ? rest
      : pad(
          rest,
          [
            [0, 0],
            [0, 1],
          ],
          { value: 1 },
        );
  const forPair = timesOthers(runBinary(mulOp, first, second), cotangent);
  const forEach: Gradient = concat([runBinary(mulOp, forPair, second), runBinary(mulOp, forPair, first)], 1);
  return count % 2 === 0 ? forEach : slice(forEach, [[], [0, count]]);
}

/**
 * The product over some axes, or over all; 1 without elements. Dtype as `x`. The gradient and its own derivatives are
 * right even where factors are 0.
 *
 * @throws ShapeError for an axis that does not exist or is named twice; DTypeError for int32 and bool
 * @category Reductions
 */
export function prod<
  S extends Shape,
  D extends FloatDType,
  const Axes extends AxesArg = undefined,
  const KeepDims extends boolean = false,
>(x: Tensor<S, D>, options: ReductionOptions<'prod', S, Axes, KeepDims> = {}): Tensor<Reduce<S, Axes, KeepDims>, D> {
  return run(prodOp, { x }, reductionAttrs('prod', options));
}
