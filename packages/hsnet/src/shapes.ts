import type { Correlation } from '@hypercorr/conv4d';
import type { Shape, Tensor } from '@hypercorr/tensor';
import { expectRank } from '@hypercorr/tensor/op';

/** One value for each level: the stages of a backbone at strides 8, 16 and 32. */
export interface Pyramid<T> {
  readonly shallow: T;
  readonly middle: T;
  readonly deep: T;
}

/** Makes a pyramid, level by level. */
export function pyramidOf<T>(make: (level: keyof Pyramid<T>) => T): Pyramid<T> {
  return { shallow: make('shallow'), middle: make('middle'), deep: make('deep') };
}

/** Divides a list into levels: the first ones are shallow, the last ones deep. */
export function byLevel<T>(all: readonly T[], counts: Pyramid<number>): Pyramid<readonly T[]> {
  const { shallow, middle } = counts;
  return {
    shallow: all.slice(0, shallow),
    middle: all.slice(shallow, shallow + middle),
    deep: all.slice(shallow + middle),
  };
}

/** Correlations of every query position with every support position, with one channel for each tap: [B, taps, hq, wq, hs, ws]. */
export type Correlations = Tensor<Correlation, 'float32'>;

/** Types a tensor as correlations, such as the output of a stack of layers. @throws ShapeError for another rank */
export function asCorrelations(x: Tensor<Shape, 'float32'>): Correlations {
  expectRank('HSNet', 'the correlation', x.shape, '[b,c,hq,wq,hs,ws]');
  return x as Correlations;
}
