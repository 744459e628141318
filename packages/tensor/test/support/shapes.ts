import fc from 'fast-check';
import { ShapeError } from '../../src/errors.ts';
import type { NestedData } from '../../src/shape/nested.ts';
import type { Shape } from '../../src/shape/shape.ts';

export const size = fc.integer({ min: 0, max: 5 });
export const shape = fc.array(size, { maxLength: 4 });
export const shapeWithAxis = fc
  .array(size, { minLength: 1, maxLength: 4 })
  .chain((s) => fc.tuple(fc.constant(s), fc.integer({ min: -s.length, max: s.length - 1 })));

/** A nested array of a shape, without zeros in front (they would hide what follows). */
export const nest = ([first, ...rest]: Shape): NestedData =>
  first === undefined ? 0 : Array.from({ length: first }, () => nest(rest));

export const indices = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** What a rule gives, or `null` where it refuses; any error but its own is a fault of the rule. */
export function attempt<T>(rule: () => T): T | null {
  try {
    return rule();
  } catch (error) {
    if (error instanceof ShapeError && error.message.startsWith('[op] ')) return null;
    throw error;
  }
}
