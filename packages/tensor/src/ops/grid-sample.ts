import { inside, pass } from '../backends/gpu/source.ts';
import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { gridSampleSteps } from '../kernels/grid-sample.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { gridSampleShape, type GridSample, type GridSampleCheck } from '../shape/sample.ts';
import { sizeAt, type Fits, type Shape } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { checkChoice, checkDType, floats } from './elementwise.ts';
import { reflected, sampleNearest } from './grid-sample-modes.ts';
import { gridSampleGridGradientOp, gridSampleInputGradientOp } from './grid-sample-gradients.ts';
import {
  addWeighted,
  coordinateAt,
  cornerTexts,
  placeRules,
  placeText,
  type GridSampleAttrs,
  type SamplePadding,
} from './sample-places.ts';

// y[n,c,i,j] = Σ over the corners of place grid[n,i,j] of weight · x[n,c,corner]
export const gridSampleOp: Op<'x' | 'grid', GridSampleAttrs> = defineOp<'x' | 'grid', GridSampleAttrs>({
  name: 'gridSample',
  infer({ x, grid }, attrs) {
    checkSampling('gridSample', x, grid, attrs);
    return { shape: gridSampleShape('gridSample', x.shape, grid.shape), dtype: x.dtype };
  },
  gradients: {
    x: rule(['grid'], ({ cotangent, saved: { grid }, attrs, inputs: { x } }) =>
      run(gridSampleInputGradientOp, { cotangent, grid }, { ...attrs, size: [sizeAt(x.shape, 2), sizeAt(x.shape, 3)] }),
    ),
    grid: rule(['x', 'grid'], ({ cotangent, saved: { x, grid }, attrs }) =>
      run(gridSampleGridGradientOp, { cotangent, x, grid }, attrs),
    ),
  },
  kernels: {
    reference: ({ x, grid }, output, attrs) => addWeighted(output, x, grid, attrs, 'samples'),
    wasm: ({ x, grid }, output, attrs, launch) => gridSampleSteps(x, grid, output, placeRules(x.shape, attrs), launch),
    gpu({ x, grid }, output, attrs) {
      const [vertical, horizontal] = placeRules(x.shape, attrs);
      return pass({ x, grid }, output, ['n', 'c', 'i', 'j'], ({ read }) => {
        const terms = cornerTexts.map(
          ({ down, along, row, column }, k) => `
          const weight${k} = ${down} * ${along};
          if (weight${k} > 0) { total += weight${k} * ${read('x', ['n', 'c', inside(row), inside(column)])}; }`,
        );
        return `
          ${placeText('X', read('grid', coordinateAt(0)), horizontal)}
          ${placeText('Y', read('grid', coordinateAt(1)), vertical)}
          let total = 0;
          ${terms.join('')}
          return total;`;
      });
    },
  },
});

/** @throws DTypeError unless `grid` has the dtype of the images; RangeError unless there is such a padding */
export function checkSampling(op: string, images: Spec, grid: Spec, { padding }: GridSampleAttrs): void {
  checkDType(op, images.dtype, floats);
  if (grid.dtype !== images.dtype) {
    throw new DTypeError(op, `x is ${images.dtype}, grid ${grid.dtype}; cast one to the other's dtype`);
  }
  checkChoice(op, 'padding', padding, ['zeros', 'border']);
}

export interface GridSampleOptions {
  /** Between the pixels around a place: their weighted sum (`bilinear`, the default), or the `nearest` one. */
  readonly mode?: 'bilinear' | 'nearest';
  /**
   * The value outside the image: `zeros` (the default), the nearest pixel of the image (`border`), or the image mirrored at
   * its edges (`reflection`).
   */
  readonly padding?: SamplePadding | 'reflection';
  /** Whether −1 and 1 mean the centres of the outermost pixels, or their outer edges (the default, as in PyTorch). */
  readonly alignCorners?: boolean;
}

const gridSampleOptions = { mode: true, padding: true, alignCorners: true };

/**
 * Samples images at given places, as PyTorch's `grid_sample` does: x [N, C, H, W] at grid [N, H', W', 2] →
 * [N, C, H', W'].
 *
 * A place is a pair: the coordinate along the width, then the coordinate along the height. −1 is the left or upper end
 * of the image, 1 the right or lower end. NaN counts as −1. Where the derivative for the grid jumps, its value is that
 * of the right side. With the padding `border`, the derivative is 0 on the border and beyond. The derivative for the
 * grid has no derivative of its own. In mode `nearest`, halves go to the even pixel, and no derivative for the grid
 * flows.
 *
 * On the gpu backend the gradient for x reads all places of the grid for each pixel.
 *
 * @throws ShapeError for other ranks, images without pixels, or a number of grids that differs from the number of
 * images; DTypeError for dtypes that are not floating point or not equal; RangeError for an unknown mode or padding
 * @category Resizing and sampling
 */
export function gridSample<S extends Shape, G extends Shape, D extends FloatDType>(
  x: Tensor<S, D>,
  grid: Tensor<G, D> & Fits<GridSampleCheck<'gridSample', S, G>>,
  options: GridSampleOptions = {},
): Tensor<GridSample<S, G>, D> {
  checkOptions('gridSample', options, gridSampleOptions);
  const { mode = 'bilinear', padding = 'zeros', alignCorners = false } = options;
  checkChoice('gridSample', 'mode', mode, ['bilinear', 'nearest']);
  checkChoice('gridSample', 'padding', padding, ['zeros', 'border', 'reflection']);
  const places: Tensor<Shape, D> = grid;
  // Mirrored places lie on the image, up to half a pixel beyond the outermost centres.
  const attrs = { padding: padding === 'reflection' ? 'border' : padding, alignCorners } as const;
  checkSampling('gridSample', x, places, attrs);
  gridSampleShape('gridSample', x.shape, places.shape);
  if (mode === 'bilinear' && padding !== 'reflection') return run(gridSampleOp, { x, grid }, attrs);
  return scope(() => {
    const named = padding === 'reflection' ? reflected(places) : places;
    return mode === 'nearest' ? sampleNearest(x, named, attrs) : run(gridSampleOp, { x, grid: named }, attrs);
  });
}
