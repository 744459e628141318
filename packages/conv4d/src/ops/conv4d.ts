import { DTypeError, sum } from '@hypercorr/tensor';
import { defineOp, expectShape, isFloat, rule, run, sizeAt, sizeOf, type Op } from '@hypercorr/tensor/op';
import { inside, num, pass } from '@hypercorr/tensor/kernels';
import { conv4dShape, fourOf, planeSizes, type Window4d } from '../geometry.ts';
import { conv4dSteps } from '../kernels/conv4d.ts';
import { conv4dInputGradientOp } from './conv4d-input-gradient.ts';
import { conv4dWeightGradientOp } from './conv4d-weight-gradient.ts';
import { channelRun, forEachTap } from './taps.ts';

// y[n,o,i] = bias[o] + Σ_{c,t} x[n, c, i s − p + t] weight[o,c,t], where i, s, p and t run over all of hq, wq, hs, ws
export const conv4dOp: Op<'x' | 'weight', Window4d, 'bias'> = defineOp<'x' | 'weight', Window4d, 'bias'>({
  name: 'conv4d',
  package: '@hypercorr/conv4d',
  infer({ x, weight, bias }, window) {
    for (const { dtype } of [x, weight, ...(bias ? [bias] : [])]) {
      if (!isFloat(dtype)) throw new DTypeError('conv4d', `takes floating point, got ${dtype}; cast it first`);
      if (dtype !== x.dtype) throw new DTypeError('conv4d', `x is ${x.dtype}, another input is ${dtype}; cast one`);
    }
    if (bias) expectShape('conv4d', 'bias', weight.shape.slice(0, 1), bias.shape);
    return { shape: conv4dShape('conv4d', x.shape, weight.shape, window), dtype: x.dtype };
  },
  gradients: {
    x: rule(['weight'], ({ cotangent, saved: { weight }, attrs, inputs: { x } }) =>
      run(conv4dInputGradientOp, { cotangent, weight }, { ...attrs, size: planeSizes(x.shape) }),
    ),
    weight: rule(['x'], ({ cotangent, saved: { x }, attrs, inputs: { weight } }) =>
      run(conv4dWeightGradientOp, { cotangent, x }, { ...attrs, size: planeSizes(weight.shape) }),
    ),
    bias: rule([], ({ cotangent }) => sum(cotangent, { axes: [0, 2, 3, 4, 5] })),
  },
  kernels: {
    reference({ x, weight, bias }, output, window) {
      if (bias) {
        const positions = sizeOf(output.shape.slice(2));
        const outputs = bias.data.length;
        for (let i = 0; i < output.data.length; i += 1)
          output.data[i] = bias.data[Math.floor(i / positions) % outputs] ?? 0;
      }
      const { channels, xStep, weightStep } = channelRun(x.shape, weight.shape);
      const [ys, xs, weights] = [output.data, x.data, weight.data];
      forEachTap(x.shape, weight.shape, output.shape, window, (xAt, weightAt, yAt) => {
        let total = ys[yAt] ?? 0;
        for (let c = 0; c < channels; c += 1)
          total += (xs[xAt + c * xStep] ?? 0) * (weights[weightAt + c * weightStep] ?? 0);
        ys[yAt] = total;
      });
    },
    wasm: ({ x, weight, bias }, output, window, launch) =>
      conv4dSteps(x, weight, bias?.pointer ?? 0, output, window, launch),
    gpu({ x, weight, bias }, output, window) {
      const names = ['hq', 'wq', 'hs', 'ws'] as const;
      const [stride, padding] = [fourOf(window.stride), fourOf(window.padding)];
      return pass({ x, weight, ...(bias && { bias }) }, output, ['n', 'o', ...names], ({ read, sumLoop }) => {
        const seen = names.map((name, axis) =>
          inside(`${name} * ${stride[axis]} + ${name}Tap - ${num(padding[axis] ?? 0)}`),
        );
        const product = `${read('x', ['n', 'c', ...seen])} * ${read('weight', ['o', 'c', ...names.map((name) => `${name}Tap`)])}`;
        const [khq, kwq, khs, kws] = planeSizes(weight.shape);
        return `
          ${sumLoop('total', { c: sizeAt(weight.shape, 1), hqTap: khq, wqTap: kwq, hsTap: khs, wsTap: kws }, product)}
          return total${bias ? ` + ${read('bias', ['o'])}` : ''};`;
      });
    },
  },
});
