import { Conv2d, Module, splitKey } from '@hypercorr/nn';
import type { Shape, Tensor } from '@hypercorr/tensor';
import { checkOptions, type Fits } from '@hypercorr/tensor/op';
import { checkOdd, type Window4d } from '../geometry.ts';
import type { Conv4d, PlaneWeightCheck } from '../shapes.ts';
import { conv4dCenterPivot } from '../variants/center-pivot.ts';
import { conv4dNames, geometryOf, type Conv4dOptions } from './options.ts';

/** @inline */
type Weight<In extends number, Out extends number> = readonly [outputs: Out, inputs: In, height: number, width: number];

/**
 * The center-pivot 4D convolution (`conv4dCenterPivot`) with weights of its own, under the names of published HSNet
 * checkpoints: `conv1` for the query plane, `conv2` for the support plane, each with `weight` and `bias`.
 */
export class CenterPivotConv4d<In extends number = number, Out extends number = number> extends Module {
  readonly conv1: Conv2d<In, Out>;
  readonly conv2: Conv2d<In, Out>;
  readonly window: Window4d;

  /** @throws ShapeError for even kernels */
  constructor(options: Conv4dOptions<In, Out>) {
    super();
    checkOptions('conv4dCenterPivot', options, conv4dNames);
    const { kernel: setting, stride, padding, key, ...others } = options;
    const { kernel, window } = geometryOf({ kernel: setting, stride, padding });
    checkOdd('conv4dCenterPivot', kernel);
    const [queryKey, supportKey] = splitKey(key);
    this.conv1 = new Conv2d({ ...others, kernel: kernel.query, key: queryKey });
    this.conv2 = new Conv2d({ ...others, kernel: kernel.support, key: supportKey });
    this.window = window;
  }

  /**
   * @param x [b, inChannels, hq, wq, hs, ws]
   * @returns [b, outChannels, hq', wq', hs', ws'] with ⌊(size + 2 padding − kernel) / stride⌋ + 1 along each axis
   * @throws ShapeError for other channels, or a window larger than a padded plane
   */
  forward<S extends Shape>(
    x: Tensor<S, 'float32'> & Fits<PlaneWeightCheck<'conv4dCenterPivot', S, 'queryWeight', Weight<In, Out>>>,
  ): Tensor<Conv4d<S, Out>, 'float32'> {
    const { conv1, conv2, window } = this;
    const biases = { queryBias: conv1.bias?.value, supportBias: conv2.bias?.value };
    return conv4dCenterPivot(x, conv1.weight.value, conv2.weight.value, { ...window, ...biases });
  }
}
