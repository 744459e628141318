import { once } from '@hypercorr/autograd';
import {
  ShapeError,
  add,
  batchMoments,
  batchNorm,
  batchNormTraining,
  movingAverage,
  noGrad,
  ones,
  scalar,
  scope,
  zeros,
  type CreationOptions,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, expectRank, formatShape, type Fits, type ImageCheck } from '@hypercorr/tensor/op';
import { Buffer, Parameter } from '../cell.ts';
import { Module } from '../module.ts';

export interface BatchNorm2dOptions<C extends number> extends CreationOptions {
  readonly channels: C;
  /** Added to the variance; 1e-5 by default. */
  readonly eps?: number;
  /** The weight of a batch in the running statistics; 0.1 by default. */
  readonly momentum?: number;
}

const names = { channels: true, eps: true, momentum: true, engine: true };

/**
 * Batch normalisation (Ioffe and Szegedy, ICML 2015). In training it brings every channel of the batch to mean 0 and
 * variance 1; in evaluation it uses the running statistics of training.
 */
export class BatchNorm2d<C extends number = number> extends Module {
  /** [channels], ones at first */
  readonly weight: Parameter<readonly [C], 'float32'>;
  /** [channels], zeros at first */
  readonly bias: Parameter<readonly [C], 'float32'>;
  /** [channels], zeros at first */
  readonly running_mean: Buffer<readonly [number], 'float32'>;
  /** [channels], ones at first; of the variance with divisor N − 1 */
  readonly running_var: Buffer<readonly [number], 'float32'>;
  /**
   * Batches seen in training, without axes. PyTorch keeps int64 and this library int32; files with either load. Files
   * of PyTorch before 0.4.1 (torchvision's older weights among them) lack it.
   */
  readonly num_batches_tracked: Buffer<readonly [], 'int32'>;
  readonly eps: number;
  readonly momentum: number;

  constructor(options: BatchNorm2dOptions<C>) {
    super();
    checkOptions('batchNorm2d', options, names);
    const { channels, eps = 1e-5, momentum = 0.1, ...creation } = options;
    this.weight = new Parameter(ones([channels], creation));
    this.bias = new Parameter(zeros([channels], creation));
    this.running_mean = new Buffer(zeros([channels], creation));
    this.running_var = new Buffer(ones([channels], creation));
    this.num_batches_tracked = new Buffer(scalar(0, { ...creation, dtype: 'int32' }), { optional: true });
    this.eps = eps;
    this.momentum = momentum;
  }

  /**
   * In training it also updates the running statistics. No derivative flows through them.
   *
   * @param x [N, channels, H, W]
   * @returns the same shape
   * @throws ShapeError for other channels, or in training for a single value a channel
   */
  forward<S extends Shape>(x: Tensor<S, 'float32'> & Fits<ImageCheck<'batchNorm2d', S>>): Tensor<S, 'float32'> {
    expectRank('batchNorm2d', 'x', x.shape, '[N,C,H,W]');
    const [weight, bias, eps] = [this.weight.value, this.bias.value, this.eps];
    if (!this.training) {
      return batchNorm(x, this.running_mean.value, this.running_var.value, { weight, bias, eps });
    }
    if (x.size === x.shape[1]) {
      throw new ShapeError('batchNorm2d', `training needs several values a channel; got x ${formatShape(x.shape)}`);
    }
    const y = batchNormTraining(x, { weight, bias, eps });
    once(() => this.#track(x));
    return y;
  }

  // running = (1 − momentum) running + momentum batch
  #track(x: Tensor<Shape, 'float32'>): void {
    noGrad(() =>
      scope(() => {
        const { mean, variance } = batchMoments(x);
        const { momentum, running_mean, running_var, num_batches_tracked } = this;
        running_mean.set(movingAverage(running_mean.value, mean, 1 - momentum));
        running_var.set(movingAverage(running_var.value, variance, 1 - momentum));
        num_batches_tracked.set(add(num_batches_tracked.value, 1));
      }),
    );
  }
}
