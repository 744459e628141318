import type { Correlation } from '@hypercorr/conv4d';
import type { Shape, Tensor } from '@hypercorr/tensor';
import { expectRank } from '@hypercorr/tensor/op';

/** Images of three normalised colour channels, or anything else by channels. */
export type ImageBatch = readonly [batch: number, channel: number, height: number, width: number];
export type Image = readonly [channel: number, height: number, width: number];
export type MaskBatch = readonly [batch: number, height: number, width: number];
export type Plane = readonly [height: number, width: number];

/** What a model makes of a batch of images: a feature map, or two logits a pixel. */
export type FeatureMap = Tensor<ImageBatch, 'float32'>;

/** One value for each level of the pyramid: stages of a backbone, the earliest first. */
export interface Pyramid<T> {
  readonly shallow: T;
  readonly middle: T;
  readonly deep: T;
}

/** A pyramid from what each level has. */
export function pyramidOf<T>(make: (level: keyof Pyramid<T>) => T): Pyramid<T> {
  return { shallow: make('shallow'), middle: make('middle'), deep: make('deep') };
}

/** Splits what goes through the levels in order. */
export function byLevel<T>(all: readonly T[], counts: Pyramid<number>): Pyramid<readonly T[]> {
  const { shallow, middle } = counts;
  return {
    shallow: all.slice(0, shallow),
    middle: all.slice(shallow, shallow + middle),
    deep: all.slice(shallow + middle),
  };
}

/** Correlations of every query position with every support position, one channel for each tap. */
export type Correlations = Tensor<Correlation, 'float32'>;

/** What a stack of layers returns, as feature maps. @throws ShapeError for another rank */
export function asFeatureMap(x: Tensor<Shape, 'float32'>): FeatureMap {
  expectRank('HSNet', 'the feature map', x.shape, '[N,C,H,W]');
  return x as FeatureMap;
}

/** What a stack of layers returns, as correlations. @throws ShapeError for another rank */
export function asCorrelations(x: Tensor<Shape, 'float32'>): Correlations {
  expectRank('HSNet', 'the correlation', x.shape, '[b,c,hq,wq,hs,ws]');
  return x as Correlations;
}
