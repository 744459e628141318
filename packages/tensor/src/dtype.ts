import { DTypeError } from './errors.ts';

/** All element types. */
export const dtypes = ['float32', 'float64', 'int32', 'bool'] as const;

/** Element types. A backend says which it takes; of ours the reference backend alone takes `float64`. */
export type DType = (typeof dtypes)[number];

/** Types that carry gradients. */
export type FloatDType = 'float32' | 'float64';

/** Types that arithmetic takes. */
export type NumericDType = FloatDType | 'int32';

/** How each dtype looks on the host; `bool` is 0 or 1 in a byte. */
export interface HostArrays {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int32: Int32Array;
  readonly bool: Uint8Array;
}

export type HostArray<D extends DType = DType> = HostArrays[D];

const constructors = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const;

/** A zero-filled host array of `size` elements. */
export function hostArray(dtype: DType, size: number): HostArray {
  return new constructors[dtype](size);
}

/** Host bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

export function isFloat(dtype: DType): dtype is FloatDType {
  return dtype === 'float32' || dtype === 'float64';
}

/** @throws DTypeError in the operation's name for a word that is no dtype: JavaScript callers have no type check */
export function checkDTypeName(op: string, dtype: DType): void {
  if (!dtypes.includes(dtype))
    throw new DTypeError(op, `there is no dtype ${String(dtype)}; there are ${dtypes.join(', ')}`);
}
