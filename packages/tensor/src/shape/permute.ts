import { ShapeError } from '../errors.ts';
import { resolveAxis, resolveEach, type AxesCheck, type Position } from './axes.ts';
import { formatShape, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** Axis `i` of the result is axis `Order[i]` of `S`. */
export type Permute<S extends Shape, Order extends Shape> = [number] extends [S['length']]
  ? Shape
  : [number] extends [Order['length']]
    ? { readonly [K in keyof S]: number }
    : { readonly [K in keyof Order]: S[Position<S, Order[K]>] };

/** Verdict: `Order` names every axis of `S` once. */
export type PermuteCheck<Op extends string, S extends Shape, Order extends Shape> =
  Overlap<S['length'], Order['length']> extends true
    ? AxesCheck<Op, S, Order>
    : `[${Op}] order ${FormatShape<Order>} has ${Order['length']} axes, x ${FormatShape<S>} has ${S['length']}`;

/**
 * Reorders the axes of a shape.
 *
 * @returns the order with every axis counted from the front, and the new shape.
 * @throws ShapeError if `order` does not name every axis once.
 */
export function permuteShape(op: string, shape: Shape, order: Shape): { order: number[]; shape: number[] } {
  if (order.length !== shape.length) {
    throw new ShapeError(
      op,
      `order ${formatShape(order)} has ${order.length} axes, x ${formatShape(shape)} has ${shape.length}`,
    );
  }
  const places = resolveEach(op, shape, order);
  return { order: places, shape: places.map((axis) => shape[axis] ?? 1) };
}

/** The shape with two axes exchanged. */
export type Transpose<S extends Shape, A extends number, B extends number> = [number] extends [S['length']]
  ? Shape
  : [number] extends [Position<S, A> | Position<S, B>]
    ? { readonly [K in keyof S]: number }
    : {
        readonly [K in keyof S]: K extends `${Position<S, A>}`
          ? S[Position<S, B>]
          : K extends `${Position<S, B>}`
            ? S[Position<S, A>]
            : S[K];
      };

/**
 * The order that exchanges two axes, for `permuteShape`.
 *
 * @throws ShapeError for an axis that does not exist.
 */
export function transposeOrder(op: string, shape: Shape, a: number, b: number): number[] {
  const [from, to] = [resolveAxis(op, shape, a), resolveAxis(op, shape, b)];
  return shape.map((_, axis) => (axis === from ? to : axis === to ? from : axis));
}
