import type { DType } from '../dtype.ts';
import { run } from '../run.ts';
import { scope } from '../scope.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { sizeAt } from '../shape/shape.ts';
import { tileShape, type Tile, type TileCheck } from '../shape/tile.ts';
import type { Tensor } from '../tensor.ts';
import { broadcastToOp } from './broadcast-to.ts';
import { reshapeOp } from './reshape.ts';

/**
 * x several times along each axis: `tile(x, [1, 3])` puts three copies side by side, as PyTorch's `tile` and `repeat` do.
 * The result is a copy. For further axes in front, reshape x first.
 *
 * @param repeats the number of copies along each axis
 * @throws ShapeError unless there is a whole number from 0 for each axis
 * @category Shapes and places
 */
export function tile<S extends Shape, D extends DType, const Repeats extends Shape>(
  x: Tensor<S, D>,
  repeats: Repeats & Fits<TileCheck<'tile', S, Repeats>>,
): Tensor<Tile<S, Repeats>, D> {
  const shape = tileShape('tile', x.shape, repeats);
  // Axes [1, size] become [repeats, size], and then one.
  return scope(() => {
    const split = run(reshapeOp, { x }, { shape: x.shape.flatMap((size) => [1, size]) });
    const target = x.shape.flatMap((size, axis) => [sizeAt(repeats, axis), size]);
    return run(reshapeOp, { x: run(broadcastToOp, { x: split }, { shape: target }) }, { shape });
  });
}
