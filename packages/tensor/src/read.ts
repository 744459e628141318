import type { ComputingBackend } from './backend.ts';
import { BackendError, ShapeError } from './errors.ts';
import type { DType, HostArrays } from './dtype.ts';
import type { Engine } from './engine.ts';
import { fromHost } from './create.ts';
import { formatShape, type Shape } from './shape/shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * The elements in row-major order, as a copy. Waits for the device. If an earlier operation failed there, the promise
 * rejects with its error.
 *
 * @throws BackendError on a backend that computes nothing (`planningBackend`)
 */
export async function read<D extends DType>(x: Tensor<Shape, D>): Promise<HostArrays[D]> {
  const data = await readableBackend('read', x).read(x.storage('read').handle, x.dtype, x.size);
  return data as HostArrays[D];
}

/**
 * The elements in row-major order, as a copy, without waiting for a promise.
 *
 * @throws BackendError on a backend that can only be read asynchronously (`gpu`), or that computes nothing
 */
export function readSync<D extends DType>(x: Tensor<Shape, D>): HostArrays[D] {
  const backend = readableBackend('readSync', x);
  if (backend.readSync === undefined) {
    throw new BackendError('readSync', `the ${backend.name} backend reads asynchronously: use \`await read(x)\``);
  }
  return backend.readSync(x.storage('readSync').handle, x.dtype, x.size) as HostArrays[D];
}

function readableBackend(asker: string, { engine: { backend } }: Tensor): ComputingBackend {
  if (backend.kernels !== 'none') return backend;
  throw new BackendError(asker, `the ${backend.name} backend computes nothing, so there are no elements to read`);
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
  engine.assertTakes('to', x.dtype);
  engine.assertUsable('to');
  const data = await read(x);
  // The engine may have been shut down while the elements were read.
  engine.assertUsable('to');
  return fromHost(data, x.shape, x.dtype, engine);
}
