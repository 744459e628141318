import { add, movingAverage, mul, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, adamStepOp, run } from '@hypercorr/tensor/op';
import type { NamedParameters } from '../cell.ts';
import type { Module } from '../module.ts';
import { Optimizer, type Memory, type OptimizerOptions, type UpdateContext } from './optimizer.ts';

export interface AdamOptions extends Pick<OptimizerOptions, 'learningRateFactor'> {
  /** 1e-3 by default. */
  readonly learningRate?: number;
  /** The shares of the running means of g and g² that a step keeps; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the running mean of g²; 1e-8 by default. */
  readonly eps?: number;
  /** Adds `weightDecay · value` to every gradient (L2; `AdamW` has the decoupled decay); 0 by default. */
  readonly weightDecay?: number;
}

/** The names of the options of Adam and AdamW. */
export const adamNames = { learningRate: true, learningRateFactor: true, betas: true, eps: true, weightDecay: true };

/**
 * The step that Adam and AdamW share: against the running mean of the gradient, divided by the root of the running mean
 * of the squared gradient (Kingma and Ba, *Adam: A Method for Stochastic Optimization*, ICLR 2015, algorithm 1).
 */
export abstract class MomentOptimizer extends Optimizer {
  protected readonly weightDecay: number;
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #mean: Memory;
  readonly #meanSquare: Memory;

  constructor(target: Module | NamedParameters, options: AdamOptions) {
    checkOptions('optimizer', options, adamNames);
    const { learningRate = 1e-3, learningRateFactor, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    super(target, { learningRate, learningRateFactor });
    this.weightDecay = weightDecay;
    this.#betas = betas;
    this.#eps = eps;
    this.#mean = this.remember('exp_avg');
    this.#meanSquare = this.remember('exp_avg_sq');
  }

  /**
   *     m = β₁ m + (1 − β₁) g
   *     v = β₂ v + (1 − β₂) g²
   *     θ = κ θ − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
   *
   * with the last line in the order of the paper's section 2:
   *
   *     θ = κ θ − lr √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε √(1 − β₂ᵗ))
   *
   * @param keep κ, the share of the value that weight decay leaves
   * @returns θ, moved from `value` against `gradient`
   */
  protected moved({ name, value, gradient, step, learningRate }: UpdateContext, keep = 1): Tensor<Shape, FloatDType> {
    const [beta1, beta2] = this.#betas;
    const mean = this.#mean.keep(name, movingAverage(this.#mean.of(name), gradient, beta1));
    const meanSquare = this.#meanSquare.keep(
      name,
      movingAverage(this.#meanSquare.of(name), gradient, beta2, { squares: true }),
    );
    const correction = Math.sqrt(1 - beta2 ** step);
    const rate = (learningRate * correction) / (1 - beta1 ** step);
    return run(adamStepOp, { value, mean, meanSquare }, { keep, rate, eps: this.#eps * correction });
  }
}

/**
 * Adam, as PyTorch's, with its L2 penalty:
 *
 *     g = gradient + λ θ
 *     θ = θ moved against g as `MomentOptimizer` says
 */
export class Adam extends MomentOptimizer {
  constructor(target: Module | NamedParameters, options: AdamOptions = {}) {
    checkOptions('Adam', options, adamNames);
    super(target, options);
  }

  protected override update(context: UpdateContext): Tensor<Shape, FloatDType> {
    const { value, gradient } = context;
    return this.moved(
      this.weightDecay === 0 ? context : { ...context, gradient: add(gradient, mul(value, this.weightDecay)) },
    );
  }
}
