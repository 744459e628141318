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

export interface ResizeBilinearAttrs {
  /** Height and width of the result. */
  readonly size: Size;
  readonly alignCorners: boolean;
}

// y[i] = (1 − f) x[⌊s⌋] + f x[⌊s⌋ + 1] along both axes, s the place of i on x and f its fraction.
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
      forEachTap(x.shape, output.shape, attrs, (from, to, weight) => {
        output.data[to] = (output.data[to] ?? 0) + weight * (x.data[from] ?? 0);
      });
    },
    wasm({ x }, output, attrs) {
      const [rows, columns] = tapsBetween(imageSize(x.shape), attrs.size, attrs.alignCorners);
      return [resampleStep(x, rows, columns, output)];
    },
    gpu({ x }, { shape }, { size, alignCorners }) {
      const [height, width] = imageSize(x.shape);
      const rows = resizeAxis(x, shape.with(3, width), 2, gridOf(height, size[0], alignCorners));
      return resizeAxis(rows, shape, 3, gridOf(width, size[1], alignCorners));
    },
  },
});

// x̄[j] = Σ_i w[i, j] ȳ[i], w[i, j] the weight that y[i] gives x[j]
export const resizeBilinearGradientOp: Op<'cotangent', ResizeBilinearAttrs> = defineOp<'cotangent', ResizeBilinearAttrs>({
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
      forEachTap(output.shape, cotangent.shape, attrs, (to, from, weight) => {
        output.data[to] = (output.data[to] ?? 0) + weight * (cotangent.data[from] ?? 0);
      });
    },
    wasm({ cotangent }, output, { size, alignCorners }) {
      const [rows, columns] = tapsBetween(size, imageSize(cotangent.shape), alignCorners);
      return [resampleStep(cotangent, transposeTaps(rows, size[0]), transposeTaps(columns, size[1]), output)];
    },
    gpu({ cotangent }, { shape }, { size, alignCorners }) {
      const [height, width] = imageSize(cotangent.shape);
      const rows = resizeAxisBack(cotangent, shape.with(3, width), 2, gridOf(size[0], height, alignCorners));
      return resizeAxisBack(rows, shape, 3, gridOf(size[1], width, alignCorners));
    },
  },
});

function imageSize(shape: Shape): Size {
  return [sizeAt(shape, 2), sizeAt(shape, 3)];
}

/**
 * Where the elements of a resized axis lie on the axis of `size` before: element i at (rise · i + offset) / run, drawn
 * in to 0…size − 1. Whole numbers throughout, so that places are exact.
 */
interface Grid {
  readonly size: number;
  readonly newSize: number;
  readonly rise: number;
  readonly offset: number;
  readonly run: number;
}

function gridOf(size: number, newSize: number, alignCorners: boolean): Grid {
  // The first and last elements' centres stay where they are: i (size − 1) / (newSize − 1).
  if (alignCorners) {
    const moves = newSize > 1;
    return { size, newSize, rise: moves ? size - 1 : 0, offset: 0, run: moves ? newSize - 1 : 1 };
  }
  // Half-pixel centres: (i + ½) size / newSize − ½.
  return { size, newSize, rise: 2 * size, offset: size - newSize, run: 2 * newSize };
}

/** The one or two elements of the old axis that each of the new one takes. */
function tapsOf({ size, newSize, rise, offset, run: length }: Grid): Taps[] {
  return Array.from({ length: newSize }, (_, i) => {
    const numerator = Math.min(Math.max(rise * i + offset, 0), (size - 1) * length);
    const start = Math.floor(numerator / length);
    const fraction = (numerator - start * length) / length;
    return { start, weights: fraction === 0 ? [1] : [1 - fraction, fraction] };
  });
}

function tapsBetween(from: Size, to: Size, alignCorners: boolean): readonly [rows: Taps[], columns: Taps[]] {
  return [tapsOf(gridOf(from[0], to[0], alignCorners)), tapsOf(gridOf(from[1], to[1], alignCorners))];
}

/** Visits every pair of an element of x and one of y that takes part of it, with the weight. */
function forEachTap(
  x: Shape,
  y: Shape,
  { size, alignCorners }: ResizeBilinearAttrs,
  visit: (xAt: number, yAt: number, weight: number) => void,
): void {
  const [height, width] = imageSize(x);
  const [rows, columns] = tapsBetween([height, width], size, alignCorners);
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

/** GPU text of an element's place on the old axis, times `run`. */
function placeText(index: string, { size, rise, offset, run: length }: Grid): string {
  return `Math.min(Math.max(${index} * ${rise} + ${offset}, 0), ${(size - 1) * length})`;
}

/** A pass that resizes one axis. */
function resizeAxis(x: GpuSource, shape: Shape, axis: 2 | 3, grid: Grid): GpuPass {
  const names = ['n', 'c', 'y', 'x'];
  return pass({ source: x }, { shape, dtype: x.dtype }, names, ({ read }) => `
    const place = ${placeText(names[axis] ?? '', grid)};
    const low = ${floorDiv('place', grid.run)};
    const high = Math.min(low + 1, ${grid.size - 1});
    const fraction = (place - low * ${grid.run}) / ${grid.run};
    return ${read('source', names.with(axis, 'low'))} * (1 - fraction)
      + ${read('source', names.with(axis, 'high'))} * fraction;`);
}

/** A pass that takes one axis back: each element sums what it gave, over all that may have taken of it. */
function resizeAxisBack(cotangent: GpuSource, shape: Shape, axis: 2 | 3, grid: Grid): GpuPass {
  const { size, rise, offset, run: length } = grid;
  const names = ['n', 'c', 'y', 'x'];
  const own = names[axis] ?? '';
  // The first that lies beyond the element before: rise · i + offset > (own − 1) · run, shifted so that the division is
  // of a number from 0 up. Where nothing rises, all of them do.
  const shift = Math.max(0, Math.ceil((length + offset) / rise));
  const firstOf = (place: number) => (rise === 0 ? 0 : Math.floor(((place - 1) * length - offset) / rise) + 1);
  const numerator = `${own} * ${length} + ${shift * rise - length - offset}`;
  const firstText = rise === 0 ? '0' : `${floorDiv(numerator, rise)} - ${shift - 1}`;
  const reach = transposeTaps(tapsOf(grid), size).reduce(
    (most, { start, weights }, place) => Math.max(most, start + weights.length - firstOf(place)),
    1,
  );
  const at: IndexText[] = names.map((name, place) => (place === axis ? inside('taker') : name));
  return pass({ cotangent }, { shape, dtype: cotangent.dtype }, names, ({ read, loop }) => `
    const first = ${firstText};
    let total = 0;
    ${loop('i', reach, `
      const taker = first + i;
      const weight = Math.max(0, 1 - Math.abs(${placeText('taker', grid)} - ${own} * ${length}) / ${length});
      total += weighted(weight, ${read('cotangent', at)});`)}
    return total;`);
}

export interface ResizeBilinearOptions {
  /**
   * Keep the centres of the corners in place, instead of scaling the image as an area (the default, as in PyTorch).
   */
  readonly alignCorners?: boolean;
}

/**
 * Bilinear resizing, as PyTorch's `interpolate`: x [N, C, H, W] → [N, C, height, width]. No antialiasing.
 *
 * @throws ShapeError for another rank, an image without pixels, or sizes below 1
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
  return run(resizeBilinearOp, { x }, { size, alignCorners: options.alignCorners ?? false });
}
