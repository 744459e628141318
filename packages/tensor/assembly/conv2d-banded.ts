// Convolution with few input channels and several outputs (the first layer above all): the matrix product of conv2d.ts,
// in tiles of 4 outputs by 8 neighbouring positions of a row, with a right operand that is never packed. It is read
// where it lies in a band of the input (conv2d-band.ts), through a list of the places of (channel, tap).
// After Dukhan, The Indirect Convolution Algorithm, 2019.

import { copyBand, listChannels, storeEight } from './conv2d-band';
import { PANEL_COLUMNS, PANEL_ROWS } from './matmul-tile';
import { pointerAt, sizeAt } from './params';
import { madd } from './simd';

/**
 * Parameters: packed weights (a matrix a group, depth (channel, tap), at most DEPTH deep), input, output, bias or
 * null (addresses); images, groups, output channels of a group, input channels of a group; rows and columns of the output;
 * the output's strides of image, channel, row and column; rows of a band; rows, and columns of one residue, of the copy;
 * then the 14 words of the view. Strides in elements. Units are bands of the output, for each image and group.
 * Scratch: a word for each (channel, tap), then the copy for all channels of a group.
 */
export function conv2dBanded(params: usize, begin: u32, end: u32, scratch: usize): void {
  const groups = <u32>sizeAt(params, 5), outputs = <u32>sizeAt(params, 6), channels = <u32>sizeAt(params, 7);
  const outRows = <u32>sizeAt(params, 8), outColumns = <u32>sizeAt(params, 9);
  const outChannelStride = <u32>sizeAt(params, 11) << 2;
  const outRowStride = <u32>sizeAt(params, 12), outColumnStride = <u32>sizeAt(params, 13);
  const band = <u32>sizeAt(params, 14);
  const copyRows = <u32>sizeAt(params, 15), copyColumns = <u32>sizeAt(params, 16);
  const view = params + (17 << 2);
  const rowStep = <u32>sizeAt(view, 8);
  const copyRow = copyColumns * sizeAt(view, 11);
  const copyPlane = copyRows * copyRow << 2;
  const depth = channels * <u32>(sizeAt(view, 6) * sizeAt(view, 7));
  const paddedOutputs = (outputs + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const bands = (outRows + band - 1) / band;
  const offsets = scratch;
  const copy = offsets + (depth << 2);
  listChannels(view, copyColumns, channels, copyPlane, offsets);
  for (let unit = begin; unit < end; unit++) {
    const row = unit % bands * band;
    const group = unit / bands % groups;
    const image = unit / (bands * groups);
    const input = pointerAt(params, 1) + (<usize>(image * sizeAt(view, 0) + group * channels * sizeAt(view, 1)) << 2);
    for (let channel: u32 = 0; channel < channels; channel++) {
      const plane = input + (<usize>(channel * sizeAt(view, 1)) << 2);
      copyBand(view, plane, row * rowStep + sizeAt(view, 9), copyRows, copyColumns, copy + channel * copyPlane);
    }
    const weights = pointerAt(params, 0) + (<usize>(group * paddedOutputs * depth) << 2);
    const out = pointerAt(params, 2) + (<usize>(image * sizeAt(params, 10)) << 2) + group * outputs * outChannelStride;
    const biases = pointerAt(params, 3);
    for (let t = row; t < min(row + band, outRows); t++) {
      for (let u: u32 = 0; u < outColumns; u += PANEL_COLUMNS) {
        const from = copy + (<usize>((t - row) * rowStep * copyRow + u) << 2);
        let panel = weights, to = out + (<usize>(t * outRowStride + u * outColumnStride) << 2);
        for (let output: u32 = 0; output < outputs; output += PANEL_ROWS) {
          const bias = biases != 0 ? biases + (group * outputs + output << 2) : 0;
          sumTile(offsets, depth, panel, from, bias, to, outChannelStride, outColumnStride << 2, outputs - output, outColumns - u);
          panel += <usize>depth << 4;
          to += <usize>PANEL_ROWS * outChannelStride;
        }
      }
    }
  }
}

/**
 * Four outputs at eight neighbouring positions, of which `outputs` and `columns` exist:
 * bias + Σ_{c,tap} W[c,tap][4] ⊗ copy[c,tap][8]. Written out for four (c, tap), with an exit after each, for the
 * reasons given in matmul-tile.ts.
 */
// @ts-ignore: decorator
@inline
function sumTile(
  offsets: usize, depth: u32, weights: usize, from: usize, bias: usize,
  to: usize, outputStride: usize, columnStride: usize, outputs: u32, columns: u32,
): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  const end = weights + (<usize>depth << 4);
  let at: usize, b0: v128, b1: v128, row: v128;
  if (depth != 0) do {
    at = from + load<u32>(offsets, 0), b0 = v128.load(at, 0), b1 = v128.load(at, 16);
    row = v128.load32_splat(weights, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(weights, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(weights, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(weights, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    weights += 16;
    if (weights == end) break;

    at = from + load<u32>(offsets, 4), b0 = v128.load(at, 0), b1 = v128.load(at, 16);
    row = v128.load32_splat(weights, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(weights, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(weights, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(weights, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    weights += 16;
    if (weights == end) break;

    at = from + load<u32>(offsets, 8), b0 = v128.load(at, 0), b1 = v128.load(at, 16);
    row = v128.load32_splat(weights, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(weights, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(weights, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(weights, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    weights += 16;
    if (weights == end) break;

    at = from + load<u32>(offsets, 12), b0 = v128.load(at, 0), b1 = v128.load(at, 16);
    row = v128.load32_splat(weights, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(weights, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(weights, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(weights, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    weights += 16;
    offsets += 16;
  } while (weights != end);
  storeShifted(c00, c01, bias, to, columnStride, columns);
  if (outputs > 1) storeShifted(c10, c11, bias != 0 ? bias + 4 : 0, to + outputStride, columnStride, columns);
  if (outputs > 2) storeShifted(c20, c21, bias != 0 ? bias + 8 : 0, to + 2 * outputStride, columnStride, columns);
  if (outputs > 3) storeShifted(c30, c31, bias != 0 ? bias + 12 : 0, to + 3 * outputStride, columnStride, columns);
}

/** Stores one output at eight positions, plus its bias unless `bias` is null. */
function storeShifted(low: v128, high: v128, bias: usize, to: usize, columnStride: usize, columns: u32): void {
  const shift = bias != 0 ? v128.load32_splat(bias) : f32x4.splat(0);
  storeEight(f32x4.add(low, shift), f32x4.add(high, shift), to, columnStride, columns);
}
