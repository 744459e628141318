import { sizeAt } from './params';

/**
 * The element offset of batch entry `index` in an operand. `axes` lists for each batch axis its size and the
 * strides of the operands, of which the `operand`-th (from 1) is taken; a stride of 0 broadcasts.
 */
// @ts-ignore: decorator
@inline
export function batchOffset(axes: usize, rank: i32, index: u32, operand: i32): u32 {
  let offset: u32 = 0;
  for (let axis = rank - 1; axis >= 0; axis--) {
    const size = <u32>sizeAt(axes, 3 * axis);
    offset += (index % size) * sizeAt(axes, 3 * axis + operand);
    index /= size;
  }
  return offset;
}
