import { sizeOf, type Shape } from '../../shape/shape.ts';

/**
 * Walks all indices of `shape` in row-major order and calls `visit` with the flat position and the offset
 * that each list of strides gives at that index. The offsets array is reused from call to call.
 */
export function forEachOffset(
  shape: Shape,
  strides: readonly (readonly number[])[],
  visit: (position: number, offsets: readonly number[]) => void,
): void {
  const index = new Array<number>(shape.length).fill(0);
  const offsets = new Array<number>(strides.length).fill(0);
  const size = sizeOf(shape);
  for (let position = 0; position < size; position += 1) {
    visit(position, offsets);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const next = (index[axis] ?? 0) + 1;
      const wrapped = next === shape[axis];
      index[axis] = wrapped ? 0 : next;
      for (let i = 0; i < strides.length; i += 1) {
        const stride = strides[i]?.[axis] ?? 0;
        offsets[i] = (offsets[i] ?? 0) + (wrapped ? -stride * (next - 1) : stride);
      }
      if (!wrapped) break;
    }
  }
}
