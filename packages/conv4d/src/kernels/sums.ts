import type { TapAxis } from './axes.ts';

/** Images of channels with four axes, as they lie in memory; strides in elements. */
export interface Images {
  /** Address of the first element. */
  readonly pointer: number;
  readonly imageStride: number;
  readonly channelStride: number;
}

/** The ranges of a sum, and the number of its results. */
export interface Sums {
  readonly images: number;
  /** Channels of the input. */
  readonly channels: number;
  /** Channels of the output. */
  readonly outputs: number;
}

/**
 * A sum over taps (the equation is in `assembly/conv4d.ts`). A forward convolution is one such sum. An input gradient
 * is one such sum for each residue of the position modulo the stride.
 */
export interface TapSum extends Sums {
  readonly input: Images;
  readonly output: Images;
  readonly axes: readonly TapAxis[];
  readonly weight: { readonly pointer: number; readonly outputStride: number; readonly channelStride: number };
  /** Address of the bias, one value for each output channel, or 0. */
  readonly bias: number;
}

/** A weight gradient: the equation is in `assembly/conv4d-weight-gradient.ts`. */
export interface WeightSum extends Sums {
  readonly input: Images;
  readonly cotangent: Images;
  /** Input, cotangent and kernel along the four axes. */
  readonly axes: readonly TapAxis[];
  /** Address and strides of the gradient. */
  readonly gradient: { readonly pointer: number; readonly outputStride: number; readonly channelStride: number };
}
