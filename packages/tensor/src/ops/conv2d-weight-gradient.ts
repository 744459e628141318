import { floorDiv, inside, pass } from '../backends/gpu/source.ts';
import { conv2dWeightGradientSteps } from '../kernels/conv2d.ts';
import { planesOf } from '../kernels/conv2d-geometry.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { sizeAt } from '../shape/shape.ts';
import { conv2dOp } from './conv2d.ts';
import { channelRun, convAxes, forEachTap } from './conv2d-taps.ts';
import { checkCotangent, conv2dInputGradientOp, type Conv2dGradientAttrs } from './conv2d-input-gradient.ts';

// w̄[o,c,u,v] = Σ_{n,i,j} ȳ[n,o,i,j] x[n, c, i s + u d − p, j s + v d − p], the adjoint of conv2d in the weight.
export const conv2dWeightGradientOp: Op<'cotangent' | 'x', Conv2dGradientAttrs> = defineOp<
  'cotangent' | 'x',
  Conv2dGradientAttrs
>({
  name: 'conv2dWeightGradient',
  infer({ cotangent, x }, attrs) {
    const shape = [sizeAt(cotangent.shape, 1), sizeAt(x.shape, 1) / attrs.groups, ...attrs.size];
    checkCotangent('conv2dWeightGradient', x.shape, shape, cotangent.shape, attrs);
    return { shape, dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['x'], ({ cotangent: weight, saved: { x }, attrs }) => run(conv2dOp, { x, weight }, attrs)),
    x: rule(['cotangent'], ({ cotangent: weight, saved: { cotangent }, attrs, inputs: { x } }) =>
      run(conv2dInputGradientOp, { cotangent, weight }, { ...attrs, size: [sizeAt(x.shape, 2), sizeAt(x.shape, 3)] }),
    ),
  },
  kernels: {
    reference({ cotangent, x }, output, attrs) {
      const { channels, xStep, weightStep } = channelRun(x.shape, output.shape);
      const [weights, ys, xs] = [output.data, cotangent.data, x.data];
      forEachTap(x.shape, output.shape, cotangent.shape, attrs, (xAt, weightAt, yAt) => {
        const y = ys[yAt] ?? 0;
        for (let c = 0; c < channels; c += 1) {
          weights[weightAt + c * weightStep] =
            (weights[weightAt + c * weightStep] ?? 0) + y * (xs[xAt + c * xStep] ?? 0);
        }
      });
    },
    wasm: ({ cotangent, x }, output, attrs, launch) =>
      conv2dWeightGradientSteps(planesOf(x), planesOf(cotangent), output, attrs, launch),
    gpu({ cotangent, x }, output, attrs) {
      const { outputsPerGroup, channelsPerGroup } = convAxes(output.shape, attrs);
      const [batch = 0, , height = 0, width = 0] = cotangent.shape;
      const {
        stride: [sy, sx],
        padding: [py, px],
        dilation: [dy, dx],
      } = attrs;
      return pass({ cotangent, x }, output, ['o', 'c', 'ky', 'kx'], ({ read, sumLoop }) => {
        const pixel = read('x', [
          'n',
          `group * ${channelsPerGroup} + c`,
          inside(`i * ${sy} + ky * ${dy} - ${py}`),
          inside(`j * ${sx} + kx * ${dx} - ${px}`),
        ]);
        return `
          const group = ${floorDiv('o', outputsPerGroup)};
          ${sumLoop('total', { n: batch, i: height, j: width }, `${read('cotangent', ['n', 'o', 'i', 'j'])} * ${pixel}`)}
          return total;`;
      });
    },
  },
});
