import type { DType } from '../src/dtype.ts';
import type { Shape } from '../src/shape/shape.ts';
import type { Tensor } from '../src/tensor.ts';

/** Whether two types are the same, `number` and literals, `readonly` or not told apart. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Takes a tensor of exactly this shape and dtype. */
export declare function exactly<Wanted extends Shape, D extends DType = 'float32'>(): <
  S extends Shape,
  E extends DType,
>(
  x: Tensor<S, E> &
    (Equal<readonly [S, E], readonly [Wanted, D]> extends true
      ? unknown
      : { readonly expected: Wanted; readonly got: S }),
) => void;
