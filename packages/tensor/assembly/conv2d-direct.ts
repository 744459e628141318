// Convolution with few channels a group (depthwise above all), where a matrix product would be mostly padding:
// the sum of conv2d.ts, taken tap by tap for sixteen neighbouring outputs at a time, or eight at the end of a row, from a
// band of the input (conv2d-band.ts).

import { copyBand, listTaps, storeEight } from './conv2d-band';
import { pointerAt, sizeAt } from './params';
import { madd } from './simd';

/**
 * Parameters: weights, input, output, bias or null (addresses); images, groups, output channels of a group,
 * input channels of a group; rows and columns of the output; the output's strides of image, channel, row and
 * column; rows of a band; the weights' strides of group, output, channel, tap row and tap column; rows, and
 * columns of one residue, of the copy; then 14 words on the input (see conv2d-positions.ts), with dilations
 * that are not negative. Strides in elements. Units are bands of the output, for each image and group.
 * Scratch: a word for each tap, the weights of one output, then the copy for all channels of a group.
 */
export function conv2dDirect(params: usize, begin: u32, end: u32, scratch: usize): void {
  const groups = <u32>sizeAt(params, 5), outputs = <u32>sizeAt(params, 6), channels = <u32>sizeAt(params, 7);
  const outRows = <u32>sizeAt(params, 8), outColumns = <u32>sizeAt(params, 9);
  const outImageStride = sizeAt(params, 10), outChannelStride = sizeAt(params, 11);
  const band = <u32>sizeAt(params, 14);
  const groupStride = sizeAt(params, 15), outputStride = sizeAt(params, 16);
  const copyRows = <u32>sizeAt(params, 20), copyColumns = <u32>sizeAt(params, 21);
  const view = params + (22 << 2);
  const copyRow = copyColumns * sizeAt(view, 11);
  const copyPlane = copyRows * copyRow;
  const columnStride = <usize>sizeAt(params, 13) << 2;
  const taps = <u32>(sizeAt(view, 6) * sizeAt(view, 7));
  const bands = (outRows + band - 1) / band;
  const offsets = scratch;
  const weights = offsets + (taps << 2);
  const copy = weights + (channels * taps << 2);
  listTaps(view, copyColumns, offsets);
  for (let unit = begin; unit < end; unit++) {
    const row = unit % bands * band;
    const group = unit / bands % groups;
    const image = unit / (bands * groups);
    const input = pointerAt(params, 1) + (<usize>(image * sizeAt(view, 0) + group * channels * sizeAt(view, 1)) << 2);
    for (let channel: u32 = 0; channel < channels; channel++) {
      const plane = input + (<usize>(channel * sizeAt(view, 1)) << 2);
      const firstRow = row * sizeAt(view, 8) + sizeAt(view, 9);
      copyBand(view, plane, firstRow, copyRows, copyColumns, copy + (<usize>(channel * copyPlane) << 2));
    }
    for (let output: u32 = 0; output < outputs; output++) {
      const channel = group * outputs + output;
      const first = group * groupStride + output * outputStride;
      copyWeights(params, view, pointerAt(params, 0) + (<usize>first << 2), weights);
      const biases = pointerAt(params, 3);
      const bias = biases != 0 ? v128.load32_splat(biases + (channel << 2)) : f32x4.splat(0);
      const out = pointerAt(params, 2) + (<usize>(image * outImageStride + channel * outChannelStride) << 2);
      for (let t: u32 = row; t < min(row + band, outRows); t++) {
        let from = copy + (<usize>((t - row) * sizeAt(view, 8) * copyRow) << 2);
        let to = out + (<usize>(t * sizeAt(params, 12)) << 2);
        let u: u32 = 0;
        for (; u + 8 < outColumns; u += 16) {
          sumSixteen(offsets, taps, weights, channels, from, copyPlane << 2, bias, to, columnStride, outColumns - u);
          from += 64;
          to += 16 * columnStride;
        }
        if (u < outColumns) sumEight(offsets, taps, weights, channels, from, copyPlane << 2, bias, to, columnStride, outColumns - u);
      }
    }
  }
}

/** The weights of one output in the order in which they are used: channel, tap. */
function copyWeights(params: usize, view: usize, from: usize, to: usize): void {
  for (let channel = 0; channel < sizeAt(params, 7); channel++) {
    for (let i = 0; i < sizeAt(view, 6); i++) {
      for (let j = 0; j < sizeAt(view, 7); j++) {
        const at = channel * sizeAt(params, 17) + i * sizeAt(params, 18) + j * sizeAt(params, 19);
        store<u32>(to, load<u32>(from + (<usize>at << 2)));
        to += 4;
      }
    }
  }
}

/** Sixteen neighbouring outputs, of which `columns` exist: bias + Σ_{c,tap} W[c,tap]·copy[c,tap]. */
function sumSixteen(
  offsets: usize, taps: u32, weights: usize, channels: u32, from: usize, copyPlane: usize, bias: v128,
  to: usize, columnStride: usize, columns: u32,
): void {
  const lastTap = offsets + (taps << 2);
  let y0 = bias, y1 = bias, y2 = bias, y3 = bias;
  for (let channel: u32 = 0; channel < channels; channel++) {
    for (let tap = offsets; tap < lastTap; tap += 4) {
      const at = from + load<u32>(tap);
      const weight = v128.load32_splat(weights);
      y0 = madd(weight, v128.load(at, 0), y0);
      y1 = madd(weight, v128.load(at, 16), y1);
      y2 = madd(weight, v128.load(at, 32), y2);
      y3 = madd(weight, v128.load(at, 48), y3);
      weights += 4;
    }
    from += copyPlane;
  }
  storeEight(y0, y1, to, columnStride, columns);
  storeEight(y2, y3, to + 8 * columnStride, columnStride, columns - 8);
}

/** Eight neighbouring outputs, of which `columns` exist: bias + Σ_{c,tap} W[c,tap]·copy[c,tap]. */
function sumEight(
  offsets: usize, taps: u32, weights: usize, channels: u32, from: usize, copyPlane: usize, bias: v128,
  to: usize, columnStride: usize, columns: u32,
): void {
  const lastTap = offsets + (taps << 2);
  let low = bias, high = bias;
  for (let channel: u32 = 0; channel < channels; channel++) {
    for (let tap = offsets; tap < lastTap; tap += 4) {
      const at = from + load<u32>(tap);
      const weight = v128.load32_splat(weights);
      low = madd(weight, v128.load(at, 0), low);
      high = madd(weight, v128.load(at, 16), high);
      weights += 4;
    }
    from += copyPlane;
  }
  storeEight(low, high, to, columnStride, columns);
}
