import { valueAndGrad } from '@hypercorr/autograd';
import {
  GradientError,
  add,
  div,
  keep,
  noGrad,
  retain,
  scope,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { NamedParameters } from './cell.ts';
import { Module } from './module.ts';

/** A gradient for each parameter, by the parameter's name. */
export type Gradients = Readonly<Record<string, Tensor<Shape, FloatDType>>>;

export interface LossAndGradients<Loss extends Tensor = Tensor> {
  readonly loss: Loss;
  readonly gradients: Gradients;
}

/**
 * Computes a loss and its gradient with respect to a module's parameters, or to the given parameters only. All other
 * tensors are constant: a frozen backbone that is not named here costs no memory for a backward pass. The returned
 * tensors belong to the scope around the call.
 *
 * @param computeLoss returns one number, and may reach the parameters in any way
 * @throws GradientError when `computeLoss` returns more than one number, or the loss has no derivative
 *
 * @example
 * scope(() => {
 *   const { loss, gradients } = lossAndGradients(model, () => crossEntropy(model.forward(images), labels));
 *   optimizer.step(gradients);
 *   return loss;
 * });
 */
export function lossAndGradients<Loss extends Tensor>(
  target: Module | NamedParameters,
  computeLoss: () => Loss,
): LossAndGradients<Loss> {
  const values: Gradients = Object.fromEntries(
    Object.entries(parametersOf(target)).map(([name, parameter]) => [name, parameter.value]),
  );
  const { value: loss, grads: gradients } = valueAndGrad((_values: Gradients) => computeLoss())(values);
  return { loss, gradients };
}

export function parametersOf(target: Module | NamedParameters): NamedParameters {
  return target instanceof Module ? target.namedParameters() : target;
}

export interface TakeOptions {
  /** Whether to divide by the number of micro-batches, for losses that are means themselves. */
  readonly mean?: boolean;
}

const takeOptions = { mean: true };

/**
 * Adds gradients up over several micro-batches. One step then has the gradient of a batch that does not fit into
 * memory.
 *
 * @example
 * for (const batch of microBatches) scope(() => total.add(lossAndGradients(model, () => loss(batch)).gradients));
 * scope(() => optimizer.step(total.take({ mean: true })));
 */
export class GradientAccumulator implements Disposable {
  #sums: Gradients | undefined;
  #count = 0;

  /** How many times `add` was called since the last `take`. */
  get count(): number {
    return this.#count;
  }

  /**
   * Adds gradients to the sums. The caller keeps the gradients.
   *
   * @throws GradientError unless they are of the same parameters as the earlier gradients
   */
  add(gradients: Gradients): void {
    const before = this.#sums;
    const sums = noGrad(() => scope(() => added(gradients, before)));
    this.#replace(keep(sums), this.#count + 1);
  }

  /**
   * Gives the sums, or their means, to the scope around the call, and starts again from nothing.
   *
   * @throws GradientError when nothing was added
   */
  take(options: TakeOptions = {}): Gradients {
    checkOptions('take', options, takeOptions);
    const { mean = false } = options;
    const sums = this.#sums;
    if (sums === undefined) throw new GradientError('take', 'no gradients were added');
    const count = this.#count;
    const taken = noGrad(() => eachByName(sums, (total) => (mean && count > 1 ? div(total, count) : retain(total))));
    this.#replace(undefined, 0);
    return taken;
  }

  dispose(): void {
    this.#replace(undefined, 0);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  #replace(sums: Gradients | undefined, count: number): void {
    for (const tensor of Object.values(this.#sums ?? {})) tensor.dispose();
    this.#sums = sums;
    this.#count = count;
  }
}

function added(gradients: Gradients, sums: Gradients | undefined): Gradients {
  if (sums === undefined) return eachByName(gradients, retain);
  const strange = [...Object.keys(gradients), ...Object.keys(sums)].find(
    (name) => !(name in gradients && name in sums),
  );
  if (strange !== undefined)
    throw new GradientError('add', `the gradients before were of other parameters: ${strange}`);
  return eachByName(sums, (total, name) => {
    const gradient = gradients[name];
    return gradient === undefined ? total : add(total, gradient);
  });
}

function eachByName(
  gradients: Gradients,
  change: (gradient: Tensor<Shape, FloatDType>, name: string) => Tensor<Shape, FloatDType>,
): Gradients {
  return Object.fromEntries(Object.entries(gradients).map(([name, gradient]) => [name, change(gradient, name)]));
}
