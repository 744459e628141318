import { pass, view } from '../backends/gpu/source.ts';
import { nllTermsGradientStep, nllTermsStep } from '../kernels/nll.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { expectShape } from '../shape/expect.ts';
import { sizeOf } from '../shape/shape.ts';
import { checkDType, floats } from './elementwise.ts';
import { checkTarget, forEachLabel, inferNll, type NllLossAttrs, type NllLossGradientAttrs } from './nll-loss.ts';

// The terms of the loss, one for each label, and their gradient: each other's adjoints. A label that is neither a class
// nor `ignoreIndex` is an error on the reference backend, and its term is NaN on the others.

// y[n, …] = −x[n, target[n, …], …], and 0 where the label is ignored
export const nllTermsOp: Op<'x' | 'target', NllLossAttrs> = defineOp<'x' | 'target', NllLossAttrs>({
  name: 'nllTerms',
  infer({ x, target }) {
    inferNll('nllLoss', x, target);
    return { shape: target.shape, dtype: x.dtype };
  },
  gradients: {
    x: rule(['target'], ({ cotangent, saved: { target }, attrs: { ignoreIndex }, inputs: { x } }) =>
      run(nllTermsGradientOp, { cotangent, target }, { ignoreIndex, classes: x.shape[1] ?? 0 }),
    ),
  },
  kernels: {
    reference({ x, target }, output, { ignoreIndex }) {
      forEachLabel(target, x.shape[1] ?? 0, ignoreIndex, (position, at) => {
        output.data[at] = -(x.data[position] ?? 0);
      });
    },
    wasm: ({ x, target }, output, { ignoreIndex }) => [nllTermsStep(x, target, output, ignoreIndex)],
    gpu({ x, target }, output, { ignoreIndex }) {
      const [batch = 1, classes = 1] = x.shape;
      const positions = sizeOf(target.shape) / batch;
      const terms = pass(
        { x: view(x, [batch, classes, positions]), target: view(target, [batch, positions]) },
        { shape: [batch, positions], dtype: x.dtype },
        ['n', 'position'],
        ({ read }) => `
          const label = ${read('target', ['n', 'position'])};
          if (label === ${ignoreIndex}) { return 0; }
          if (label < 0 || label >= ${classes}) { return Math.sqrt(-1 - Math.abs(label)); }
          return -${read('x', ['n', 'label', 'position'])};`,
      );
      return { ...terms, shape: output.shape };
    },
  },
});

// y[n, c, …] = −ȳ[n, …] where target[n, …] = c and is not ignored, else 0
export const nllTermsGradientOp: Op<'cotangent' | 'target', NllLossGradientAttrs> = defineOp<
  'cotangent' | 'target',
  NllLossGradientAttrs
>({
  name: 'nllTermsGradient',
  infer({ cotangent, target }, { classes }) {
    checkDType('nllTermsGradient', cotangent.dtype, floats);
    checkTarget('nllTermsGradient', target);
    expectShape('nllTermsGradient', 'cotangent', target.shape, cotangent.shape);
    return { shape: target.shape.toSpliced(1, 0, classes), dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['target'], ({ cotangent: x, saved: { target }, attrs: { ignoreIndex } }) =>
      run(nllTermsOp, { x, target }, { ignoreIndex }),
    ),
  },
  kernels: {
    reference({ cotangent, target }, output, { ignoreIndex, classes }) {
      forEachLabel(target, classes, ignoreIndex, (position, at) => {
        output.data[position] = -(cotangent.data[at] ?? 0);
      });
    },
    wasm: ({ cotangent, target }, output, { ignoreIndex }) => [
      nllTermsGradientStep(cotangent, target, output, ignoreIndex),
    ],
    gpu({ cotangent, target }, output, { ignoreIndex, classes }) {
      const [batch = 1] = target.shape;
      const positions = sizeOf(target.shape) / batch;
      const result = pass(
        { cotangent: view(cotangent, [batch, positions]), target: view(target, [batch, positions]) },
        { shape: [batch, classes, positions], dtype: output.dtype },
        ['n', 'label', 'position'],
        ({ read }) => `
          if (label === ${ignoreIndex} || label !== ${read('target', ['n', 'position'])}) { return 0; }
          return -${read('cotangent', ['n', 'position'])};`,
      );
      return { ...result, shape: output.shape };
    },
  },
});
