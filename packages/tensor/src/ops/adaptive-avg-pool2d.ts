import { floorDiv, inside, pass, type GpuPass, type GpuSource, type IndexText } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { resampleStep, transposeTaps, type Taps } from '../kernels/resize.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { sizeAt, sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import { resize2dShape, type ImageCheck, type Resize2d } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';

/** @inline */
type Size = readonly [height: number, width: number];

export interface AdaptiveAvgPool2dAttrs {
  /** Height and width of the result. */
  readonly size: Size;
}

// y[i] = mean of x[j] over the j of bin i, along both axes. It is linear, so its adjoint's adjoint is itself.
export const adaptiveAvgPool2dOp: Op<'x', AdaptiveAvgPool2dAttrs> = defineOp<'x', AdaptiveAvgPool2dAttrs>({
  name: 'adaptiveAvgPool2d',
  infer({ x }, { size }) {
    checkDType('adaptiveAvgPool2d', x.dtype, floats);
    return { shape: resize2dShape('adaptiveAvgPool2d', x.shape, size), dtype: x.dtype };
  },
  gradients: {
    x: rule([], ({ cotangent, inputs: { x } }) =>
      run(adaptiveAvgPool2dGradientOp, { cotangent }, { size: planeOf(x.shape) }),
    ),
  },
  kernels: {
    reference({ x }, output) {
      forEachShare(x.shape, output.shape, (xAt, yAt, share) => {
        output.data[yAt] = (output.data[yAt] ?? 0) + share * (x.data[xAt] ?? 0);
      });
    },
    wasm({ x }, output, { size }) {
      const [height, width] = planeOf(x.shape);
      return [resampleStep(x, meansOf(size[0], height), meansOf(size[1], width), output)];
    },
    gpu: ({ x }, _, { size: [height, width] }) => averageAxis(averageAxis(x, 3, width), 2, height),
  },
});

// x̄[j] = Σ_{i : j in bin i} ȳ[i] / (elements of bin i)
export const adaptiveAvgPool2dGradientOp: Op<'cotangent', AdaptiveAvgPool2dAttrs> = defineOp<
  'cotangent',
  AdaptiveAvgPool2dAttrs
