import { floorDiv, inside, num, pass } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import type { PoolWindow } from '../kernels/pool.ts';
import { resampleStep, transposeTaps, type Taps } from '../kernels/resize.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { expectRank } from '../shape/expect.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import type { ImageCheck, Pair, Pool2d } from '../shape/window.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { poolOptions, checkPooled, forEachWindow, inferPool, poolWindow, type PoolOptions } from './pooling.ts';

export interface AvgPool2dAttrs extends PoolWindow {
  /** Divide by the whole window's size, padding included. */
  readonly countIncludePad: boolean;
}

export interface AvgPool2dGradientAttrs extends AvgPool2dAttrs {
  /** Height and width of the result. */
  readonly size: readonly [height: number, width: number];
}

// y[i] = Σ_{j in window i} x[j] / count[i], zeros in the padding. It is linear, so its adjoint's adjoint is itself.
export const avgPool2dOp: Op<'x', AvgPool2dAttrs> = defineOp<'x', AvgPool2dAttrs>({
  name: 'avgPool2d',
  infer: ({ x }, attrs) => inferPool('avgPool2d', x, attrs),
  gradients: {
    x: rule([], ({ cotangent, attrs, inputs: { x } }) =>
      run(avgPool2dGradientOp, { cotangent }, { ...attrs, size: [sizeAt(x.shape, 2), sizeAt(x.shape, 3)] }),
    ),
  },
  kernels: {
    reference({ x }, output, attrs) {
      forEachWindow(x.shape, output.shape, attrs, (position, { rows, window }) => {
        let total = 0;
        for (const [from, to] of rows) for (let at = from; at < to; at += 1) total += x.data[at] ?? 0;
        output.data[position] = total / countOf(window, x.shape, attrs);
      });
    },
    wasm({ x }, output, attrs) {
      const [rows, columns] = [tapsAlong(0, x, attrs), tapsAlong(1, x, attrs)];
      return [resampleStep(x, rows, columns, output)];
    },
    gpu({ x }, output, attrs) {
      const { kernel, stride, padding } = attrs;
      return pass({ x }, output, ['n', 'c', 'oy', 'ox'], ({ read, sumLoop }) => {
        const element = read('x', [
          'n',
          'c',
          inside(`oy * ${stride[0]} + ky - ${padding[0]}`),
          inside(`ox * ${stride[1]} + kx - ${padding[1]}`),
        ]);
        return `
          ${sumLoop('total', { ky: kernel[0], kx: kernel[1] }, element)}
          return total / (${countText('oy', 0, x, attrs)} * ${countText('ox', 1, x, attrs)});`;
      });
    },
  },
});

// x̄[j] = Σ_{i : j in window i} ȳ[i] / count[i]
export const avgPool2dGradientOp: Op<'cotangent', AvgPool2dGradientAttrs> = defineOp<
  'cotangent',
  AvgPool2dGradientAttrs
>({
  name: 'avgPool2dGradient',
  infer({ cotangent }, attrs) {
    expectRank('avgPool2dGradient', 'the cotangent', cotangent.shape, '[N,C,H,W]');
    const x = { shape: [...cotangent.shape.slice(0, 2), ...attrs.size], dtype: cotangent.dtype };
    checkPooled('avgPool2dGradient', x, cotangent, attrs);
    return x;
  },
  gradients: {
    cotangent: rule([], ({ cotangent: x, attrs }) => run(avgPool2dOp, { x }, attrs)),
  },
  kernels: {
    reference({ cotangent }, output, attrs) {
      forEachWindow(output.shape, cotangent.shape, attrs, (position, { rows, window }) => {
        const share = (cotangent.data[position] ?? 0) / countOf(window, output.shape, attrs);
        for (const [from, to] of rows)
          for (let at = from; at < to; at += 1) output.data[at] = (output.data[at] ?? 0) + share;
      });
    },
    wasm({ cotangent }, output, attrs) {
      const rows = transposeTaps(tapsAlong(0, output, attrs), attrs.size[0]);
      const columns = transposeTaps(tapsAlong(1, output, attrs), attrs.size[1]);
      return [resampleStep(cotangent, rows, columns, output)];
    },
    gpu({ cotangent }, output, attrs) {
      const { kernel, stride, padding } = attrs;
      const reach = [Math.ceil(kernel[0] / stride[0]), Math.ceil(kernel[1] / stride[1])] as const;
      return pass(
        { cotangent },
        output,
        ['n', 'c', 'y', 'x'],
        ({ read, loop }) => `
        const lastRow = ${floorDiv(`y + ${padding[0]}`, stride[0])};
        const lastColumn = ${floorDiv(`x + ${padding[1]}`, stride[1])};
        let total = 0;
        ${loop(
          'i',
          reach[0],
          loop(
            'j',
            reach[1],
            `
          const oy = lastRow - ${reach[0] - 1} + i;
          const ox = lastColumn - ${reach[1] - 1} + j;
          if (${covers('oy', 'y', 0, attrs)} && ${covers('ox', 'x', 1, attrs)}) {
            total += ${read('cotangent', ['n', 'c', inside('oy'), inside('ox')])}
              / (${countText('oy', 0, output, attrs)} * ${countText('ox', 1, output, attrs)});
          }`,
          ),
        )}
        return total;`,
      );
    },
  },
});

