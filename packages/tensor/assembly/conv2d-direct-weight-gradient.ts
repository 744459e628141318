// Weight gradient of a convolution with few channels a group (depthwise above all), where a matrix product would be mostly
// padding and packing: the sum of conv2d-weight-gradient.ts, nine (channel, tap) of an output at a time, over eight
// neighbouring positions of the cotangent and what they see of a band of the input (conv2d-band.ts). Every band has sums of
// its own, which are added up in the end.

import { copyBand, listChannels } from './conv2d-band';
import { pointerAt, sizeAt } from './params';
import { loadLanes, madd, sumLanes } from './simd';

/** Sums that stay in registers: as many as a 3×3 kernel has taps. */
const SUMS: u32 = 9;

/**
 * Parameters: cotangent, input, sums (addresses); images, groups, output channels of a group, input channels of a group;
 * rows and columns of the cotangent; the cotangent's strides of image, channel and row (that of columns is 1); rows of a
 * band, and rows whose products are added up before their sum is added to the rest; rows, and columns of one residue, of
 * the copy; then 14 words on the input (see conv2d-positions.ts), with dilations that are not negative. Strides in
 * elements. Units are bands of the cotangent, for each image and group; the sums lie as
 * [image][band][group][output][channel][tap].
 * Scratch: a word for each (channel, tap), and the sums of each output, both in whole nines; then the copy for all channels
 * of a group.
 */
export function conv2dDirectWeightGradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const groups = <u32>sizeAt(params, 4), outputs = <u32>sizeAt(params, 5), channels = <u32>sizeAt(params, 6);
  const outRows = <u32>sizeAt(params, 7), outColumns = <u32>sizeAt(params, 8);
  const outImageStride = <u32>sizeAt(params, 9), outChannelStride = <u32>sizeAt(params, 10);
  const outRowStride = <u32>sizeAt(params, 11);
  const band = <u32>sizeAt(params, 12), together = <u32>sizeAt(params, 13);
  const copyRows = <u32>sizeAt(params, 14), copyColumns = <u32>sizeAt(params, 15);
  const view = params + (16 << 2);
  const rowStep = <u32>sizeAt(view, 8);
  const copyRow = rowStep * copyColumns * sizeAt(view, 11) << 2;
  const copyPlane = copyRows * copyColumns * sizeAt(view, 11) << 2;
  const depth = channels * <u32>(sizeAt(view, 6) * sizeAt(view, 7));
  const nines = (depth + SUMS - 1) / SUMS * SUMS << 2;
  const bands = (outRows + band - 1) / band;
  const offsets = scratch;
  const sums = offsets + nines;
  const copy = sums + outputs * nines;
  // What fills up the last nine stands for the first element of the copy; its sums are not stored.
  memory.fill(offsets, 0, nines);
  listChannels(view, copyColumns, channels, copyPlane, offsets);
  for (let unit = begin; unit < end; unit++) {
    const firstRow = unit % bands * band, endRow = min(firstRow + band, outRows);
    const group = unit / bands % groups;
    const image = unit / (bands * groups);
    const input = pointerAt(params, 1) + (<usize>(image * sizeAt(view, 0) + group * channels * sizeAt(view, 1)) << 2);
    for (let channel: u32 = 0; channel < channels; channel++) {
      const plane = input + (<usize>(channel * sizeAt(view, 1)) << 2);
      copyBand(view, plane, firstRow * rowStep + sizeAt(view, 9), copyRows, copyColumns, copy + channel * copyPlane);
    }
    memory.fill(sums, 0, outputs * nines);
    const cotangent = pointerAt(params, 0) + (<usize>(image * outImageStride + group * outputs * outChannelStride) << 2);
    for (let row = firstRow; row < endRow; row += together) {
      const rows = min(together, endRow - row);
      const from = copy + (row - firstRow) * copyRow;
      for (let output: u32 = 0; output < outputs; output++) {
        const plane = cotangent + (<usize>(output * outChannelStride + row * outRowStride) << 2);
        for (let nine: u32 = 0; nine < nines; nine += SUMS << 2) {
          addNine(offsets + nine, plane, outRowStride << 2, from, copyRow, rows, outColumns << 2, depth - (nine >> 2), sums + output * nines + nine);
        }
      }
    }
    const part = (image * bands + unit % bands) * groups + group;
    let to = pointerAt(params, 2) + (<usize>(part * outputs * depth) << 2);
    for (let output: u32 = 0; output < outputs; output++) {
      memory.copy(to, sums + output * nines, depth << 2);
      to += depth << 2;
    }
  }
}

