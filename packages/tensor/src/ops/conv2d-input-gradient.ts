import { floorDiv, inside, pass, tapSource } from '../backends/gpu/source.ts';
import { ShapeError } from '../errors.ts';
import { conv2dInputGradientSteps } from '../kernels/conv2d.ts';
import { planesOf } from '../kernels/conv2d-geometry.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { conv2dShape } from '../shape/conv.ts';
import { formatShape, sameShape, sizeAt, type Shape } from '../shape/shape.ts';
import { conv2dOp, type Conv2dAttrs } from './conv2d.ts';
import { channelRun, convAxes, forEachTap } from './conv2d-taps.ts';
import { conv2dWeightGradientOp } from './conv2d-weight-gradient.ts';

export interface Conv2dGradientAttrs extends Conv2dAttrs {
  /** Height and width of the result, which do not follow from the other shapes. */
  readonly size: readonly [height: number, width: number];
}

// x̄[n,c,y,x] = Σ_{o,u,v : y = i s + u d − p} ȳ[n,o,i,j] weight[o,c,u,v], the adjoint of conv2d in x.
// It is bilinear, as conv2d is, so its derivatives are conv2d and conv2d's weight gradient: the three operations close
// under differentiation.
export const conv2dInputGradientOp: Op<'cotangent' | 'weight', Conv2dGradientAttrs> = defineOp<
  'cotangent' | 'weight',
  Conv2dGradientAttrs
>({
  name: 'conv2dInputGradient',
  infer({ cotangent, weight }, attrs) {
    const shape = [sizeAt(cotangent.shape, 0), sizeAt(weight.shape, 1) * attrs.groups, ...attrs.size];
    checkCotangent('conv2dInputGradient', shape, weight.shape, cotangent.shape, attrs);
    return { shape, dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['weight'], ({ cotangent: x, saved: { weight }, attrs }) => run(conv2dOp, { x, weight }, attrs)),
    weight: rule(['cotangent'], ({ cotangent: x, saved: { cotangent }, attrs, inputs: { weight } }) =>
      run(
        conv2dWeightGradientOp,
        { cotangent, x },
        { ...attrs, size: [sizeAt(weight.shape, 2), sizeAt(weight.shape, 3)] },
      ),
    ),
  },
  kernels: {
    reference({ cotangent, weight }, output, attrs) {
      const { channels, xStep, weightStep } = channelRun(output.shape, weight.shape);
      const [xs, ys, weights] = [output.data, cotangent.data, weight.data];
      forEachTap(output.shape, weight.shape, cotangent.shape, attrs, (xAt, weightAt, yAt) => {
        const y = ys[yAt] ?? 0;
        for (let c = 0; c < channels; c += 1) {
          xs[xAt + c * xStep] = (xs[xAt + c * xStep] ?? 0) + y * (weights[weightAt + c * weightStep] ?? 0);
        }
      });
    },
    wasm: ({ cotangent, weight }, output, attrs, launch) =>
      conv2dInputGradientSteps(planesOf(cotangent), weight, planesOf(output), attrs, launch),
    gpu({ cotangent, weight }, output, attrs) {
      const {
        outputsPerGroup,
        channelsPerGroup,
        kernel: [kh, kw],
      } = convAxes(weight.shape, attrs);
      const {
        stride: [sy, sx],
        padding: [py, px],
        dilation: [dy, dx],
      } = attrs;
      const [, , height = 0, width = 0] = cotangent.shape;
      return pass({ cotangent, weight }, output, ['n', 'channel', 'y', 'x'], ({ read, sumLoop }) => {
        const arrived = read('cotangent', [
          'n',
          `group * ${outputsPerGroup} + o`,
          inside(tapSource('y', 'ky', { size: height, stride: sy, padding: py, dilation: dy, taps: kh })),
          inside(tapSource('x', 'kx', { size: width, stride: sx, padding: px, dilation: dx, taps: kw })),
        ]);
        const tap = read('weight', [
          `group * ${outputsPerGroup} + o`,
          `channel - group * ${channelsPerGroup}`,
          'ky',
          'kx',
        ]);
        return `
          const group = ${floorDiv('channel', channelsPerGroup)};
          ${sumLoop('total', { o: outputsPerGroup, ky: kh, kx: kw }, `${arrived} * ${tap}`)}
          return total;`;
      });
    },
  },
});

/** @throws ShapeError unless `cotangent` has the shape of conv2d's result for these shapes */
export function checkCotangent(op: string, x: Shape, weight: Shape, cotangent: Shape, attrs: Conv2dAttrs): void {
  const expected = conv2dShape(op, x, weight, attrs, attrs.groups);
  if (!sameShape(expected, cotangent)) {
    throw new ShapeError(
      op,
      `the cotangent has shape ${formatShape(cotangent)}, the convolution gives ${formatShape(expected)}`,
    );
  }
}
