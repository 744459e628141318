import { floorDiv, inside, pass } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { conv2dSteps } from '../kernels/conv2d.ts';
import { planesOf } from '../kernels/conv2d-geometry.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { conv2dShape, type Conv2d, type Conv2dCheck } from '../shape/conv.ts';
import { expectShape, type ExpectCheck } from '../shape/expect.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { pair, type Pair, type PairPadding, type Window } from '../shape/window.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { convWindow, evenPadding, isEven, padUnevenly } from './conv-padding.ts';
import { channelRun, convAxes, forEachTap } from './conv2d-taps.ts';
import { conv2dInputGradientOp } from './conv2d-input-gradient.ts';
import { conv2dWeightGradientOp } from './conv2d-weight-gradient.ts';
import { checkDType, floats } from './elementwise.ts';
import { sumOp } from './sum.ts';

export interface Conv2dAttrs extends Window {
  readonly groups: number;
}

// y[n,o,i,j] = bias[o] + Σ_{c,u,v} x[n, c, i s + u d − p, j s + v d − p] weight[o,c,u,v]
export const conv2dOp: Op<'x' | 'weight', Conv2dAttrs, 'bias'> = defineOp<'x' | 'weight', Conv2dAttrs, 'bias'>({
  name: 'conv2d',
  infer({ x, weight, bias }, attrs) {
    checkConvDTypes('conv2d', x, weight, bias);
    if (bias) expectShape('conv2d', 'bias', weight.shape.slice(0, 1), bias.shape);
    return { shape: conv2dShape('conv2d', x.shape, weight.shape, attrs, attrs.groups), dtype: x.dtype };
  },
  gradients: {
    x: rule(['weight'], ({ cotangent, saved: { weight }, attrs, inputs: { x } }) =>
      run(conv2dInputGradientOp, { cotangent, weight }, { ...attrs, size: spatial(x) }),
    ),
    weight: rule(['x'], ({ cotangent, saved: { x }, attrs, inputs: { weight } }) =>
      run(conv2dWeightGradientOp, { cotangent, x }, { ...attrs, size: spatial(weight) }),
    ),
    bias: rule([], ({ cotangent }) => run(sumOp, { x: cotangent }, { axes: [0, 2, 3], keepDims: false })),
  },
  kernels: {
    reference({ x, weight, bias }, output, attrs) {
      const plane = output.shape.slice(2).reduce((product, size) => product * size, 1);
      if (bias) {
        const outputs = bias.data.length;
        for (let i = 0; i < output.data.length; i += 1)
          output.data[i] = bias.data[Math.floor(i / plane) % outputs] ?? 0;
      }
      const { channels, xStep, weightStep } = channelRun(x.shape, weight.shape);
      const [ys, xs, weights] = [output.data, x.data, weight.data];
      forEachTap(x.shape, weight.shape, output.shape, attrs, (xAt, weightAt, yAt) => {
        let total = ys[yAt] ?? 0;
        for (let c = 0; c < channels; c += 1)
          total += (xs[xAt + c * xStep] ?? 0) * (weights[weightAt + c * weightStep] ?? 0);
        ys[yAt] = total;
      });
    },
    wasm: ({ x, weight, bias }, output, attrs, launch) =>
      conv2dSteps(planesOf(x), weight, bias?.pointer ?? 0, planesOf(output), attrs, launch),
    gpu({ x, weight, bias }, output, attrs) {
      const { outputsPerGroup, channelsPerGroup, kernel } = convAxes(weight.shape, attrs);
      const {
        stride: [sy, sx],
        padding: [py, px],
        dilation: [dy, dx],
      } = attrs;
      return pass({ x, weight, ...(bias && { bias }) }, output, ['n', 'o', 'oy', 'ox'], ({ read, sumLoop }) => {
        const pixel = read('x', [
          'n',
          `group * ${channelsPerGroup} + c`,
          inside(`oy * ${sy} + ky * ${dy} - ${py}`),
          inside(`ox * ${sx} + kx * ${dx} - ${px}`),
        ]);
        const tap = read('weight', ['o', 'c', 'ky', 'kx']);
        return `
          const group = ${floorDiv('o', outputsPerGroup)};
          ${sumLoop('total', { c: channelsPerGroup, ky: kernel[0], kx: kernel[1] }, `${pixel} * ${tap}`)}
          return total${bias ? ` + ${read('bias', ['o'])}` : ''};`;
      });
    },
  },
});

/** @throws DTypeError unless all inputs of a convolution are of one floating-point dtype */
export function checkConvDTypes(op: string, x: Spec, weight: Spec, bias: Spec | undefined): void {
  checkDType(op, x.dtype, floats);
  const others = [weight, ...(bias ? [bias] : [])];
  if (others.some(({ dtype }) => dtype !== x.dtype)) {
    throw new DTypeError(op, `x is ${x.dtype}, the other inputs are ${others.map(({ dtype }) => dtype).join(' and ')}`);
  }
}

function spatial({ shape: [, , height = 0, width = 0] }: Spec): readonly [height: number, width: number] {
  return [height, width];
}

export interface Conv2dOptions<Bias extends Tensor, Groups extends number> {
  /** One value for each output channel, [O]. */
  readonly bias?: Bias | undefined;
  readonly stride?: Pair;
  /**
   * Rows and columns of zeros: on every side, or `[[top, bottom], [left, right]]`. 'same' pads by as much as keeps the
   * size; it needs a stride of 1, and puts an odd row or column at the bottom or on the right, as PyTorch does.
   */
  readonly padding?: PairPadding | 'same';
  readonly dilation?: Pair;
  readonly groups?: Groups;
}

/** The names of a convolution's options. */
export const conv2dOptions = { bias: true, stride: true, padding: true, dilation: true, groups: true };

/**
 * 2D convolution (cross-correlation, as in PyTorch):
 * x [N, C, H, W], weight [O, C / groups, kh, kw] → [N, O, H', W'] with
 * H' = ⌊(H + paddings − dilation (kh − 1) − 1) / stride⌋ + 1. Padding that differs from side to side costs a copy of x.
 *
 * @throws ShapeError for other ranks, channels that do not match, groups that do not divide them, a window larger than
 * the padded input, or the padding 'same' with a stride
 * @category Convolutions and pooling
 */
export function conv2d<
  S extends Shape,
  W extends Shape,
  D extends FloatDType,
  const Groups extends number = 1,
  B extends Shape = Shape,
>(
  x: Tensor<S, D>,
  weight: Tensor<W, D> & Fits<Conv2dCheck<'conv2d', S, W, Groups>>,
  options: Conv2dOptions<Tensor<B, D> & Fits<ExpectCheck<'conv2d', 'bias', readonly [W[0]], B>>, Groups> = {},
): Tensor<Conv2d<S, W>, D> {
  checkOptions('conv2d', options, conv2dOptions);
  const { bias, stride = 1, padding = 0, dilation = 1, groups = 1 } = options;
  const moving = { stride: pair(stride), dilation: pair(dilation) };
  const window = convWindow('conv2d', weight.shape.slice(2, 4), { ...moving, padding });
  const [height = 0, width = 0] = evenPadding(window);
  const attrs: Conv2dAttrs = { ...moving, padding: [height, width], groups };
  if (isEven(window)) return run(conv2dOp, { x, weight, bias }, attrs);
  conv2dShape('conv2d', x.shape, weight.shape, window, groups);
  return scope(() => run(conv2dOp, { x: padUnevenly(x, window), weight, bias }, attrs));
}
