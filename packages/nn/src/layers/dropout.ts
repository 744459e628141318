import { channelDropout, dropout, retain, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, type ChannelsCheck, type Fits } from '@hypercorr/tensor/op';
import { RandomModule, type RandomModuleOptions } from '../random-module.ts';

export interface DropoutOptions extends RandomModuleOptions {
  /** The probability of an element, or of a channel, to be dropped; 0.5 by default. */
  readonly p?: number;
}

const names = { key: true, p: true };

/**
 * Dropout (Srivastava et al., JMLR 2014). In training each element becomes 0 with probability p, and the others are
 * multiplied by 1 / (1 − p); in evaluation all elements stay as they are. The layer has no state. The dropped elements
 * depend on its key, and so on the last `seed` of the model.
 */
export class Dropout extends RandomModule {
  readonly p: number;

  constructor(options: DropoutOptions) {
    super({ key: options.key });
    checkOptions('dropout', options, names);
    this.p = options.p ?? 0.5;
  }

  /**
   * @returns the same shape
   * @throws TypeError in training if the layer has no key
   */
  forward<S extends Shape, D extends FloatDType>(x: Tensor<S, D>): Tensor<S, D> {
    return this.training ? dropout(x, this.nextKey(), { p: this.p }) : retain(x);
  }
}

/** Dropout of whole channels of each image (Tompson et al., CVPR 2015), PyTorch's `Dropout2d`. */
export class ChannelDropout extends RandomModule {
  readonly p: number;

  constructor(options: DropoutOptions) {
    super({ key: options.key });
    checkOptions('channelDropout', options, names);
    this.p = options.p ?? 0.5;
  }

  /**
   * @param x [N, channels, …]
   * @returns the same shape
   * @throws ShapeError without an axis of channels; TypeError in training if the layer has no key
   */
  forward<S extends Shape, D extends FloatDType>(
    x: Tensor<S, D> & Fits<ChannelsCheck<'channelDropout', 'x', S>>,
  ): Tensor<S, D> {
    return this.training ? channelDropout(x, this.nextKey(), { p: this.p }) : retain(x);
  }
}
