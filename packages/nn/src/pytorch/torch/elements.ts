import { sizeOf, type Shape } from '@hypercorr/tensor';
import { elementBytes } from '../../safetensors/format.ts';
import { reachOf, type View } from './tensor.ts';

/**
 * The elements that a view looks at, in row-major order and in memory of their own.
 *
 * @param record the whole record that the view's storage lies in
 */
export function elementsOf({ dtype, storage, shape, strides, offset }: View, record: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = elementBytes[dtype];
  const begin = storage.begin + offset * size;
  // Copied, since records lie anywhere and typed arrays do not.
  const seen = new Uint8Array(record.subarray(begin, begin + reachOf({ shape, strides }) * size));
  if (isContiguous(shape, strides)) return seen;
  const elements = new Uint8Array(sizeOf(shape) * size);
  switch (size) {
    case 1:
      walk(seen, elements, shape, strides);
      break;
    case 2:
      walk(new Uint16Array(seen.buffer), new Uint16Array(elements.buffer), shape, strides);
      break;
    case 4:
      walk(new Uint32Array(seen.buffer), new Uint32Array(elements.buffer), shape, strides);
      break;
    case 8:
      walk(new BigUint64Array(seen.buffer), new BigUint64Array(elements.buffer), shape, strides);
      break;
  }
  return elements;
}

function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    const size = shape[axis] ?? 1;
    // A step that is never taken may be any.
    if (size !== 1 && strides[axis] !== step) return shape.includes(0);
    step *= size;
  }
  return true;
}

/** out[i₀, i₁, …] = seen[Σ iₐ · strideₐ], with the last axis innermost. */
function walk<T extends number | bigint>(seen: Elements<T>, out: Elements<T>, shape: Shape, strides: readonly number[]): void {
  const inner = shape.length - 1;
  const [length = 1, step = 0] = [shape[inner], strides[inner]];
  const index = shape.map(() => 0);
  for (let at = 0, from = 0; at < out.length; at += length) {
    for (let i = 0; i < length; i += 1) {
      const element = seen[from + i * step];
      if (element !== undefined) out[at + i] = element;
    }
    for (let axis = inner - 1; axis >= 0; axis -= 1) {
      const next = (index[axis] ?? 0) + 1;
      const [size = 1, stride = 0] = [shape[axis], strides[axis]];
      from += stride;
      index[axis] = next;
      if (next < size) break;
      from -= stride * size;
      index[axis] = 0;
    }
  }
}

interface Elements<T> {
  readonly length: number;
  [index: number]: T;
}
