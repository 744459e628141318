import type { Shape } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import { allocate } from '../../allocate.ts';
import { elementBytes } from '../../safetensors/format.ts';
import type { Refuse } from '../format.ts';
import type { View } from './tensor.ts';

/**
 * The elements of a view, in row-major order and in memory of their own. No other byte of the record is read, however
 * far apart the elements are.
 *
 * @param record the whole record of the view's storage
 * @throws FormatError for more elements than fit into memory
 */
export function elementsOf(
  { dtype, storage, shape, strides, offset }: View,
  record: Uint8Array,
  refuse: Refuse,
): Uint8Array<ArrayBuffer> {
  const size = elementBytes[dtype];
  const elements = allocate(sizeOf(shape) * size, refuse);
  if (elements.length === 0) return elements;
  const first = storage.begin + offset * size;
  const begin = record.byteOffset + first;
  // A record may begin at any byte, but typed arrays need alignment, and numbers of 8 bytes are slow. So the parts of
  // an element become one more axis.
  const unit = begin % 4 === 0 && size >= 4 ? 4 : begin % 2 === 0 && size >= 2 ? 2 : 1;
  const parts = size / unit;
  const axes = mergedAxes([...shape, parts], [...strides.map((stride) => stride * parts), 1]);
  if (axes.length === 1 && axes[0]?.stride === 1) {
    elements.set(record.subarray(first, first + elements.length));
    return elements;
  }
  gather(inUnits(record.buffer, unit), begin / unit, inUnits(elements.buffer, unit), axes);
  return elements;
}

interface Axis {
  readonly size: number;
  readonly stride: number;
}

const noAxis: Axis = { size: 1, stride: 1 };

/**
 * The same walk in as few axes as possible: no axis of size 1, and no two axes that one could replace. There is always
 * a last axis.
 */
function mergedAxes(shape: Shape, strides: readonly number[]): Axis[] {
  const merged: Axis[] = [];
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const stride = strides[axis] ?? 0;
    const outer = merged.at(-1);
    if (outer?.stride === stride * size) merged.splice(-1, 1, { size: outer.size * size, stride });
    else merged.push({ size, stride });
  }
  return merged.length === 0 ? [noAxis] : merged;
}

/** out[i₀, i₁, …] = seen[begin + Σ iₐ · strideₐ], with the last axis innermost. */
function gather(seen: Elements, begin: number, out: Elements, axes: readonly Axis[]): void {
  const { size: length, stride: step } = axes.at(-1) ?? noAxis;
  const outer = axes.slice(0, -1);
  const index = outer.map(() => 0);
  for (let at = 0, from = begin; at < out.length; at += length) {
    for (let i = 0; i < length; i += 1) out[at + i] = seen[from + i * step] ?? 0;
    for (let axis = outer.length - 1; axis >= 0; axis -= 1) {
      const { size, stride } = outer[axis] ?? noAxis;
      const next = (index[axis] ?? 0) + 1;
      from += stride;
      index[axis] = next;
      if (next < size) break;
      from -= stride * size;
      index[axis] = 0;
    }
  }
}

function inUnits(buffer: ArrayBufferLike, unit: 1 | 2 | 4): Elements {
  switch (unit) {
    case 1:
      return new Uint8Array(buffer);
    case 2:
      return new Uint16Array(buffer, 0, Math.floor(buffer.byteLength / 2));
    case 4:
      return new Uint32Array(buffer, 0, Math.floor(buffer.byteLength / 4));
  }
}

type Elements = Uint8Array | Uint16Array | Uint32Array;
