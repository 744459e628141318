import type { DType, Engine, FloatDType, HostArray, Shape, Tensor } from '@hypercorr/tensor';
import { fromHost, hostArray, sizeOf } from '@hypercorr/tensor/op';

/** What an input holds; `float` is float32 or float64, as the engine under test has it. */
export type Kind = 'float' | 'int32' | 'bool';

/** The dtypes that a tensor of this kind may have. */
export type DTypeOf<K extends Kind> = K extends 'float' ? FloatDType : K;

/** A tensor on the host, before it has an engine or a precision. */
export interface HostTensor {
  readonly shape: Shape;
  readonly kind: Kind;
  readonly values: ArrayLike<number>;
}

/** A tensor that was read back. */
export interface HostResult {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly data: HostArray;
}

/** Puts a host tensor on an engine. */
export function upload(
  host: HostTensor & { readonly kind: 'float' },
  engine: Engine,
  precision: FloatDType,
): Tensor<Shape, FloatDType>;
export function upload(host: HostTensor, engine: Engine, precision: FloatDType): Tensor;
export function upload({ shape, kind, values }: HostTensor, engine: Engine, precision: FloatDType): Tensor {
  const dtype = kind === 'float' ? precision : kind;
  const data = hostArray(dtype, sizeOf(shape));
  data.set(values);
  return fromHost(data, shape, dtype, engine);
}