/** The divisor of a window. */
function countOf([row, column]: readonly [row: number, column: number], x: Shape, attrs: AvgPool2dAttrs): number {
  return countAlong(row, 0, x, attrs) * countAlong(column, 1, x, attrs);
}

/** The elements of a window that count along one axis of x: what lies beyond the padding never does. */
function countAlong(window: number, axis: 0 | 1, x: Shape, attrs: AvgPool2dAttrs): number {
  const { kernel, stride, padding, paddingAfter, countIncludePad } = attrs;
  const size = sizeAt(x, axis + 2);
  const first = window * stride[axis] - padding[axis];
  const end = first + kernel[axis];
  return countIncludePad ? Math.min(end, size + paddingAfter[axis]) - first : Math.min(end, size) - Math.max(first, 0);
}

/** The average along one spatial axis of x. Averaging along both axes gives the average over the window. */
function tapsAlong(axis: 0 | 1, x: Spec, attrs: AvgPool2dAttrs): Taps[] {
  const { kernel, stride, padding } = attrs;
  const size = sizeAt(x.shape, axis + 2);
  const windows = sizeAt(inferPool('avgPool2d', x, attrs).shape, axis + 2);
  return Array.from({ length: windows }, (_, window) => {
    const first = window * stride[axis] - padding[axis];
    const start = Math.max(first, 0);
    const weight = 1 / countAlong(window, axis, x.shape, attrs);
    return { start, weights: Array.from({ length: Math.min(first + kernel[axis], size) - start }, () => weight) };
  });
}

/** GPU text of the number of elements that `window` counts along one axis of x. */
function countText(window: string, axis: 0 | 1, { shape }: Spec, attrs: AvgPool2dAttrs): string {
  const { kernel, stride, padding, paddingAfter, ceilMode, countIncludePad } = attrs;
  const isWhole = countIncludePad || (padding[axis] === 0 && paddingAfter[axis] === 0);
  if (isWhole && !ceilMode) return num(kernel[axis]);
  const size = sizeAt(shape, axis + 2);
  const first = `${window} * ${stride[axis]} - ${padding[axis]}`;
  return countIncludePad
    ? `(Math.min(${first} + ${kernel[axis]}, ${size + paddingAfter[axis]}) - (${first}))`
    : `(Math.min(${first} + ${kernel[axis]}, ${size}) - Math.max(${first}, 0))`;
}

/** GPU text: whether the window reaches `position`, given that the window does not start behind `position`. */
function covers(window: string, position: string, axis: 0 | 1, { kernel, stride, padding }: AvgPool2dAttrs): string {
  return `${window} * ${stride[axis]} + ${kernel[axis] - padding[axis]} > ${position}`;
}

export interface AvgPool2dOptions extends PoolOptions {
  /** Divide by the whole window's size even where it covers padding (the default, as in PyTorch). */
  readonly countIncludePad?: boolean;
}

/** The names of the options of averages. */
export const avgPool2dOptions = { ...poolOptions, countIncludePad: true };

/**
 * The average of each window, as in PyTorch: padding counts as zeros, sizes are rounded down, or up with `ceilMode`. What
 * a last window reaches beyond the padding then counts in no case.
 *
 * x [N, C, H, W] → [N, C, H', W'] with H' = ⌊(H + paddings − kernel) / stride⌋ + 1.
 *
 * @throws ShapeError for another rank, padding of more than half the window, or a window larger than the padded input
 * @category Convolutions and pooling
 */
export function avgPool2d<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<ImageCheck<'avgPool2d', S>>,
  kernel: Pair,
  options: AvgPool2dOptions = {},
): Tensor<Pool2d<S>, D> {
  checkOptions('avgPool2d', options, avgPool2dOptions);
  const { countIncludePad = true } = options;
  return run(avgPool2dOp, { x }, { ...poolWindow(kernel, options), countIncludePad });
}
