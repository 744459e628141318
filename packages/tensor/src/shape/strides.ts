import type { Shape } from './shape.ts';

/** Distance, in elements, between neighbours along each axis of a contiguous row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis -= 1) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}

/**
 * The strides for reading a tensor of `shape` in a walk over the indices of the larger shape `over`. The stride is 0
 * along the axes that broadcasting stretches.
 */
export function broadcastStrides(shape: Shape, over: Shape): number[] {
  const own = stridesOf(shape);
  const extra = over.length - shape.length;
  return over.map((_, axis) => (axis < extra || shape[axis - extra] === 1 ? 0 : (own[axis - extra] ?? 0)));
}

/** An axis of a loop over several tensors at once: its length, and each tensor's stride along it. */
export interface LoopAxis {
  readonly size: number;
  readonly strides: readonly number[];
}

/**
 * The shortest list of axes that walks the same elements: axes of size 1 are left out, and neighbouring axes are merged
 * where every tensor steps through both evenly. The list has at least one axis; the innermost is last.
 */
export function mergeAxes(shape: Shape, strides: readonly (readonly number[])[]): LoopAxis[] {
  const merged: LoopAxis[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const here: LoopAxis = { size, strides: strides.map((list) => list[axis] ?? 0) };
    const outer = merged.at(-1);
    if (outer !== undefined && outer.strides.every((stride, i) => stride === (here.strides[i] ?? 0) * size)) {
      merged[merged.length - 1] = { size: outer.size * size, strides: here.strides };
    } else merged.push(here);
  }
  return merged.length > 0 ? merged : [{ size: 1, strides: strides.map(() => 0) }];
}