>({
  name: 'adaptiveAvgPool2dGradient',
  infer({ cotangent }, { size }) {
    checkDType('adaptiveAvgPool2dGradient', cotangent.dtype, floats);
    return { shape: resize2dShape('adaptiveAvgPool2dGradient', cotangent.shape, size), dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule([], ({ cotangent: x, inputs }) =>
      run(adaptiveAvgPool2dOp, { x }, { size: planeOf(inputs.cotangent.shape) }),
    ),
  },
  kernels: {
    reference({ cotangent }, output) {
      forEachShare(output.shape, cotangent.shape, (xAt, yAt, share) => {
        output.data[xAt] = (output.data[xAt] ?? 0) + share * (cotangent.data[yAt] ?? 0);
      });
    },
    wasm({ cotangent }, output, { size }) {
      const [rows, columns] = planeOf(cotangent.shape);
      const [down, across] = [
        transposeTaps(meansOf(rows, size[0]), size[0]),
        transposeTaps(meansOf(columns, size[1]), size[1]),
      ];
      return [resampleStep(cotangent, down, across, output)];
    },
    gpu: ({ cotangent }, _, { size: [height, width] }) => spreadAxis(spreadAxis(cotangent, 3, width), 2, height),
  },
});

function planeOf(shape: Shape): Size {
  return [sizeAt(shape, 2), sizeAt(shape, 3)];
}

/**
 * Bin i of n over L elements: the elements from ⌊i L / n⌋ up to, but not including, ⌈(i + 1) L / n⌉. Bins overlap where
 * n does not divide L. Each element is in several bins where n > L. The numbers of the bins that hold element j are the
 * elements of bin j of L over n.
 */
function binOf(i: number, bins: number, size: number): readonly [from: number, to: number] {
  return [Math.floor((i * size) / bins), Math.ceil(((i + 1) * size) / bins)];
}

/** The means over all bins of an axis. */
function meansOf(bins: number, size: number): Taps[] {
  return Array.from({ length: bins }, (_, i) => {
    const [from, to] = binOf(i, bins, size);
    return { start: from, weights: Array.from({ length: to - from }, () => 1 / (to - from)) };
  });
}

/** Visits every pair of a bin and an element of x in that bin, with the element's weight in the bin's mean. */
function forEachShare(x: Shape, y: Shape, visit: (xAt: number, yAt: number, share: number) => void): void {
  const [[height, width], [rows, columns]] = [planeOf(x), planeOf(y)];
  const planes = sizeOf(x.slice(0, 2));
  for (let plane = 0; plane < planes; plane += 1) {
    for (let i = 0; i < rows; i += 1) {
      const [top, bottom] = binOf(i, rows, height);
      for (let j = 0; j < columns; j += 1) {
        const [left, right] = binOf(j, columns, width);
        const share = 1 / ((bottom - top) * (right - left));
        for (let v = top; v < bottom; v += 1) {
          for (let u = left; u < right; u += 1)
            visit((plane * height + v) * width + u, (plane * rows + i) * columns + j, share);
        }
      }
    }
  }
}

const names = ['n', 'c', 'y', 'x'];

/** GPU text of the first element of a bin and the element after its last. */
function binText(i: string, bins: number, size: number): readonly [from: string, to: string] {
  return [floorDiv(`${i} * ${size}`, bins), floorDiv(`${i} * ${size} + ${size + bins - 1}`, bins)];
}

function largestBin(bins: number, size: number): number {
  return Math.max(...meansOf(bins, size).map(({ weights }) => weights.length));
}

/** A pass that pools one axis into `bins`. */
function averageAxis(x: GpuSource, axis: 2 | 3, bins: number): GpuPass {
  const size = sizeAt(x.shape, axis);
  const [from, to] = binText(names[axis] ?? '', bins, size);
  const at: IndexText[] = names.map((name, place) => (place === axis ? inside('from + i') : name));
  return pass(
    { source: x },
    { shape: x.shape.with(axis, bins), dtype: x.dtype },
    names,
    ({ read, loop }) => `
    const from = ${from};
    const to = ${to};
    let total = 0;
    ${loop('i', largestBin(bins, size), `if (from + i < to) { total += ${read('source', at)}; }`)}
    return total / (to - from);`,
  );
}

/** A pass for the gradient along one axis of `size` elements: each element sums the shares from its bins. */
function spreadAxis(cotangent: GpuSource, axis: 2 | 3, size: number): GpuPass {
  const bins = sizeAt(cotangent.shape, axis);
  const [first, last] = binText(names[axis] ?? '', size, bins);
  const [from, to] = binText('bin', bins, size);
  const at: IndexText[] = names.map((name, place) => (place === axis ? inside('bin') : name));
  return pass(
    { cotangent },
    { shape: cotangent.shape.with(axis, size), dtype: cotangent.dtype },
    names,
    ({ read, loop }) => `
    const first = ${first};
    const last = ${last};
    let total = 0;
    ${loop(
      'i',
      largestBin(size, bins),
      `
      const bin = first + i;
      if (bin < last) { total += ${read('cotangent', at)} / (${to} - ${from}); }`,
    )}
    return total;`,
  );
}

/**
 * The mean over each of `size` bins of the image, as in PyTorch. Along an axis of L elements, bin i of n holds the
 * elements from ⌊i L / n⌋ up to, but not including, ⌈(i + 1) L / n⌉. Bins overlap where n does not divide L.
 *
 * x [N, C, H, W] → [N, C, height, width]
 *
 * @throws ShapeError for another rank, an image without pixels, or sizes below 1
 * @category Convolutions and pooling
 */
export function adaptiveAvgPool2d<
  S extends Shape,
  D extends FloatDType,
  const To extends readonly [height: number, width: number],
>(x: Tensor<S, D> & Fits<ImageCheck<'adaptiveAvgPool2d', S>>, size: To): Tensor<Resize2d<S, To>, D> {
  return run(adaptiveAvgPool2dOp, { x }, { size });
}
