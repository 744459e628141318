import { reshape, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import { sizeAt } from '@hypercorr/tensor/op';

/** A 4D weight with the shape of correlations. */
type Weight4d<D extends FloatDType> = Tensor<readonly [number, number, number, number, number, number], D>;

/** A weight [O, C, kh, kw] as a 4D one over the query plane, at one support position. */
export function overQuery<D extends FloatDType>(weight: Tensor<Shape, D>): Weight4d<D> {
  const [outputs, channels, height, width] = sizes(weight.shape);
  return reshape(weight, [outputs, channels, height, width, 1, 1]);
}

/** The same over the support plane, at one query position. */
export function overSupport<D extends FloatDType>(weight: Tensor<Shape, D>): Weight4d<D> {
  const [outputs, channels, height, width] = sizes(weight.shape);
  return reshape(weight, [outputs, channels, 1, 1, height, width]);
}

function sizes(weight: Shape): readonly [outputs: number, channels: number, height: number, width: number] {
  return [sizeAt(weight, 0), sizeAt(weight, 1), sizeAt(weight, 2), sizeAt(weight, 3)];
}
