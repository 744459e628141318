import { inside, num, pass, type GpuPass, type GpuSource, type IndexText } from '../backends/gpu/source.ts';
import type { NdArray } from '../backends/reference/kernel.ts';
import type { DType, FloatDType } from '../dtype.ts';
import { resampleStep, transposeTaps, type Taps } from '../kernels/resize.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { sizeAt, sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import { resize2dShape, type ImageCheck, type Resize2d } from '../shape/window.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';
import { checkAntialias } from './resize-bicubic.ts';
import { resizeByWeights } from './resize-weights.ts';

/** @inline */
type Size = readonly [height: number, width: number];

export interface ResizeBilinearAttrs {
  /** Height and width of the result. */
  readonly size: Size;
  readonly alignCorners: boolean;
}

// y[i] = (1 − f) x[⌊s⌋] + f x[⌊s⌋ + 1] along both axes, where s is the place of i on x and f the fraction of s.
// It is linear in x, so its adjoint's adjoint is itself.
export const resizeBilinearOp: Op<'x', ResizeBilinearAttrs> = defineOp<'x', ResizeBilinearAttrs>({
  name: 'resizeBilinear',
  infer({ x }, { size }) {
    checkDType('resizeBilinear', x.dtype, floats);
    return { shape: resize2dShape('resizeBilinear', x.shape, size), dtype: x.dtype };
  },
  gradients: {
    x: rule([], ({ cotangent, attrs: { alignCorners }, inputs: { x } }) =>
      run(resizeBilinearGradientOp, { cotangent }, { size: imageSize(x.shape), alignCorners }),
    ),
  },
  kernels: {
    reference({ x }, output, attrs) {
      forEachTap(x, output.shape, attrs, (from, to, weight) => {
        output.data[to] = (output.data[to] ?? 0) + weight * (x.data[from] ?? 0);
      });
    },
    wasm({ x }, output, attrs) {
      const [rows, columns] = tapsBetween(imageSize(x.shape), attrs.size, attrs.alignCorners, x.dtype);
      return [resampleStep(x, rows, columns, output)];
    },
    gpu({ x }, { shape }, { size, alignCorners }) {
      const [height, width] = imageSize(x.shape);
      const rows = resizeAxis(x, shape.with(3, width), 2, gridOf(height, size[0], alignCorners, x.dtype));
      return resizeAxis(rows, shape, 3, gridOf(width, size[1], alignCorners, x.dtype));
    },
  },
});

// x̄[j] = Σ_i w[i, j] ȳ[i], where w[i, j] is the weight of x[j] in y[i]
export const resizeBilinearGradientOp: Op<'cotangent', ResizeBilinearAttrs> = defineOp<
  'cotangent',
  ResizeBilinearAttrs
