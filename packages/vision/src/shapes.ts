import type { Shape, Tensor } from '@hypercorr/tensor';
import { expectRank } from '@hypercorr/tensor/op';

/** Images by colour channel, or feature maps by channel. */
export type ImageBatch = readonly [batch: number, channel: number, height: number, width: number];
export type Image = readonly [channel: number, height: number, width: number];
export type MaskBatch = readonly [batch: number, height: number, width: number];
export type Plane = readonly [height: number, width: number];

/** Images, or what a network computes from them: [N, C, H, W]. */
export type FeatureMap = Tensor<ImageBatch, 'float32'>;

/**
 * The output of a stack of layers, as a feature map.
 *
 * @throws ShapeError for another rank
 */
export function asFeatureMap(x: Tensor<Shape, 'float32'>): FeatureMap {
  expectRank('asFeatureMap', 'the feature map', x.shape, '[N,C,H,W]');
  return x as FeatureMap;
}
