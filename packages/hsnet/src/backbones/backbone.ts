import { Module } from '@hypercorr/nn';
import type { FeatureMap, Pyramid } from '../shapes.ts';

/** Images in, feature maps out. */
export abstract class Backbone extends Module {
  /** How many feature maps each level has; maps of a level have one size. */
  abstract readonly taps: Pyramid<number>;

  /**
   * The tapped feature maps, shallow to deep.
   *
   * @param images [N, 3, H, W], normalised by ImageNet's mean and standard deviation
   * @throws ShapeError for images too small to leave a pixel at the deepest level
   */
  abstract featureMaps(images: FeatureMap): readonly FeatureMap[];
}
