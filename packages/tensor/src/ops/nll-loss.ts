import { elementwise, pass, reduce, view, type GpuPass, type GpuSource } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import { DTypeError, ShapeError } from '../errors.ts';
import { nllLossGradientSteps, nllLossSteps } from '../kernels/nll.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { channelsOf, expectShape } from '../shape/expect.ts';
import { formatShape, sizeOf } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';
import { checkDType, floats } from './elementwise.ts';

export interface NllLossAttrs {
  /** The label to ignore. */
  readonly ignoreIndex: number;
}

export interface NllLossGradientAttrs extends NllLossAttrs {
  /** The number of classes, which does not follow from the labels. */
  readonly classes: number;
}

// The loss and its gradient are each other's adjoints, so they stand side by side. A label that is neither a class nor
// `ignoreIndex` is an error on the reference backend and makes the results NaN on the others.

// y = −(1/m) Σ x[n, target[n, …], …] over the m labels that are not ignored
export const nllLossOp: Op<'x' | 'target', NllLossAttrs> = defineOp<'x' | 'target', NllLossAttrs>({
  name: 'nllLoss',
  infer({ x, target }) {
    inferNll('nllLoss', x, target);
    return { shape: [], dtype: x.dtype };
  },
  gradients: {
    x: rule(['target'], ({ cotangent, saved: { target }, attrs: { ignoreIndex }, inputs: { x } }) =>
      run(nllLossGradientOp, { cotangent, target }, { ignoreIndex, classes: channelsOf('nllLoss', 'x', x.shape) }),
    ),
  },
  kernels: {
    reference({ x, target }, output, { ignoreIndex }) {
      const classes = channelsOf('nllLoss', 'x', x.shape);
      let total = 0;
      const counted = forEachLabel(target, classes, ignoreIndex, (position) => {
        total -= x.data[position] ?? 0;
      });
      output.data[0] = total / counted;
    },
    wasm: ({ x, target }, output, { ignoreIndex }, launch) => nllLossSteps(x, target, output, ignoreIndex, launch),
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
      const total = reduce(terms, output, [0, 1], { combine: 'sum' });
      return elementwise({ total, count: gpuCount(target, ignoreIndex, classes) }, output, 'total / count');
    },
  },
});

// y[n, c, …] = −g / m where target[n, …] = c and is not ignored, else 0
export const nllLossGradientOp: Op<'cotangent' | 'target', NllLossGradientAttrs> = defineOp<
  'cotangent' | 'target',
  NllLossGradientAttrs
>({
  name: 'nllLossGradient',
  infer({ cotangent, target }, { classes }) {
    checkDType('nllLossGradient', cotangent.dtype, floats);
    checkTarget('nllLossGradient', target);
    expectShape('nllLossGradient', 'cotangent', [], cotangent.shape);
    return { shape: target.shape.toSpliced(1, 0, classes), dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['target'], ({ cotangent, saved: { target }, attrs: { ignoreIndex } }) =>
      run(nllLossOp, { x: cotangent, target }, { ignoreIndex }),
    ),
  },
  kernels: {
    reference({ cotangent, target }, output, { ignoreIndex, classes }) {
      const counted = forEachLabel(target, classes, ignoreIndex, () => {});
      const value = -(cotangent.data[0] ?? 0) / counted;
      forEachLabel(target, classes, ignoreIndex, (position) => {
        output.data[position] = value;
      });
    },
    wasm: ({ cotangent, target }, output, { ignoreIndex }, launch) =>
      nllLossGradientSteps(cotangent, target, output, ignoreIndex, launch),
    gpu({ cotangent, target }, output, { ignoreIndex, classes }) {
      const count = gpuCount(target, ignoreIndex, classes);
      const [batch = 1] = target.shape;
      const positions = sizeOf(target.shape) / batch;
      const result = pass(
        { cotangent, count, target: view(target, [batch, positions]) },
        { shape: [batch, classes, positions], dtype: output.dtype },
        ['n', 'label', 'position'],
        ({ read }) => `
          if (label === ${ignoreIndex} || label !== ${read('target', ['n', 'position'])}) { return 0; }
          return -${read('cotangent', [])} / ${read('count', [])};`,
      );
      return { ...result, shape: output.shape };
    },
  },
});

/** @throws ShapeError, DTypeError unless `x` is [N, C, …] and `target` its labels, [N, …] */
export function inferNll(op: string, x: Spec, target: Spec): void {
  checkDType(op, x.dtype, floats);
  checkTarget(op, target);
  channelsOf(op, 'x', x.shape);
  expectShape(op, 'target', x.shape.toSpliced(1, 1), target.shape);
}

export function checkTarget(op: string, { shape, dtype }: Spec): void {
  if (dtype !== 'int32') throw new DTypeError(op, `the target must be int32 labels, got ${dtype}; cast it first`);
  if (shape.length === 0) throw new ShapeError(op, `target has shape ${formatShape(shape)}, expected [N,…]`);
}

/**
 * Calls `visit` with the position in [N, C, …] of each label that is not ignored, and with the label's own position.
 *
 * @returns the number of these labels
 * @throws ShapeError for a label that is neither a class nor `ignoreIndex`
 */
export function forEachLabel(
  target: NdArray,
  classes: number,
  ignoreIndex: number,
  visit: (position: number, at: number) => void,
): number {
  const inner = sizeOf(target.shape.slice(1));
  let counted = 0;
  for (const [at, label] of target.data.entries()) {
    if (label === ignoreIndex) continue;
    if (label < 0 || label >= classes) {
      throw new ShapeError(
        'nllLoss',
        `target holds the label ${label}: classes run from 0 to ${classes - 1}, and ${ignoreIndex} is ignored`,
      );
    }
    const [n, position] = [Math.floor(at / inner), at % inner];
    visit((n * classes + label) * inner + position, at);
    counted += 1;
  }
  return counted;
}

/** A GPU pass that counts the labels that are not ignored; NaN if a label is neither a class nor `ignoreIndex`. */
function gpuCount(target: GpuSource, ignoreIndex: number, classes: number): GpuPass {
  const counted: Spec = { shape: target.shape, dtype: 'float32' };
  const isWrong = `target < 0 || target >= ${classes}`;
  const text = `target === ${ignoreIndex} ? 0 : ((${isWrong}) ? Math.sqrt(-1 - Math.abs(target)) : 1)`;
  const axes = target.shape.map((_, axis) => axis);
  return reduce(elementwise({ target }, counted, text), { shape: [], dtype: 'float32' }, axes, { combine: 'sum' });
}
