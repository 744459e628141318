import { Module, Parameter, fanInUniform, splitKey } from '@hypercorr/nn';
import type { Shape, Tensor } from '@hypercorr/tensor';
import { checkOptions, type Fits } from '@hypercorr/tensor/op';
import { fourOf, type Window4d } from '../geometry.ts';
import type { Conv4d, Conv4dCheck } from '../shapes.ts';
import { conv4dFull } from '../variants/full.ts';
import { conv4dNames, geometryOf, type Conv4dOptions } from './options.ts';

/** @inline */
type Weight<In extends number, Out extends number> = readonly [
  Out,
  In,
  khq: number,
  kwq: number,
  khs: number,
  kws: number,
];

/** The full 4D convolution (`conv4dFull`) with weights of its own. */
export class FullConv4d<In extends number = number, Out extends number = number> extends Module {
  /** [outChannels, inChannels, khq, kwq, khs, kws] */
  readonly weight: Parameter<Weight<In, Out>, 'float32'>;
  /** [outChannels] */
  readonly bias: Parameter<readonly [Out], 'float32'>;
  readonly window: Window4d;

  constructor(options: Conv4dOptions<In, Out>) {
    super();
    checkOptions('conv4dFull', options, conv4dNames);
    const { inChannels, outChannels, kernel: setting, stride, padding, key, ...creation } = options;
    const { kernel, window } = geometryOf({ kernel: setting, stride, padding });
    const sizes = fourOf(kernel);
    const fanIn = sizes.reduce((product, size) => product * size, inChannels);
    const [weightKey, biasKey] = splitKey(key);
    this.weight = new Parameter(fanInUniform(weightKey, [outChannels, inChannels, ...sizes], fanIn, creation));
    this.bias = new Parameter(fanInUniform(biasKey, [outChannels], fanIn, creation));
    this.window = window;
  }

  /**
   * @param x [b, inChannels, hq, wq, hs, ws]
   * @returns [b, outChannels, hq', wq', hs', ws'] with ⌊(size + 2 padding − kernel) / stride⌋ + 1 along each axis
   * @throws ShapeError for other channels, or a window larger than a padded plane
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<Conv4dCheck<'conv4d', S, Weight<In, Out>>>,
  ): Tensor<Conv4d<S, Out>, 'float32'> {
    return conv4dFull(x, this.weight.value, { ...this.window, bias: this.bias.value });
  }
}