/**
 * sums[9] += Σ over `rows` of `width` bytes of cotangent · copy, as nine (channel, tap) see it. A function of its own, because
 * V8 optimises a function from its next call on: the loops around it may run once.
 */
function addNine(
  offsets: usize, cotangent: usize, cotangentStep: usize, copy: usize, copyStep: usize, rows: u32, width: usize, count: u32, sums: usize,
): void {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0), s4 = f32x4.splat(0), s5 = f32x4.splat(0);
  let s6 = f32x4.splat(0), s7 = f32x4.splat(0), s8 = f32x4.splat(0);
  let at: usize;
  for (let row: u32 = 0; row < rows; row++) {
    let y = cotangent, x = copy;
    const end = y + width;
    for (; y + 32 <= end; y += 32) {
      const y0 = v128.load(y), y1 = v128.load(y, 16);
      do {
        at = x + load<u32>(offsets, 0), s0 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s0));
        if (count == 1) break;
        at = x + load<u32>(offsets, 4), s1 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s1));
        if (count == 2) break;
        at = x + load<u32>(offsets, 8), s2 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s2));
        if (count == 3) break;
        at = x + load<u32>(offsets, 12), s3 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s3));
        if (count == 4) break;
        at = x + load<u32>(offsets, 16), s4 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s4));
        if (count == 5) break;
        at = x + load<u32>(offsets, 20), s5 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s5));
        if (count == 6) break;
        at = x + load<u32>(offsets, 24), s6 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s6));
        if (count == 7) break;
        at = x + load<u32>(offsets, 28), s7 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s7));
        if (count == 8) break;
        at = x + load<u32>(offsets, 32), s8 = madd(y1, v128.load(at, 16), madd(y0, v128.load(at), s8));
      } while (false);
      x += 32;
    }
    // The rest of the row: both operands are cut, so that nothing beside it counts, not even as 0·∞.
    for (; y < end; y += 16) {
      const lanes = <u32>(end - y >> 2);
      const y0 = loadLanes(y, lanes), seen = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(lanes));
      at = x + load<u32>(offsets, 0), s0 = madd(y0, v128.and(v128.load(at), seen), s0);
      at = x + load<u32>(offsets, 4), s1 = madd(y0, v128.and(v128.load(at), seen), s1);
      at = x + load<u32>(offsets, 8), s2 = madd(y0, v128.and(v128.load(at), seen), s2);
      at = x + load<u32>(offsets, 12), s3 = madd(y0, v128.and(v128.load(at), seen), s3);
      at = x + load<u32>(offsets, 16), s4 = madd(y0, v128.and(v128.load(at), seen), s4);
      at = x + load<u32>(offsets, 20), s5 = madd(y0, v128.and(v128.load(at), seen), s5);
      at = x + load<u32>(offsets, 24), s6 = madd(y0, v128.and(v128.load(at), seen), s6);
      at = x + load<u32>(offsets, 28), s7 = madd(y0, v128.and(v128.load(at), seen), s7);
      at = x + load<u32>(offsets, 32), s8 = madd(y0, v128.and(v128.load(at), seen), s8);
      x += 16;
    }
    cotangent += cotangentStep;
    copy += copyStep;
  }
  f32.store(sums, f32.load(sums, 0) + sumLanes(s0), 0);
  f32.store(sums, f32.load(sums, 4) + sumLanes(s1), 4);
  f32.store(sums, f32.load(sums, 8) + sumLanes(s2), 8);
  f32.store(sums, f32.load(sums, 12) + sumLanes(s3), 12);
  f32.store(sums, f32.load(sums, 16) + sumLanes(s4), 16);
  f32.store(sums, f32.load(sums, 20) + sumLanes(s5), 20);
  f32.store(sums, f32.load(sums, 24) + sumLanes(s6), 24);
  f32.store(sums, f32.load(sums, 28) + sumLanes(s7), 28);
  f32.store(sums, f32.load(sums, 32) + sumLanes(s8), 32);
}
