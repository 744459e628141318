// Indices into an axis.

/** The place that an index names on an axis of `size`: from the end if negative, drawn in if beyond it. */
// @ts-ignore: decorator
@inline
export function placeOf(index: i32, size: i32): i32 {
  return max(0, min(index < 0 ? index + size : index, size - 1));
}
