import { inside, pass, type GpuPass, type GpuSource } from '../backends/gpu/source.ts';
import { ShapeError } from '../errors.ts';
import { gridSampleGridGradientStep, gridSampleInputGradientSteps } from '../kernels/grid-sample.ts';
import { defineOp, rule, type Op } from '../op.ts';
import { run } from '../run.ts';
import { gridSampleShape } from '../shape/sample.ts';
import { formatShape, sameShape, sizeAt, type Shape } from '../shape/shape.ts';
import { checkSampling, gridSampleOp } from './grid-sample.ts';
import {
  addWeighted,
  channelSteps,
  coordinateAt,
  cornerTexts,
  forEachCorner,
  placeRules,
  placeText,
  type GridSampleAttrs,
  type PlaceRule,
} from './sample-places.ts';

export interface GridSampleInputGradientAttrs extends GridSampleAttrs {
  /** Height and width of the result. */
  readonly size: readonly [height: number, width: number];
}

// x̄[n,c,corner] = Σ over the places with this corner of weight · ȳ[n,c,i,j], the adjoint of gridSample in x. So its
// derivative for the cotangent is gridSample. Its derivative for the grid is that of gridSample, with x and the
// cotangent exchanged.
export const gridSampleInputGradientOp: Op<'cotangent' | 'grid', GridSampleInputGradientAttrs> = defineOp<
  'cotangent' | 'grid',
  GridSampleInputGradientAttrs
>({
  name: 'gridSampleInputGradient',
  infer({ cotangent, grid }, attrs) {
    checkSampling('gridSampleInputGradient', cotangent, grid, attrs);
    const shape = [...cotangent.shape.slice(0, 2), ...attrs.size];
    checkSampled('gridSampleInputGradient', shape, grid.shape, cotangent.shape);
    return { shape, dtype: cotangent.dtype };
  },
  gradients: {
    cotangent: rule(['grid'], ({ cotangent: x, saved: { grid }, attrs: { padding, alignCorners } }) =>
      run(gridSampleOp, { x, grid }, { padding, alignCorners }),
    ),
    grid: rule(
      ['cotangent', 'grid'],
      ({ cotangent: x, saved: { cotangent, grid }, attrs: { padding, alignCorners } }) =>
        run(gridSampleGridGradientOp, { cotangent, x, grid }, { padding, alignCorners }),
    ),
  },
  kernels: {
    reference: ({ cotangent, grid }, output, attrs) => addWeighted(output, cotangent, grid, attrs, 'image'),
    wasm: ({ cotangent, grid }, output, attrs, launch) =>
      gridSampleInputGradientSteps(cotangent, grid, output, placeRules(output.shape, attrs), launch),
    gpu({ cotangent, grid }, output, attrs) {
      const [vertical, horizontal] = placeRules(output.shape, attrs);
      const places = { rows: placesAlong('Y', grid, vertical), columns: placesAlong('X', grid, horizontal) };
      const [, , rows = 0, columns = 0] = cotangent.shape;
      // A pixel's weight for a place is the product of its weights along both axes.
      return pass({ cotangent, ...places }, output, ['n', 'c', 'y', 'x'], ({ read, sumLoop }) => {
        const nearness = (name: 'rows' | 'columns', own: string) =>
          `Math.max(0, 1 - Math.abs(${read(name, ['n', 'i', 'j'])} - ${own}))`;
        const term = `weighted(${nearness('rows', 'y')} * ${nearness('columns', 'x')}, ${read('cotangent', ['n', 'c', 'i', 'j'])})`;
        return `${sumLoop('total', { i: rows, j: columns }, term)} return total;`;
      });
    },
  },
});

// ḡ[n,i,j,·] = Σ_c ȳ[n,c,i,j] Σ over the corners of ∂weight/∂g · x[n,c,corner]
export const gridSampleGridGradientOp: Op<'cotangent' | 'x' | 'grid', GridSampleAttrs> = defineOp<
  'cotangent' | 'x' | 'grid',
  GridSampleAttrs
>({
  name: 'gridSampleGridGradient',
  infer({ cotangent, x, grid }, attrs) {
    checkSampling('gridSampleGridGradient', x, grid, attrs);
    checkSampled('gridSampleGridGradient', x.shape, grid.shape, cotangent.shape);
    return grid;
  },
  gradients: 'none',
  kernels: {
    reference({ cotangent, x, grid }, output, attrs) {
      const { channels, xStep, yStep } = channelSteps(x.shape, grid.shape);
      forEachCorner(x.shape, grid, attrs, (xAt, yAt, { slopeX, slopeY, sample }) => {
        let total = 0;
        for (let c = 0; c < channels; c += 1)
          total += (cotangent.data[yAt + c * yStep] ?? 0) * (x.data[xAt + c * xStep] ?? 0);
        for (const [axis, slope] of [slopeX, slopeY].entries()) {
          // Skip a slope of 0: the total may be infinite, and 0 · ∞ is NaN.
          if (slope !== 0) output.data[2 * sample + axis] = (output.data[2 * sample + axis] ?? 0) + slope * total;
        }
      });
    },
    wasm: ({ cotangent, x, grid }, output, attrs) => [
      gridSampleGridGradientStep(cotangent, x, grid, output, placeRules(x.shape, attrs)),
    ],
    gpu({ cotangent, x, grid }, output, attrs) {
      const [vertical, horizontal] = placeRules(x.shape, attrs);
      return pass({ cotangent, x, grid }, output, ['n', 'i', 'j', 'k'], ({ read, sumLoop }) => {
        const slopes = cornerTexts.map(
          ({ down, along, signX, signY }, corner) => `
          let slope${corner} = ${signX}slopeX * ${down};
          if (k > 0.5) { slope${corner} = ${signY}slopeY * ${along}; }`,
        );
        const cotangent = read('cotangent', ['n', 'c', 'i', 'j']);
        const terms = cornerTexts.map(
          ({ row, column }, corner) =>
            `weighted(slope${corner}, ${cotangent} * ${read('x', ['n', 'c', inside(row), inside(column)])})`,
        );
        return `
          ${placeText('X', read('grid', coordinateAt(0)), horizontal)}
          ${placeText('Y', read('grid', coordinateAt(1)), vertical)}
          ${slopes.join('')}
          ${sumLoop('total', { c: sizeAt(x.shape, 1) }, terms.join(' + '))}
          return total;`;
      });
    },
  },
});

/** A GPU pass: the places of the grid along one axis of the image, [N, H', W']. */
function placesAlong(axis: 'X' | 'Y', grid: GpuSource, along: PlaceRule): GpuPass {
  return pass(
    { grid },
    { shape: grid.shape.slice(0, 3), dtype: grid.dtype },
    ['n', 'i', 'j'],
    ({ read }) => `
    ${placeText(axis, read('grid', coordinateAt(axis === 'X' ? 0 : 1)), along)}
    return place${axis};`,
  );
}

/** @throws ShapeError unless `cotangent` has the shape of the sampled images for these shapes */
function checkSampled(op: string, x: Shape, grid: Shape, cotangent: Shape): void {
  const expected = gridSampleShape(op, x, grid);
  if (!sameShape(expected, cotangent)) {
    throw new ShapeError(
      op,
      `the cotangent has shape ${formatShape(cotangent)}, sampling gives ${formatShape(expected)}`,
    );
  }
}
