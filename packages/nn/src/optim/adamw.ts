import type { FloatDType, Shape, Tensor } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import type { NamedParameters } from '../cell.ts';
import type { Module } from '../module.ts';
import { MomentOptimizer, adamNames, type AdamOptions } from './adam.ts';
import type { UpdateContext } from './optimizer.ts';

export interface AdamWOptions extends Omit<AdamOptions, 'weightDecay'> {
  /** Each step subtracts this share of every value, times the learning rate; 1e-2 by default. */
  readonly weightDecay?: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, *Decoupled Weight Decay Regularization*, ICLR 2019, algorithm
 * 2), as PyTorch's, where λ is multiplied by the learning rate:
 *
 *     θ = θ − lr λ θ
 *     θ = θ moved against the gradient as `MomentOptimizer` says
 *
 * The decay stays out of the running means, so large gradients do not weaken it.
 */
export class AdamW extends MomentOptimizer {
  constructor(target: Module | NamedParameters, options: AdamWOptions = {}) {
    checkOptions('AdamW', options, adamNames);
    super(target, { weightDecay: 1e-2, ...options });
  }

  protected override update(context: UpdateContext): Tensor<Shape, FloatDType> {
    return this.moved(context, 1 - context.learningRate * this.weightDecay);
  }
}
