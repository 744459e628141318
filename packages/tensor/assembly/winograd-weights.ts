// Transformed weights as left operands of the 36 products.

/** Channels that are summed before the sum is added to the rest: half the usual, as the transforms magnify errors. */
export const WEIGHT_DEPTH: u32 = 128;

/** The same weight of up to four outputs, zeros for those that do not exist. */
// @ts-ignore: decorator
@inline
export function gatherRows(from: usize, stride: usize, lanes: u32): v128 {
  let values = v128.load32_zero(from);
  if (lanes > 1) values = v128.load_lane<i32>(from + stride, values, 1);
  if (lanes > 2) values = v128.load_lane<i32>(from + 2 * stride, values, 2);
  if (lanes > 3) values = v128.load_lane<i32>(from + 3 * stride, values, 3);
  return values;
}
