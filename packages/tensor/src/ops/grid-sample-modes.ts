import type { FloatDType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import { gridSampleShape } from '../shape/sample.ts';
import { sizeAt, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { absOp } from './abs.ts';
import { addOp } from './add.ts';
import { broadcastToOp } from './broadcast-to.ts';
import { castOp } from './cast.ts';
import { clampOp } from './clamp.ts';
import { equalOp, notEqualOp } from './comparisons.ts';
import { runBinary, runUnary } from './elementwise.ts';
import { gatherOp } from './gather.ts';
import { modOp } from './mod.ts';
import { mulOp } from './mul.ts';
import { reshapeOp } from './reshape.ts';
import { roundOp } from './rounding.ts';
import { farOutside, placeRules, type GridSampleAttrs } from './sample-places.ts';
import { sliceOp } from './slice-pad.ts';
import { subOp } from './sub.ts';
import { runWhere } from './where.ts';

/**
 * Coordinates beyond −1 and 1 mirrored there, as often as needed: g ↦ 1 − |(g + 1) mod 4 − 2|. In pixels, that mirrors at
 * the outer edges, or with aligned corners at the outermost centres.
 */
export function reflected<S extends Shape, D extends FloatDType>(grid: Tensor<S, D>): Tensor<S, D> {
  return scope(() => {
    const turn = runBinary(modOp, runBinary(addOp, grid, 1), 4);
    return runBinary(subOp, 1, runUnary(absOp, runBinary(subOp, turn, 2)));
  });
}

// y[n,c,i,j] = x[n,c,the pixel nearest to grid[n,i,j]]: one index into all pixels. No derivative for the grid flows.
export function sampleNearest<S extends Shape, D extends FloatDType>(
  x: Tensor<Shape, D>,
  grid: Tensor<Shape, D>,
  attrs: GridSampleAttrs,
): Tensor<S, D> {
  const shape = gridSampleShape('gridSample', x.shape, grid.shape);
  const [batch = 0, channels = 0, rows = 0, columns = 0] = shape;
  const [height, width] = [sizeAt(x.shape, 2), sizeAt(x.shape, 3)];
  const [ruleY, ruleX] = placeRules(x.shape, attrs);
  return scope(() => {
    const along = (axis: number, { size, slope }: { readonly size: number; readonly slope: number }) => {
      const named: Tensor = run(sliceOp, { x: grid }, { ranges: [[], [], [], [axis, axis + 1]] });
      const known = runWhere(runBinary(notEqualOp, named, named), -1, named);
      const near = run(clampOp, { x: known }, { min: -farOutside, max: farOutside });
      const free = runUnary(roundOp, runBinary(addOp, runBinary(mulOp, near, slope), (size - 1) / 2));
      const held = run(clampOp, { x: free }, { min: 0, max: size - 1 });
      return { held, isInside: runBinary(equalOp, free, held) };
    };
    const [y, across] = [along(1, ruleY), along(0, ruleX)];
    const whole = (place: Tensor): Tensor => run(castOp, { x: place }, { dtype: 'int32' });
    const flat: Tensor = runBinary(addOp, runBinary(mulOp, whole(y.held), width), whole(across.held));
    const line = run(reshapeOp, { x: flat }, { shape: [batch, 1, rows * columns] });
    const index = run(broadcastToOp, { x: line }, { shape: [batch, channels, rows * columns] });
    const pixels = run(reshapeOp, { x }, { shape: [batch, channels, height * width] });
    const picked: Tensor<S, D> = run(reshapeOp, { x: run(gatherOp, { x: pixels, index }, { axis: 2 }) }, { shape });
    if (attrs.padding === 'border') return picked;
    const isInside = runWhere(y.isInside, across.isInside, y.isInside);
    return runWhere(run(reshapeOp, { x: isInside }, { shape: [batch, 1, rows, columns] }), picked, 0);
  });
}
