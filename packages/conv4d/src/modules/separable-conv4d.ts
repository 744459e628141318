import { BatchNorm2d, Conv2d, Module, splitKey } from '@hypercorr/nn';
import { relu, reshape, scope, type Shape, type Tensor } from '@hypercorr/tensor';
import { checkOptions, reshapeOp, run, sizeAt, type Fits } from '@hypercorr/tensor/op';
import { checkOdd, type Window4d } from '../geometry.ts';
import type { Conv4d, PlaneWeightCheck } from '../shapes.ts';
import { conv4dSeparable } from '../variants/separable.ts';
import { conv4dNames, geometryOf, type Conv4dOptions } from './options.ts';

/** @inline */
type Weight<In extends number, Out extends number> = readonly [outputs: Out, inputs: In, height: number, width: number];

/**
 * The separable 4D convolution (`conv4dSeparable`) with weights of its own and without biases: query plane from
 * inChannels to outChannels, batch norm, ReLU, support plane, batch norm.
 */
export class SeparableConv4d<In extends number = number, Out extends number = number> extends Module {
  readonly query: Conv2d<In, Out>;
  readonly query_norm: BatchNorm2d<Out>;
  readonly support: Conv2d<Out, Out>;
  readonly support_norm: BatchNorm2d<Out>;
  readonly window: Window4d;

  /** @throws ShapeError for even kernels */
  constructor(options: Conv4dOptions<In, Out>) {
    super();
    checkOptions('conv4dSeparable', options, conv4dNames);
    const { kernel: setting, stride, padding, key, ...others } = options;
    const { kernel, window } = geometryOf({ kernel: setting, stride, padding });
    const { inChannels, outChannels, ...creation } = others;
    checkOdd('conv4dSeparable', kernel);
    const [queryKey, supportKey] = splitKey(key);
    this.query = new Conv2d({ ...creation, inChannels, outChannels, kernel: kernel.query, bias: false, key: queryKey });
    this.query_norm = new BatchNorm2d({ ...creation, channels: outChannels });
    this.support = new Conv2d({
      ...creation,
      inChannels: outChannels,
      outChannels,
      kernel: kernel.support,
      bias: false,
      key: supportKey,
    });
    this.support_norm = new BatchNorm2d({ ...creation, channels: outChannels });
    this.window = window;
  }

  /**
   * @param x [b, inChannels, hq, wq, hs, ws]
   * @returns [b, outChannels, hq', wq', hs', ws'] with ⌊(size + 2 padding − kernel) / stride⌋ + 1 along each axis
   * @throws ShapeError for other channels, or a window larger than a padded plane
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<PlaneWeightCheck<'conv4dSeparable', S, 'queryWeight', Weight<In, Out>>>,
  ): Tensor<Conv4d<S, Out>, 'float32'> {
    const { query, support, window } = this;
    return scope(() => {
      const between = (h: Tensor<Shape, 'float32'>) => relu(normalised(h, this.query_norm));
      const y = conv4dSeparable(x, query.weight.value, support.weight.value, { ...window, between });
      return normalised(y, this.support_norm);
    });
  }
}

/**
 * A norm over channels treats all positions of both planes alike, so it sees images of hq·wq rows and hs·ws columns.
 */
function normalised<S extends Shape>(x: Tensor<S, 'float32'>, norm: BatchNorm2d): Tensor<S, 'float32'> {
  const size = (axis: number) => sizeAt(x.shape, axis);
  const image = reshape(x, [size(0), size(1), size(2) * size(3), size(4) * size(5)]);
  return run(reshapeOp, { x: norm.forward(image) }, { shape: x.shape });
}
