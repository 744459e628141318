import { add, div, mul, sqrt, square, sub, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import type { NamedParameters } from '../cell.ts';
import type { Module } from '../module.ts';
import { Optimizer, type Memory, type UpdateContext } from './optimizer.ts';

export interface AdamOptions {
  /** 1e-3 by default. */
  readonly learningRate?: number;
  /** How much of the running means of g and g² a step keeps; 0.9 and 0.999 by default. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the running mean of g²; 1e-8 by default. */
  readonly eps?: number;
  /** Adds `weightDecay · value` to every gradient (L2; not the decoupled decay of AdamW). */
  readonly weightDecay?: number;
}

/**
 * Adam (Kingma and Ba, ICLR 2015, algorithm 1), as PyTorch's:
 *
 *     g = gradient + λ θ
 *     m = β₁ m + (1 − β₁) g
 *     v = β₂ v + (1 − β₂) g²
 *     θ = θ − lr / (1 − β₁ᵗ) · m / (√v / √(1 − β₂ᵗ) + ε)
 *
 * with the last line in the order of the paper's section 2, which takes one operation less:
 *
 *     θ = θ − lr √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε √(1 − β₂ᵗ))
 */
export class Adam extends Optimizer {
  readonly #betas: readonly [number, number];
  readonly #eps: number;
  readonly #weightDecay: number;
  readonly #mean: Memory;
  readonly #meanSquare: Memory;

  constructor(target: Module | NamedParameters, options: AdamOptions = {}) {
    const { learningRate = 1e-3, betas = [0.9, 0.999], eps = 1e-8, weightDecay = 0 } = options;
    super(target, learningRate);
    this.#betas = betas;
    this.#eps = eps;
    this.#weightDecay = weightDecay;
    this.#mean = this.remember('exp_avg');
    this.#meanSquare = this.remember('exp_avg_sq');
  }

  protected override update({ name, value, gradient, step }: UpdateContext): Tensor<Shape, FloatDType> {
    const [beta1, beta2] = this.#betas;
    const g = this.#weightDecay === 0 ? gradient : add(gradient, mul(value, this.#weightDecay));
    const m = this.#mean.keep(name, add(mul(this.#mean.of(name), beta1), mul(g, 1 - beta1)));
    const v = this.#meanSquare.keep(name, add(mul(this.#meanSquare.of(name), beta2), mul(square(g), 1 - beta2)));
    const correction = Math.sqrt(1 - beta2 ** step);
    const direction = div(m, add(sqrt(v), this.#eps * correction));
    return sub(value, mul(direction, (this.learningRate * correction) / (1 - beta1 ** step)));
  }
}
