import { ShapeError, type Shape } from '@hypercorr/tensor';
import { defineOp, formatShape, rule, run, sameShape, sizeAt, type Op } from '@hypercorr/tensor/op';
import { inside, pass, tapSource } from '@hypercorr/tensor/kernels';
import { conv4dShape, fourOf, planeSizes, type Four, type Window4d } from '../geometry.ts';
import { conv4dInputGradientSteps } from '../kernels/conv4d.ts';
import { conv4dOp } from './conv4d.ts';
import { conv4dWeightGradientOp } from './conv4d-weight-gradient.ts';
import { channelRun, forEachTap } from './taps.ts';

export interface Conv4dGradientAttrs extends Window4d {
  /** The last four sizes of the result. The other shapes do not determine them. */
  readonly size: Four;
}

// x̄[n,c,j] = Σ_{o,t,i : j = i s − p + t} ȳ[n,o,i] weight[o,c,t], the adjoint of conv4d in x.
// The operation is bilinear, as conv4d is, so its derivatives are the other two operations: the three close under
// differentiation.
export const conv4dInputGradientOp: Op<'cotangent' | 'weight', Conv4dGradientAttrs> = defineOp<
  'cotangent' | 'weight',
  Conv4dGradientAttrs
>({
  name: 'conv4dInputGradient',
  package: '@hypercorr/conv4d',
  infer({ cotangent, weight }, attrs) {
    const shape = [sizeAt(cotangent.shape, 0), sizeAt(weight.shape, 1), ...attrs.size];
    checkCotangent('conv4dInputGradient', shape, weight.shape, cotangent.shape, attrs);
    return { shape, dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['weight'], ({ cotangent: x, saved: { weight }, attrs }) => run(conv4dOp, { x, weight }, attrs)),
    weight: rule(['cotangent'], ({ cotangent: x, saved: { cotangent }, attrs, inputs: { weight } }) =>
      run(conv4dWeightGradientOp, { cotangent, x }, { ...attrs, size: planeSizes(weight.shape) }),
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
      conv4dInputGradientSteps(cotangent, weight, output, attrs, launch),
    gpu({ cotangent, weight }, output, attrs) {
      const names = ['hq', 'wq', 'hs', 'ws'] as const;
      const [stride, padding] = [fourOf(attrs.stride), fourOf(attrs.padding)];
      const [taps, sizes] = [planeSizes(weight.shape), planeSizes(cotangent.shape)];
      return pass({ cotangent, weight }, output, ['n', 'c', ...names], ({ read, sumLoop }) => {
        const arrived = names.map((name, axis) =>
          inside(
            tapSource(name, `${name}Tap`, {
              size: sizeAt(sizes, axis),
              stride: sizeAt(stride, axis),
              padding: sizeAt(padding, axis),
              dilation: 1,
              taps: sizeAt(taps, axis),
            }),
          ),
        );
        const product = `${read('cotangent', ['n', 'o', ...arrived])} * ${read('weight', ['o', 'c', ...names.map((name) => `${name}Tap`)])}`;
        const [khq, kwq, khs, kws] = taps;
        return `
          ${sumLoop('total', { o: sizeAt(weight.shape, 0), hqTap: khq, wqTap: kwq, hsTap: khs, wsTap: kws }, product)}
          return total;`;
      });
    },
  },
});

/** @throws ShapeError unless `cotangent` has the output shape of conv4d for these shapes */
export function checkCotangent(op: string, x: Shape, weight: Shape, cotangent: Shape, window: Window4d): void {
  const expected = conv4dShape(op, x, weight, window);
  if (!sameShape(expected, cotangent)) {
    throw new ShapeError(
      op,
      `the cotangent has shape ${formatShape(cotangent)}, the convolution gives ${formatShape(expected)}`,
    );
  }
}
