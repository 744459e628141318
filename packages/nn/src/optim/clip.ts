import {
  GradientError,
  add,
  concat,
  div,
  minimum,
  mul,
  noGrad,
  norm as normOf,
  reshape,
  scope,
  type FloatDType,
  type Tensor,
} from '@hypercorr/tensor';
import type { Gradients } from '../gradients.ts';

export interface ClippedGradients {
  readonly gradients: Gradients;
  /** The norm before clipping, without axes. */
  readonly norm: Tensor<readonly [], FloatDType>;
}

/** Keeps the factor finite when all gradients are 0. PyTorch has the same value. */
const eps = 1e-6;

/**
 * Scales gradients down together, so that the norm of all their elements is at most `maxNorm` (Pascanu et al., *On the
 * difficulty of training recurrent neural networks*, ICML 2013, algorithm 1), as PyTorch's `clip_grad_norm_`:
 *
 *     ‖g‖ = √Σ g²        over the elements of all gradients
 *     g = g · min(1, maxNorm / (‖g‖ + 1e-6))
 *
 * The factor is computed on the gradients' engine. Nothing is read, so the program does not wait for a GPU. For the
 * same reason a norm that is not finite is not an error; it makes every gradient 0 or NaN. To stop in that case
 * (PyTorch's `error_if_nonfinite`), check `await item(norm)` before the optimiser's step.
 *
 * @param gradients of `lossAndGradients` or `GradientAccumulator`; they stay the caller's, and are not changed
 * @returns tensors that belong to the scope around the call
 * @throws RangeError for a norm below 0 or NaN; GradientError when there is no gradient; DTypeError, BackendError for
 * gradients of several dtypes or engines
 *
 * @example
 * const { gradients, norm } = clipGradientNorm(lossAndGradients(model, computeLoss).gradients, 1);
 * optimizer.step(gradients);
 */
export function clipGradientNorm(gradients: Gradients, maxNorm: number): ClippedGradients {
  if (!(maxNorm >= 0)) throw new RangeError(`[clipGradientNorm] maxNorm is a number from 0; got ${maxNorm}`);
  return noGrad(() =>
    scope(() => {
      const norm = normOfAll('clipGradientNorm', gradients);
      const factor = minimum(div(maxNorm, add(norm, eps)), 1);
      return {
        gradients: Object.fromEntries(
          Object.entries(gradients).map(([name, gradient]) => [name, mul(gradient, factor)]),
        ),
        norm,
      };
    }),
  );
}

/**
 * ‖g‖ = √Σ g² over the elements of all gradients, without axes. It is NaN or infinite if a gradient is.
 *
 * @returns a tensor that belongs to the scope around the call
 * @throws GradientError when there is no gradient; DTypeError, BackendError for gradients of several dtypes or engines
 */
export function gradientNorm(gradients: Gradients): Tensor<readonly [], FloatDType> {
  return noGrad(() => scope(() => normOfAll('gradientNorm', gradients)));
}

function normOfAll(where: string, gradients: Gradients): Tensor<readonly [], FloatDType> {
  const all = Object.values(gradients);
  if (all.length === 0) throw new GradientError(where, 'there is no gradient');
  // The norm of the gradients' norms. A sum of their squares might overflow where the norm does not.
  return reshape(
    normOf(
      concat(
        all.map((gradient) => reshape(normOf(gradient), [1])),
        0,
      ),
    ),
    [],
  );
}
