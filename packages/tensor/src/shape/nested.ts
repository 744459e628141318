import { ShapeError } from '../errors.ts';
import { sameShape, type Shape } from './shape.ts';

/** The argument of `tensor`: a number or boolean, or a nested list of them. */
export type NestedData = number | boolean | readonly NestedData[];

/** The shape of a nested list: `[[1,2],[3,4]]` → `[2,2]`. A list of open length gives the size `number`. */
export type NestedShape<T, Outer extends Shape = readonly []> = [T] extends [never]
  ? Outer
  : [T] extends [readonly unknown[]]
    ? NestedShape<T[number], readonly [...Outer, T['length']]>
    : [Extract<T, readonly unknown[]>] extends [never]
      ? Outer
      : Shape;

/** Verdict: all lists at one depth have one length, as far as the literal types show. */
export type NestedCheck<Op extends string, T> = [T] extends [readonly unknown[]]
  ? [number] extends [T['length']]
    ? true
    : EntriesCheck<Op, T[number]>
  : true;

type EntriesCheck<Op extends string, Entry> = [Extract<Entry, readonly unknown[]>] extends [never]
  ? true
  : [Entry] extends [readonly unknown[]]
    ? IsUnion<Entry['length']> extends true
      ? `[${Op}] lists of different lengths side by side`
      : NestedCheck<Op, Entry>
    : `[${Op}] lists and single values side by side`;

type IsUnion<T, All = T> = [T] extends [never] ? false : T extends unknown ? ([All] extends [T] ? false : true) : never;

/**
 * The shape of a nested list.
 *
 * @throws ShapeError where lists at one depth have different lengths, or stand beside single values.
 */
export function nestedShape(op: string, values: NestedData): number[] {
  if (typeof values !== 'object') return [];
  const [first, ...others] = values;
  if (first === undefined) return [0];
  const inner = nestedShape(op, first);
  for (const other of others) {
    if (typeof other !== typeof first && [other, first].some((value) => typeof value === 'object')) {
      throw new ShapeError(op, 'lists and single values side by side');
    }
    if (!sameShape(nestedShape(op, other), inner)) {
      throw new ShapeError(op, 'lists of different lengths side by side');
    }
  }
  return [values.length, ...inner];
}
