import type { DType } from './dtype.ts';
import type { Shape } from './shape/shape.ts';

/** What is known of a tensor before any element is computed. */
export interface Spec<S extends Shape = Shape, D extends DType = DType> {
  readonly shape: S;
  readonly dtype: D;
}

/** One value for each name: an operation's inputs, by the names its record gives them. */
export type Named<Name extends string, T> = { readonly [K in Name]: T };
