import type { DType } from './dtype.ts';
import type { Engine } from './engine.ts';
import { DisposedError } from './errors.ts';
import { formatShape, sizeOf, type Shape } from './shape/shape.ts';
import { track, untrack } from './lifetime.ts';
import type { Spec } from './spec.ts';
import type { Storage } from './storage.ts';

let nextIdentity = 1;

/**
 * An immutable, contiguous, row-major value of `shape` and `dtype` that lives on one engine.
 *
 * Free it with `dispose()`, `using`, or by making it inside `scope(() => …)`.
 */
export class Tensor<S extends Shape = Shape, D extends DType = DType> implements Spec<S, D> {
  readonly shape: S;
  readonly dtype: D;
  readonly engine: Engine;
  /** The value's identity for differentiation. All handles of one value share it. */
  readonly identity: number;
  #storage: Storage | null;

  /** @internal Tensors are made by operations and creation functions. */
  constructor(engine: Engine, storage: Storage, shape: S, dtype: D, identity = nextIdentity++) {
    this.engine = engine;
    this.#storage = storage;
    this.shape = shape;
    this.dtype = dtype;
    this.identity = identity;
    engine.register(this);
    track(this);
  }

  /** Number of elements. */
  get size(): number {
    return sizeOf(this.shape);
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  get disposed(): boolean {
    return this.#storage === null;
  }

  /** Frees this handle. The elements are freed with their last handle. A second call does nothing. */
  dispose(): void {
    const storage = this.#storage;
    if (storage === null) return;
    this.#storage = null;
    untrack(this);
    this.engine.unregister(this);
    storage.release();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal The stored elements, or an error that names who asked for them. */
  storage(asker: string): Storage {
    if (this.#storage === null) {
      throw new DisposedError(
        asker,
        `a tensor of shape ${formatShape(this.shape)} was used after it was freed; ` +
          'return it from its scope, or `keep` it, if it is needed later',
      );
    }
    return this.#storage;
  }

  /** Shape and dtype; `await format(x)` prints the elements. */
  toString(): string {
    const state = this.disposed ? ', disposed' : '';
    return `Tensor(${this.dtype}, ${formatShape(this.shape)}${state})`;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }
}

/**
 * A second handle on the same value, to be disposed separately.
 * Derivatives treat both as one value.
 */
export function retain<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  return new Tensor(x.engine, x.storage('retain').retain(), x.shape, x.dtype, x.identity);
}

/** The same elements as a new value: no derivative flows through. Shape and dtype as `x`. */
export function stopGradient<S extends Shape, D extends DType>(x: Tensor<S, D>): Tensor<S, D> {
  return new Tensor(x.engine, x.storage('stopGradient').retain(), x.shape, x.dtype);
}
