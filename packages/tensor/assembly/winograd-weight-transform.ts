// Weights transformed for Winograd's algorithm.

import { sizeAt } from './params';
import { storeTransposed } from './simd';
import { transformPhaseKernel } from './winograd-phase-transforms';
import { kernelRow, SIDE, transformKernel } from './winograd-transforms';

/** Channels that are summed before the sum is added to the rest: half the usual, as the transforms magnify errors. */
export const WEIGHT_DEPTH: u32 = 128;

/** Bytes of work space: the nine taps, and the same half transformed. */
export const WEIGHT_SCRATCH: usize = (9 + 18) << 4;

/** The same weight of up to four outputs, zeros for those that do not exist. */
// @ts-ignore: decorator
@inline
export function gatherRows(from: usize, stride: usize, lanes: u32): v128 {
  let values = v128.load32_zero(from);
  if (lanes > 1) values = v128.load_lane<i32>(from + stride, values, 1);
  if (lanes > 2) values = v128.load_lane<i32>(from + 2 * stride, values, 2);
  if (lanes > 3) values = v128.load_lane<i32>(from + 3 * stride, values, 3);
  return values;
}

/**
 * Transforms the 3×3 kernels of up to four outputs (lanes) and of `channels` channels, for a convolution of stride 1
 * or 2: to[element·elementStep + channel·channelStep + lane·4] (bytes), 36 elements.
 * `view`, 4 words: strides of output, channel, kernel row and kernel column, in elements.
 */
export function transformWeights(
  view: usize, from: usize, lanes: u32, channels: u32, stride: u32,
  work: usize, to: usize, elementStep: usize, channelStep: usize,
): void {
  const outputStride = <usize>sizeAt(view, 0) << 2, channelStride = <usize>sizeAt(view, 1) << 2;
  const row = sizeAt(view, 2), column = sizeAt(view, 3);
  // Nine neighbours in memory, in ascending or (of an input gradient) in descending order, are read together.
  const together = lanes >= 4 && (row == 3 && column == 1 || row == -3 && column == -1);
  const lowest = column < 0 ? from - 32 : from;
  const first = column < 0 ? work + (8 << 4) : work, step: usize = column < 0 ? -16 : 16;
  for (let channel: u32 = 0; channel < channels; channel++) {
    const shift = channel * channelStride;
    if (together) {
      const a = lowest + shift, b = a + outputStride, c = b + outputStride, d = c + outputStride;
      storeTransposed(v128.load(a), v128.load(b), v128.load(c), v128.load(d), first, step);
      storeTransposed(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16), v128.load(d, 16), first + 4 * step, step);
      v128.store(first + 8 * step, gatherRows(a + 32, outputStride, 4));
    } else {
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) {
          const tap = from + shift + (i * row + j * column << 2);
          v128.store(work + (3 * i + j << 4), gatherRows(tap, outputStride, lanes));
        }
      }
    }
    if (stride == 1) transformBothSides(work, to, elementStep);
    else transformBothPhases(work, to, elementStep);
    to += channelStep;
  }
}

/** G g Gᵀ of the nine taps at `taps`. */
// @ts-ignore: decorator
@inline
function transformBothSides(taps: usize, to: usize, step: usize): void {
  const rowStep = SIDE * step;
  const g00 = v128.load(taps, 0), g01 = v128.load(taps, 16), g02 = v128.load(taps, 32);
  const g10 = v128.load(taps, 48), g11 = v128.load(taps, 64), g12 = v128.load(taps, 80);
  const g20 = v128.load(taps, 96), g21 = v128.load(taps, 112), g22 = v128.load(taps, 128);
  transformKernel(kernelRow(0, g00, g10, g20), kernelRow(0, g01, g11, g21), kernelRow(0, g02, g12, g22), to, step);
  transformKernel(kernelRow(1, g00, g10, g20), kernelRow(1, g01, g11, g21), kernelRow(1, g02, g12, g22), to + rowStep, step);
  transformKernel(kernelRow(2, g00, g10, g20), kernelRow(2, g01, g11, g21), kernelRow(2, g02, g12, g22), to + 2 * rowStep, step);
  transformKernel(kernelRow(3, g00, g10, g20), kernelRow(3, g01, g11, g21), kernelRow(3, g02, g12, g22), to + 3 * rowStep, step);
  transformKernel(kernelRow(4, g00, g10, g20), kernelRow(4, g01, g11, g21), kernelRow(4, g02, g12, g22), to + 4 * rowStep, step);
  transformKernel(kernelRow(5, g00, g10, g20), kernelRow(5, g01, g11, g21), kernelRow(5, g02, g12, g22), to + 5 * rowStep, step);
}

/** The same for stride 2. */
// @ts-ignore: decorator
@inline
function transformBothPhases(taps: usize, to: usize, step: usize): void {
  const half = taps + (9 << 4);
  for (let j: usize = 0; j < 3; j++) {
    const column = taps + (j << 4);
    transformPhaseKernel(v128.load(column, 0), v128.load(column, 48), v128.load(column, 96), half + (j << 4), 48);
  }
  for (let i: usize = 0; i < SIDE; i++) {
    const row = half + i * 48;
    transformPhaseKernel(v128.load(row, 0), v128.load(row, 16), v128.load(row, 32), to + i * SIDE * step, step);
  }
}
