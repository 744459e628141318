import { DTypeError, BackendError, ShapeError } from './errors.ts';
import type { DType, HostArrays } from './dtype.ts';
import type { Engine } from './engine.ts';
import { fromHost } from './create.ts';
import { formatShape, type Shape } from './shape/shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * The elements in row-major order, as a copy. Waits for the device. If an earlier operation failed there, the promise
 * rejects with its error.
 */
export async function read<D extends DType>(x: Tensor<Shape, D>): Promise<HostArrays[D]> {
  const data = await x.engine.backend.read(x.storage('read').handle, x.dtype, x.size);
  return data as HostArrays[D];
}

/**
 * The elements in row-major order, as a copy, without waiting for a promise.
 *
 * @throws BackendError on a backend that can only be read asynchronously (`gpu`)
 */
export function readSync<D extends DType>(x: Tensor<Shape, D>): HostArrays[D] {
  const { backend } = x.engine;
  if (backend.readSync === undefined) {
    throw new BackendError('readSync', `the ${backend.name} backend reads asynchronously: use \`await read(x)\``);
  }
  return backend.readSync(x.storage('readSync').handle, x.dtype, x.size) as HostArrays[D];
}

/**
 * The one element of a tensor of size 1, as a number.
 *
 * @throws ShapeError for any other size
 */
export async function item(x: Tensor): Promise<number> {
  if (x.size !== 1) throw new ShapeError('item', `needs a tensor of one element, got ${formatShape(x.shape)}`);
  const [value = NaN] = await read(x);
  return value;
}

/** A copy of `x` on another engine. No derivative flows through it. */
export async function to<S extends Shape, D extends DType>(x: Tensor<S, D>, engine: Engine): Promise<Tensor<S, D>> {
  if (x.dtype === 'float64' && engine.backend.name !== 'reference') {
    throw new DTypeError(
      'to',
      `float64 lives on the reference backend only, not on ${engine.backend.name}; cast to float32 first`,
    );
  }
  engine.assertUsable('to');
  const data = await read(x);
  // The engine may have been shut down while the elements were read.
  engine.assertUsable('to');
  return fromHost(data, x.shape, x.dtype, engine);
}
