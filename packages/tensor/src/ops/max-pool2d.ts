import { floorDiv, inside, pass, type GpuPass, type GpuSource } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import type { FloatDType } from '../dtype.ts';
import { maxPool2dGradientStep, maxPool2dStep, type PoolWindow } from '../kernels/pool.ts';
import { defineOp, rule } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import type { ImageCheck, Pair, Pool2d } from '../shape/window.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import {
  poolOptions,
  checkPooled,
  forEachWindow,
  inferPool,
  poolWindow,
  type Patch,
  type PoolOptions,
} from './pooling.ts';

/** A number below every float32. GPU kernels cannot write infinity, so a window's maximum starts from this number. */
const lowest = '-3.4028234663852886e38';

// x̄[j] = Σ_{i : j is the first maximum of window i} ȳ[i]
export const maxPool2dGradientOp = defineOp<'x' | 'cotangent', PoolWindow>({
  name: 'maxPool2dGradient',
  infer({ x, cotangent }, window) {
    checkPooled('maxPool2dGradient', x, cotangent, window);
    return x;
  },
  gradients: 'none',
  kernels: {
    reference({ x, cotangent }, output, window) {
      forEachWindow(x.shape, cotangent.shape, window, (position, patch) => {
        const winner = firstMaximum(x, patch);
        output.data[winner] = (output.data[winner] ?? 0) + (cotangent.data[position] ?? 0);
      });
    },
    wasm: ({ x, cotangent }, output, window) => [maxPool2dGradientStep(x, cotangent, output, window)],
    gpu({ x, cotangent }, output, window) {
      // Each element checks, for every window around it, whether it is the maximum of that window.
      const winner = winners(x, cotangent, window);
      const { kernel, stride, padding, dilation } = window;
      const [down, across] = ([0, 1] as const).map((axis) =>
        Math.ceil((dilation[axis] * (kernel[axis] - 1) + 1) / stride[axis]),
      );
      const reach = [down ?? 1, across ?? 1] as const;
      return pass({ winner, cotangent }, output, ['n', 'c', 'y', 'x'], ({ read, loop }) => {
        const at = ['n', 'c', inside('row'), inside('column')];
        return `
          const lastRow = ${floorDiv(`y + ${padding[0]}`, stride[0])};
          const lastColumn = ${floorDiv(`x + ${padding[1]}`, stride[1])};
          const place = y * ${sizeAt(x.shape, 3)} + x;
          let total = 0;
          ${loop(
            'i',
            reach[0],
            loop(
              'j',
              reach[1],
              `
            const row = lastRow - ${reach[0] - 1} + i;
            const column = lastColumn - ${reach[1] - 1} + j;
            if (Math.abs(${read('winner', at, '-1')} - place) < 0.5) { total += ${read('cotangent', at)}; }`,
            ),
          )}
          return total;`;
      });
    },
  },
});

// y[i] = max over window i of x; padding is left out
export const maxPool2dOp = defineOp<'x', PoolWindow>({
  name: 'maxPool2d',
  infer: ({ x }, window) => inferPool('maxPool2d', x, window),
  gradients: {
    x: rule(['x'], ({ cotangent, saved: { x }, attrs }) => run(maxPool2dGradientOp, { x, cotangent }, attrs)),
  },
  kernels: {
    reference({ x }, output, window) {
      forEachWindow(x.shape, output.shape, window, (position, patch) => {
        output.data[position] = x.data[firstMaximum(x, patch)] ?? 0;
      });
    },
    wasm: ({ x }, output, window) => [maxPool2dStep(x, output, window)],
    gpu: ({ x }, output, window) =>
      overWindows(x, output, window, 'best = value > best ? value : value <= best ? best : value + best;', 'best'),
  },
});

/** The position of a patch's largest element: the first of equal elements, or the last NaN. */
function firstMaximum(x: NdArray, { rows, step }: Patch): number {
  let best = -Infinity;
  let winner = rows[0]?.[0] ?? 0;
  for (const [from, to] of rows) {
    for (let at = from; at < to; at += step) {
      const value = x.data[at] ?? 0;
      if (value > best || Number.isNaN(value)) [best, winner] = [value, at];
    }
  }
  return winner;
}

/** A pass that finds, for every window, the place of its first maximum within the plane. */
function winners(x: GpuSource, pooled: Spec, window: PoolWindow): GpuPass {
  const better = `if (value > best) { best = value; winner = row * ${sizeAt(x.shape, 3)} + column; }`;
  return overWindows(x, { shape: pooled.shape, dtype: 'int32' }, window, better, 'winner');
}

/** A pass that goes over every window, updating `best` or `winner` with each `value`. */
function overWindows(x: GpuSource, output: Spec, window: PoolWindow, update: string, result: string): GpuPass {
  const { kernel, stride, padding, dilation } = window;
  return pass(
    { x },
    output,
    ['n', 'c', 'oy', 'ox'],
    ({ read, loop }) => `
    let best = ${lowest};
    let winner = -1;
    ${loop(
      'ky',
      kernel[0],
      loop(
        'kx',
        kernel[1],
        `
      const row = oy * ${stride[0]} + ky * ${dilation[0]} - ${padding[0]};
      const column = ox * ${stride[1]} + kx * ${dilation[1]} - ${padding[1]};
      const value = ${read('x', ['n', 'c', inside('row'), inside('column')], lowest)};
      ${update}`,
      ),
    )}
    return ${result};`,
  );
}

export interface MaxPool2dOptions extends PoolOptions {
  /** The distance between elements of a window. */
  readonly dilation?: Pair;
}

/** The names of the options of maxima. */
export const maxPool2dOptions = { ...poolOptions, dilation: true };

/**
 * The largest element of each window, as in PyTorch. Padding is never the largest. Sizes are rounded down, or up with
 * `ceilMode`. The first of equal elements takes the gradient.
 *
 * x [N, C, H, W] → [N, C, H', W'] with H' = ⌊(H + paddings − dilation (kernel − 1) − 1) / stride⌋ + 1.
 *
 * @throws ShapeError for another rank, padding of more than half the window, a window larger than the padded input, or
 * one that covers nothing but padding
 * @category Convolutions and pooling
 */
export function maxPool2d<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<ImageCheck<'maxPool2d', S>>,
  kernel: Pair,
  options: MaxPool2dOptions = {},
): Tensor<Pool2d<S>, D> {
  checkOptions('maxPool2d', options, maxPool2dOptions);
  return run(maxPool2dOp, { x }, poolWindow(kernel, options));
}
