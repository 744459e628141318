// Reading a step's parameter block: 32-bit words, in the order in which the host side lists them.

/** Word `i` as an unsigned address. */
// @ts-ignore: decorator
@inline
export function pointerAt(params: usize, i: i32): usize {
  return load<u32>(params + (<usize>i << 2));
}

/** Word `i` as a size, count or stride. */
// @ts-ignore: decorator
@inline
export function sizeAt(params: usize, i: i32): i32 {
  return load<i32>(params + (<usize>i << 2));
}

/** Word `i` as a float32. */
// @ts-ignore: decorator
@inline
export function floatAt(params: usize, i: i32): f32 {
  return load<f32>(params + (<usize>i << 2));
}

/** Words `i` and `i` + 1 as a float64. */
// @ts-ignore: decorator
@inline
export function doubleAt(params: usize, i: i32): f64 {
  return load<f64>(params + (<usize>i << 2));
}