>({
  name: 'resizeBilinearGradient',
  infer({ cotangent }, { size }) {
    checkDType('resizeBilinearGradient', cotangent.dtype, floats);
    return { shape: resize2dShape('resizeBilinearGradient', cotangent.shape, size), dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule([], ({ cotangent: x, attrs: { alignCorners }, inputs }) =>
      run(resizeBilinearOp, { x }, { size: imageSize(inputs.cotangent.shape), alignCorners }),
    ),
  },
  kernels: {
    reference({ cotangent }, output, { alignCorners }) {
      const attrs = { size: imageSize(cotangent.shape), alignCorners };
      forEachTap(output, cotangent.shape, attrs, (to, from, weight) => {
        output.data[to] = (output.data[to] ?? 0) + weight * (cotangent.data[from] ?? 0);
      });
    },
    wasm({ cotangent }, output, { size, alignCorners }) {
      const [rows, columns] = tapsBetween(size, imageSize(cotangent.shape), alignCorners, cotangent.dtype);
      return [resampleStep(cotangent, transposeTaps(rows, size[0]), transposeTaps(columns, size[1]), output)];
    },
    gpu({ cotangent }, { shape }, { size, alignCorners }) {
      const [height, width] = imageSize(cotangent.shape);
      const rows = resizeAxisBack(
        cotangent,
        shape.with(3, width),
        2,
        gridOf(size[0], height, alignCorners, cotangent.dtype),
      );
      return resizeAxisBack(rows, shape, 3, gridOf(size[1], width, alignCorners, cotangent.dtype));
    },
  },
});

function imageSize(shape: Shape): Size {
  return [sizeAt(shape, 2), sizeAt(shape, 3)];
}

/** The map from an element of the resized axis to a place on the old axis: place(i) = scale · (i + offset) − offset. */
interface Grid {
  /** The number of elements of the old axis, and of the resized axis. */
  readonly size: number;
  readonly newSize: number;
  /** Elements of the old axis for each element of the resized axis. */
  readonly scale: number;
  readonly offset: number;
}

/**
 * With `alignCorners` the centres of the first and the last element stay where they are. Otherwise the axis is scaled
 * between its ends. The scale has the precision of the elements, as in PyTorch, whose CPU kernels give the same weights
 * to the bit. So a place that should fall exactly on an element may take a millionth of the element before. That only
 * matters if the result is normalised to unit length afterwards, like HSNet's features times the mask.
 */
function gridOf(size: number, newSize: number, alignCorners: boolean, dtype: DType): Grid {
  const scale = alignCorners ? (newSize > 1 ? (size - 1) / (newSize - 1) : 0) : size / newSize;
  return { size, newSize, scale: roundTo(dtype, scale), offset: alignCorners ? 0 : 0.5 };
}

function roundTo(dtype: DType, value: number): number {
  return dtype === 'float64' ? value : Math.fround(value);
}

/** For each element of the new axis, the one or two elements of the old axis that it takes. */
function tapsOf({ size, newSize, scale, offset }: Grid, dtype: DType): Taps[] {
  return Array.from({ length: newSize }, (_, i) => {
    const place = Math.max(scale * (i + offset) - offset, 0);
    const start = Math.min(Math.floor(place), size - 1);
    const fraction = start === size - 1 ? 0 : roundTo(dtype, place - start);
    return { start, weights: fraction === 0 ? [1] : [1 - fraction, fraction] };
  });
}

function tapsBetween(
  from: Size,
  to: Size,
  alignCorners: boolean,
  dtype: DType,
): readonly [rows: Taps[], columns: Taps[]] {
  return [
    tapsOf(gridOf(from[0], to[0], alignCorners, dtype), dtype),
    tapsOf(gridOf(from[1], to[1], alignCorners, dtype), dtype),
  ];
}

/** Visits every pair of an element of y and an element of x that it takes, with the weight. */
function forEachTap(
  x: NdArray,
  y: Shape,
  { size, alignCorners }: ResizeBilinearAttrs,
  visit: (xAt: number, yAt: number, weight: number) => void,
): void {
  const [height, width] = imageSize(x.shape);
  const [rows, columns] = tapsBetween([height, width], size, alignCorners, x.dtype);
  const planes = sizeOf(y.slice(0, 2));
  for (let plane = 0; plane < planes; plane += 1) {
    for (const [i, row] of rows.entries()) {
      for (const [j, column] of columns.entries()) {
        const yAt = (plane * rows.length + i) * columns.length + j;
        for (const [u, rowWeight] of row.weights.entries()) {
          for (const [v, columnWeight] of column.weights.entries()) {
            visit((plane * height + row.start + u) * width + column.start + v, yAt, rowWeight * columnWeight);
          }
        }
      }
    }
  }
}

/**
 * GPU text of an element's place on the old axis, as `whole` + `rest`: float32 cannot hold the product of a scale and
 * an index exactly. So `whole` is the product with the scale's first 11 bits (exact for indices below 2¹²), and `rest`
 * the product with the other bits.
 */
function placeText(index: string, { scale, offset }: Grid): string {
  const unit = 2 ** (Math.floor(Math.log2(scale)) - 10);
  const first = scale === 0 ? 0 : Math.floor(scale / unit) * unit;
  return `
    const whole = (${index} + ${offset}) * ${num(first)};
    const rest = (${index} + ${offset}) * ${num(scale - first)} - ${offset};`;
}

/** A pass that resizes one axis. */
function resizeAxis(x: GpuSource, shape: Shape, axis: 2 | 3, grid: Grid): GpuPass {
  const names = ['n', 'c', 'y', 'x'];
  // The sum `whole + rest` may have been rounded up to a whole number.
  return pass(
    { source: x },
    { shape, dtype: x.dtype },
    names,
    ({ read }) => `
    ${placeText(names[axis] ?? '', grid)}
    const near = Math.floor(whole + rest);
    const low = Math.min(Math.max(whole - near + rest < 0 ? near - 1 : near, 0), ${grid.size - 1});
    const high = Math.min(low + 1, ${grid.size - 1});
    const fraction = Math.max(whole - low + rest, 0);
    return ${read('source', names.with(axis, 'low'))} * (1 - fraction)
      + ${read('source', names.with(axis, 'high'))} * fraction;`,
  );
}

/**
 * A pass for the gradient along one axis: each element of x sums its shares of all elements of y that may have taken
 * it.
 */
function resizeAxisBack(cotangent: GpuSource, shape: Shape, axis: 2 | 3, grid: Grid): GpuPass {
  const { size, scale, offset } = grid;
  const names = ['n', 'c', 'y', 'x'];
  const own = names[axis] ?? '';
  // The first element of y whose place lies beyond the element before, or one earlier because the division rounds. If
  // all places are equal (scale 0), the first element of y.
  const firstOf = (place: number) => (scale === 0 ? 0 : Math.floor((place - 1 + offset) / scale - offset));
  const firstText = scale === 0 ? '0' : `Math.floor((${own} + ${num(offset - 1)}) * ${num(1 / scale)} - ${offset})`;
  const reach = transposeTaps(tapsOf(grid, cotangent.dtype), size).reduce(
    (most, { start, weights }, place) => Math.max(most, start + weights.length - firstOf(place) + 1),
    1,
  );
  const at: IndexText[] = names.map((name, place) => (place === axis ? inside('taker') : name));
  return pass(
    { cotangent },
    { shape, dtype: cotangent.dtype },
    names,
    ({ read, loop }) => `
    const first = ${firstText};
    let total = 0;
    ${loop(
      'i',
      reach,
      `
      const taker = first + i;
      ${placeText('taker', grid)}
      const apart = Math.min(Math.max(whole - ${own} + rest, -${own}), ${size - 1} - ${own});
      const weight = Math.max(0, 1 - Math.abs(apart));
      total += weighted(weight, ${read('cotangent', at)});`,
    )}
    return total;`,
  );
}

export interface ResizeBilinearOptions {
  /**
   * Keep the centres of the corners in place, instead of scaling the image as an area (the default, as in PyTorch).
   */
  readonly alignCorners?: boolean;
  /**
   * Whether a smaller image takes all pixels into account, as Pillow does, instead of the 2 × 2 nearest to each new pixel
   * (the default). It is two matrix products, and a pixel that is not finite spoils its row and column.
   */
  readonly antialias?: boolean;
}

const resizeBilinearOptions = { alignCorners: true, antialias: true };

/**
 * Bilinear resizing, as PyTorch's `interpolate` does it: x [N, C, H, W] → [N, C, height, width].
 *
 * @throws ShapeError for another rank, an image without pixels, or sizes below 1; OptionError for `alignCorners`
 * together with `antialias`
 * @category Resizing and sampling
 */
export function resizeBilinear<
  S extends Shape,
  D extends FloatDType,
  const To extends readonly [height: number, width: number],
>(
  x: Tensor<S, D> & Fits<ImageCheck<'resizeBilinear', S>>,
  size: To,
  options: ResizeBilinearOptions = {},
): Tensor<Resize2d<S, To>, D> {
  checkOptions('resizeBilinear', options, resizeBilinearOptions);
  const { alignCorners = false, antialias = false } = options;
  if (!antialias) return run(resizeBilinearOp, { x }, { size, alignCorners });
  const image: Tensor<Shape, D> = x;
  checkDType('resizeBilinear', image.dtype, floats);
  resize2dShape('resizeBilinear', image.shape, size);
  checkAntialias('resizeBilinear', alignCorners, antialias);
  return resizeByWeights(image, size, { filter: 'bilinear', alignCorners, antialias });
}
