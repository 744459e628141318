import { ShapeError, groupNorm, ones, zeros, type CreationOptions, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type ChannelsCheck, type Fits } from '@hypercorr/tensor/op';
import { Parameter } from '../cell.ts';
import { Module } from '../module.ts';

export interface GroupNormOptions<C extends number> extends CreationOptions {
  readonly groups: number;
  readonly channels: C;
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
}

const names = { groups: true, channels: true, eps: true, engine: true };

/**
 * Group normalisation (Wu and He, ECCV 2018): brings every group of channels of every image to mean 0 and variance 1.
 */
export class GroupNorm<C extends number = number> extends Module {
  /** [channels], ones at first */
  readonly weight: Parameter<readonly [C], 'float32'>;
  /** [channels], zeros at first */
  readonly bias: Parameter<readonly [C], 'float32'>;
  readonly groups: number;
  readonly eps: number;

  /** @throws ShapeError for channels that `groups` do not divide */
  constructor(options: GroupNormOptions<C>) {
    super();
    checkOptions('groupNorm', options, names);
    const { groups, channels, eps = 1e-5, ...creation } = options;
    if (channels % groups !== 0)
      throw new ShapeError('GroupNorm', `${groups} groups do not divide ${channels} channels`);
    this.weight = new Parameter(ones([channels], creation));
    this.bias = new Parameter(zeros([channels], creation));
    this.groups = groups;
    this.eps = eps;
  }

  /**
   * @param x [N, channels, …]
   * @returns the same shape
   * @throws ShapeError for other channels
   */
  forward<S extends Shape>(x: Tensor<S, 'float32'> & Fits<ChannelsCheck<'groupNorm', 'x', S>>): Tensor<S, 'float32'> {
    return groupNorm(x, this.groups, { weight: this.weight.value, bias: this.bias.value, eps: this.eps });
  }
}
