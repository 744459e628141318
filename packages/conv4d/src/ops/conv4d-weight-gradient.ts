import { defineOp, rule, run, sizeAt, type Op } from '@hypercorr/tensor/op';
import { inside, num, pass } from '@hypercorr/tensor/kernels';
import { fourOf, planeSizes } from '../geometry.ts';
import { conv4dWeightGradientSteps } from '../kernels/conv4d.ts';
import { conv4dOp } from './conv4d.ts';
import { checkCotangent, conv4dInputGradientOp, type Conv4dGradientAttrs } from './conv4d-input-gradient.ts';
import { channelRun, forEachTap } from './taps.ts';

// w̄[o,c,t] = Σ_{n,i} ȳ[n,o,i] x[n, c, i s − p + t], the adjoint of conv4d in the weight.
export const conv4dWeightGradientOp: Op<'cotangent' | 'x', Conv4dGradientAttrs> = defineOp<
  'cotangent' | 'x',
  Conv4dGradientAttrs
>({
  name: 'conv4dWeightGradient',
  package: '@hypercorr/conv4d',
  infer({ cotangent, x }, attrs) {
    const shape = [sizeAt(cotangent.shape, 1), sizeAt(x.shape, 1), ...attrs.size];
    checkCotangent('conv4dWeightGradient', x.shape, shape, cotangent.shape, attrs);
    return { shape, dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['x'], ({ cotangent: weight, saved: { x }, attrs }) => run(conv4dOp, { x, weight }, attrs)),
    x: rule(['cotangent'], ({ cotangent: weight, saved: { cotangent }, attrs, inputs: { x } }) =>
      run(conv4dInputGradientOp, { cotangent, weight }, { ...attrs, size: planeSizes(x.shape) }),
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
    wasm: ({ cotangent, x }, output, attrs, launch) => conv4dWeightGradientSteps(x, cotangent, output, attrs, launch),
    gpu({ cotangent, x }, output, attrs) {
      const names = ['hq', 'wq', 'hs', 'ws'] as const;
      const [stride, padding] = [fourOf(attrs.stride), fourOf(attrs.padding)];
      return pass({ cotangent, x }, output, ['o', 'c', ...names.map((name) => `${name}Tap`)], ({ read, sumLoop }) => {
        const seen = names.map((name, axis) =>
          inside(`${name} * ${stride[axis]} + ${name}Tap - ${num(padding[axis] ?? 0)}`),
        );
        const product = `${read('cotangent', ['n', 'o', ...names])} * ${read('x', ['n', 'c', ...seen])}`;
        const [hq, wq, hs, ws] = planeSizes(cotangent.shape);
        return `
          ${sumLoop('total', { n: sizeAt(cotangent.shape, 0), hq, wq, hs, ws }, product)}
          return total;`;
      });
    },
  },
});
