import { add, mul, sub, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { NamedParameters } from '../cell.ts';
import type { Module } from '../module.ts';
import { Optimizer, type Memory, type OptimizerOptions, type UpdateContext } from './optimizer.ts';

export interface SGDOptions extends OptimizerOptions {
  /** The share of its velocity that a step keeps; 0 by default, so no velocity is kept. */
  readonly momentum?: number;
  /** The share of the gradient that the velocity leaves out, from the second step on. */
  readonly dampening?: number;
  /** Adds `weightDecay · value` to every gradient. */
  readonly weightDecay?: number;
  /** Looks ahead by one step of the velocity. Needs momentum, and no dampening. */
  readonly nesterov?: boolean;
}

const names = {
  learningRate: true,
  learningRateFactor: true,
  momentum: true,
  dampening: true,
  weightDecay: true,
  nesterov: true,
};

/**
 * Stochastic gradient descent, as PyTorch's:
 *
 *     g = gradient + λ θ
 *     v = μ v + (1 − dampening) g      (v = g at the first step)
 *     θ = θ − lr v                     (nesterov: θ − lr (g + μ v))
 */
export class SGD extends Optimizer {
  readonly #momentum: number;
  readonly #dampening: number;
  readonly #weightDecay: number;
  readonly #nesterov: boolean;
  readonly #velocity: Memory | undefined;

  /** @throws RangeError for Nesterov's momentum without momentum or with dampening; as `Optimizer` */
  constructor(target: Module | NamedParameters, options: SGDOptions) {
    checkOptions('SGD', options, names);
    const {
      learningRate,
      learningRateFactor,
      momentum = 0,
      dampening = 0,
      weightDecay = 0,
      nesterov = false,
    } = options;
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new RangeError(`[SGD] nesterov needs momentum and no dampening; got ${momentum} and ${dampening}`);
    }
    super(target, { learningRate, learningRateFactor });
    this.#momentum = momentum;
    this.#dampening = dampening;
    this.#weightDecay = weightDecay;
    this.#nesterov = nesterov;
    this.#velocity = momentum === 0 ? undefined : this.remember('momentum_buffer');
  }

  protected override update(context: UpdateContext): Tensor<Shape, FloatDType> {
    const { value, gradient } = context;
    const g = this.#weightDecay === 0 ? gradient : add(gradient, mul(value, this.#weightDecay));
    return sub(value, mul(this.#direction(context, g), context.learningRate));
  }

  #direction({ name, step }: UpdateContext, g: Tensor<Shape, FloatDType>): Tensor<Shape, FloatDType> {
    if (this.#velocity === undefined) return g;
    const share = step === 1 ? 1 : 1 - this.#dampening;
    const kept = mul(this.#velocity.of(name), this.#momentum);
    const v = this.#velocity.keep(name, add(kept, share === 1 ? g : mul(g, share)));
    return this.#nesterov ? add(g, mul(v, this.#momentum)) : v;
  }
}
