import { floorDiv, floorMod } from './index-text.ts';
import { num } from './pass.ts';

/** One axis of a convolution, as its input gradient walks it. */
export interface TapAxis {
  /** Positions of the convolution's output. */
  readonly size: number;
  readonly stride: number;
  /** Negative where the convolution crops. */
  readonly padding: number;
  readonly dilation: number;
  readonly taps: number;
}

/** The output index whose tap `tap` fell on `position`, as text; outside of the axis where the stride skipped it. */
export function tapSource(position: string, tap: string, { size, stride, padding, dilation, taps }: TapAxis): string {
  const at = `${position} + ${num(padding)} - ${tap} * ${dilation}`;
  if (stride === 1) return at;
  // Division is exact from 0 up: shift by whole strides, so that the numerator never is negative.
  const shift = Math.ceil(((taps - 1) * dilation - Math.min(0, padding)) / stride);
  const shifted = `${at} + ${shift * stride}`;
  // A remainder pushes the index past the end; a ternary in an index is more than GPU.js can type.
  return `${floorDiv(shifted, stride)} - ${shift} + ${size + shift} * ${floorMod(shifted, stride)}`;
}
