import { Module } from '@hypercorr/nn';
import type { FeatureMap } from '../shapes.ts';

/** A place in a network where a feature map can be taken. */
export interface Tap {
  /** The layer's name, as checkpoints have it: `layer2.0`, `features.17`. */
  readonly name: string;
  readonly channels: number;
  /** The side in pixels of the image area that one place of the feature map stands for. */
  readonly stride: number;
  /** Whether the values have passed a ReLU: those of `layer2.0.relu` have, the residual sums of `layer2.0` have not. */
  readonly rectified: boolean;
}

/** A network that turns images into feature maps. */
export abstract class FeatureProvider extends Module {
  /** Every place where a feature map can be taken, in the order in which they are computed. */
  abstract readonly taps: readonly Tap[];

  /**
   * The feature maps of some taps. The network is computed up to the last wanted tap and no further. A feature map that
   * is not wanted is freed as soon as the next layer has used it.
   *
   * @param images [N, 3, H, W], normalised by ImageNet's mean and standard deviation
   * @param wanted names of taps, each once, in any order
   * @returns [N, channels, h, w] for each name, in the order of `wanted`; the caller frees them, or the scope around the call
   * @throws ShapeError for a name that is not a tap, and for images too small to leave a pixel at a tap
   */
  abstract features(images: FeatureMap, wanted: readonly string[]): readonly FeatureMap[];
}
