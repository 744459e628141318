import type { DType } from '../dtype.ts';
import type { SliceRange } from '../shape/slice.ts';
import { splitSizes, type SplitParts, type Split, type SplitCheck } from '../shape/split.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { slice } from './slice-pad.ts';

/** The parts of a tensor, by their shapes. */
export type SplitTensors<Shapes, D extends DType> = {
  readonly [K in keyof Shapes]: Tensor<Extract<Shapes[K], Shape>, D>;
};

/**
 * Cuts x along an axis. `split(x, [1, 3], 0)` gives parts of these sizes. `split(x, 2, 0)` gives two parts of equal
 * size. (In PyTorch, `split` takes the size of a part, and `chunk` the number of parts.) The parts are copies: an
 * operation has one output, so each part is a `slice`, and the gradient of a part is a padding.
 *
 * @param parts sizes that add up to the size of the axis, or a number of parts that divides it
 * @returns the parts in order: a tuple where the number of parts is a literal
 * @throws ShapeError for an axis that does not exist, sizes that do not add up to it, or a number that does not divide it
 * @category Shapes and places
 */
export function split<S extends Shape, D extends DType, const P extends SplitParts, const Axis extends number>(
  x: Tensor<S, D>,
  parts: P & Fits<SplitCheck<'split', S, P, Axis>>,
  axis: Axis,
): SplitTensors<Split<S, P, Axis>, D>;
export function split(x: Tensor, parts: SplitParts, axis: number): readonly Tensor[] {
  const { axis: place, sizes } = splitSizes('split', x.shape, parts, axis);
  let start = 0;
  return sizes.map((size) => {
    const ranges = x.shape.map((_, at): SliceRange => (at === place ? [start, start + size] : []));
    start += size;
    return slice(x, ranges);
  });
}
