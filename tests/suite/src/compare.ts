import type { Shape } from '@hypercorr/tensor';
import { formatShape, sameShape } from '@hypercorr/tensor/op';
import type { HostResult } from './host.ts';

/**
 * What float32 may be away from float64, of the tensor's largest element: sums of up to some thousand terms in
 * another order, and functions to a few units in the last place. Nothing here gets a wider one.
 */
export const rounding = 1e-5;

/**
 * Says how `actual` differs from `expected` by more than `tolerance` of the largest expected element,
 * or undefined. Whole numbers and truth values have to be equal.
 */
export function difference(expected: HostResult, actual: HostResult, tolerance: number): string | undefined {
  if (!sameShape(expected.shape, actual.shape)) {
    return `shape ${formatShape(actual.shape)} instead of ${formatShape(expected.shape)}`;
  }
  if (kindOf(expected) !== kindOf(actual)) return `${actual.dtype} instead of ${expected.dtype}`;
  if (expected.data.length !== actual.data.length)
    return `${actual.data.length} elements in a shape of ${expected.data.length}`;

  const largest = largestOf(expected.data);
  const allowed = kindOf(expected) === 'float' ? tolerance * largest : 0;
  let worst = 0;
  let at = -1;
  for (let i = 0; i < expected.data.length; i += 1) {
    const off = distance(expected.data[i] ?? NaN, actual.data[i] ?? NaN);
    if (off > Math.max(allowed, worst)) [worst, at] = [off, i];
  }
  if (at < 0) return undefined;
  return (
    `element ${formatShape(indexOf(at, expected.shape))} is ${actual.data[at]} instead of ${expected.data[at]}, ` +
    `off by ${(worst / largest).toExponential(1)} of the largest, ${largest} (allowed: ${tolerance})`
  );
}

const kindOf = ({ dtype }: HostResult): string => (dtype === 'float64' || dtype === 'float32' ? 'float' : dtype);

/** Of finite elements. */
const largestOf = (data: ArrayLike<number>): number => {
  let largest = 0;
  for (let i = 0; i < data.length; i += 1) {
    const size = Math.abs(data[i] ?? NaN);
    if (size > largest && size < Infinity) largest = size;
  }
  return largest;
};

/** Infinite where one of both is not a number, or infinite, and the other is not. */
const distance = (a: number, b: number): number => {
  if (Object.is(a, b) || a === b) return 0;
  const off = Math.abs(a - b);
  return Number.isNaN(off) ? Infinity : off;
};

const indexOf = (position: number, shape: Shape): Shape => {
  const index: number[] = [];
  let rest = position;
  for (const size of shape.toReversed()) {
    index.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return index;
};
