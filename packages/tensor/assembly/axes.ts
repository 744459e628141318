// Walking over several axes at once. A list of axes lies in the parameters as (size, stride) pairs, outermost first.

import { sizeAt } from './params';

/** The offset, in elements, of the `index`-th position in row-major order over `count` axes. */
export function offsetAlong(axes: usize, count: i32, index: u32): u32 {
  let offset: u32 = 0;
  for (let axis = count - 1; axis > 0; axis -= 1) {
    const size = <u32>sizeAt(axes, 2 * axis);
    offset += (index % size) * <u32>sizeAt(axes, 2 * axis + 1);
    index /= size;
  }
  return count > 0 ? offset + index * <u32>sizeAt(axes, 1) : offset;
}
