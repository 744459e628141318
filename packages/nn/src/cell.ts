import {
  BackendError,
  DTypeError,
  ShapeError,
  keep,
  type DType,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, formatShape, sameShape } from '@hypercorr/tensor/op';

/**
 * A place that owns one tensor and can replace it: the only mutable thing in this library. The tensor belongs to no
 * scope. It is freed when another replaces it, or with the cell.
 */
export abstract class Cell<S extends Shape = Shape, D extends DType = DType> implements Disposable {
  #value: Tensor<S, D>;

  /** Takes ownership of `value`. */
  constructor(value: Tensor<S, D>) {
    this.#value = keep(value);
  }

  /** The tensor that the cell holds now. The cell may free it: `retain` it to keep it longer. */
  get value(): Tensor<S, D> {
    return this.#value;
  }

  /**
   * Takes ownership of `value` and frees the tensor held before.
   *
   * @throws ShapeError, DTypeError, BackendError unless `value` has the shape, dtype and engine of the tensor before
   */
  set(value: Tensor<S, D>): void {
    const before = this.#value;
    if (value === before) return;
    if (!sameShape(value.shape, before.shape)) {
      throw new ShapeError('set', `the cell holds shape ${formatShape(before.shape)}, got ${formatShape(value.shape)}`);
    }
    if (value.dtype !== before.dtype) throw new DTypeError('set', `the cell holds ${before.dtype}, got ${value.dtype}`);
    if (value.engine !== before.engine) {
      throw new BackendError('set', 'the value lives on another engine than the cell: move it with to(x, engine)');
    }
    this.#value = keep(value);
    before.dispose();
  }

  dispose(): void {
    this.#value.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** A cell that training changes. It holds a floating-point tensor, and gradients are taken of the tensor. */
export class Parameter<S extends Shape = Shape, D extends FloatDType = FloatDType> extends Cell<S, D> {}

export interface BufferOptions {
  /** Whether a state dict is complete without this buffer. Older files lack some buffers. */
  readonly optional?: boolean;
}

const bufferOptions = { optional: true };

/** State that belongs to a module but is not trained, such as running statistics. */
export class Buffer<S extends Shape = Shape, D extends DType = DType> extends Cell<S, D> {
  readonly optional: boolean;

  constructor(value: Tensor<S, D>, options: BufferOptions = {}) {
    checkOptions('Buffer', options, bufferOptions);
    super(value);
    this.optional = options.optional ?? false;
  }
}

/** Parameters by name. Gradients are taken of them, and an optimiser updates them. */
export type NamedParameters = Readonly<Record<string, Parameter>>;
