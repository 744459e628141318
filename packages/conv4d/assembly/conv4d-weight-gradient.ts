// Weight gradient of a 4D convolution, as a matrix product over all positions of all images:
//
//   dW[m, i, c] = Σ_{image, p} dOut[image, m, p] · in[image, c, p·step + first + i·dilation]
//
// (positions p, taps i as in conv4d.ts.) The left operand, dOut, is packed by `packRows`; the right one,
// position × (tap, channel), here, a block at a time. The sum runs over the positions in order.

import { packLane, packQuad } from '@hypercorr/tensor/assembly/matmul-pack';
import { DEPTH, loadTiles, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, storeTiles } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { allPositions, allTaps, dilationOf, firstOf, positionsOf, sizeOf, stepOf, strideOf, tapsOf } from './axes';

/** Bytes from one depth of a panel to the next. */
const STEP: usize = PANEL_COLUMNS << 2;

/**
 * Parameters: packed cotangent, input, gradient (addresses); images, output channels, input channels; the input's
 * strides of image and channel; the gradient's strides of output channel, input channel and the taps of the four
 * axes; rows and columns of a block, multiples of 4 and 8; whether to add to the gradient that is there; then the axes,
 * whose output strides are not used. Units are blocks (output channels × (tap, channel)) of the gradient, the latter
 * fastest.
 */
export function conv4dWeightGradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 4), channels = <u32>sizeAt(params, 5);
  const outStride = sizeAt(params, 8), outChannelStride = sizeAt(params, 9);
  const rowBlock = <u32>sizeAt(params, 14), columnBlock = <u32>sizeAt(params, 15);
  const accumulate = sizeAt(params, 16) != 0;
  const axes = params + (17 << 2);
  const n = allTaps(axes) * channels, k = allPositions(axes) * sizeAt(params, 3);
  const rowBlocks = (m + rowBlock - 1) / rowBlock;
  const columnBlocks = (n + columnBlock - 1) / columnBlock;
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const offsets = scratch;
  const packed = offsets + (columnBlock << 2);
  const tiles = packed + (<usize>columnBlock * min(k, DEPTH) << 2);

  for (let unit = begin; unit < end; unit++) {
    const column = unit % columnBlocks * columnBlock;
    const row = unit / columnBlocks * rowBlock;
    const columns = min(columnBlock, n - column);
    const rows = min(rowBlock, m - row);
    const rowPanels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;

    for (let i: u32 = 0; i < columns; i++) {
      let tap = (column + i) / channels, at = (column + i) % channels * outChannelStride;
      for (let axis = 3; axis >= 0; axis--) {
        const taps = <u32>tapsOf(axes, axis);
        at += tap % taps * sizeAt(params, 10 + axis);
        tap /= taps;
      }
      store<u32>(offsets + (i << 2), at);
    }
    const out = pointerAt(params, 2) + (<usize>(row * outStride) << 2);
    if (accumulate) loadTiles(tiles, columnPanels, rows, columns, out, outStride << 2, offsets);

    let block: u32 = 0;
    do {
      const depth = min(DEPTH, k - block);
      memory.fill(packed, 0, <usize>columnPanels * depth * STEP);
      for (let lane: u32 = 0; lane < columns; lane += 4) {
        const to = packed + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * depth + lane % PANEL_COLUMNS) << 2);
        packTaps(params, axes, channels, column + lane, min(4, columns - lane), block, depth, to);
      }
      const panels = pointerAt(params, 0) + (<usize>(block * paddedRows + row * depth) << 2);
      multiplyBlock(panels, packed, depth, rowPanels, columnPanels, tiles, block == 0 && !accumulate);
      block += DEPTH;
    } while (block < k);

    storeTiles(tiles, columnPanels, rows, columns, out, outStride << 2, offsets, 0);
  }
}

/** Up to four columns (tap, channel) from `column` on; together where they share the tap, else one by one. */
function packTaps(
  params: usize, axes: usize, channels: u32, column: u32, lanes: u32, begin: u32, depth: u32, to: usize,
): void {
  const channel = column % channels;
  if (lanes == 4 && channel + 4 <= channels) {
    packTap(params, axes, column / channels, channel, 4, begin, depth, to);
  } else {
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const at = column + lane;
      packTap(params, axes, at / channels, at % channels, 1, begin, depth, to + (lane << 2));
    }
  }
}

/**
 * Positions [begin, begin + depth) of one tap and 4 channels or 1, a row along the last axis at a time.
 * What lies outside of the input is skipped: the target holds zeros.
 */
function packTap(
  params: usize, axes: usize, tap: u32, channel: u32, lanes: u32, begin: u32, depth: u32, to: usize,
): void {
  // Taps that no position sees anything through: their sum is empty.
  if (depth == 0) return;
  const imageStride = sizeAt(params, 6), channelStride = sizeAt(params, 7);
  const positions1 = positionsOf(axes, 1), positions2 = positionsOf(axes, 2), positions3 = positionsOf(axes, 3);
  const taps1 = <u32>tapsOf(axes, 1), taps2 = <u32>tapsOf(axes, 2), taps3 = <u32>tapsOf(axes, 3);
  const first0 = firstOf(axes, 0) + <i32>(tap / (taps3 * taps2 * taps1)) * dilationOf(axes, 0);
  const first1 = firstOf(axes, 1) + <i32>(tap / (taps3 * taps2) % taps1) * dilationOf(axes, 1);
  const first2 = firstOf(axes, 2) + <i32>(tap / taps3 % taps2) * dilationOf(axes, 2);
  const first3 = firstOf(axes, 3) + <i32>(tap % taps3) * dilationOf(axes, 3);
  // The positions of the last axis with 0 ≤ p·step + first < size.
  const step3 = stepOf(axes, 3), size3 = sizeOf(axes, 3), stride3 = strideOf(axes, 3);
  const low = first3 < 0 ? (step3 - 1 - first3) / step3 : 0;
  const high = first3 < size3 ? (size3 - 1 - first3) / step3 + 1 : 0;
  const base = pointerAt(params, 1) + (<usize>(channel * channelStride) << 2);

  let p3 = begin % positions3, rest = begin / positions3;
  let p2 = rest % positions2;
  rest /= positions2;
  let p1 = rest % positions1;
  rest /= positions1;
  let p0 = rest % positionsOf(axes, 0), image = rest / positionsOf(axes, 0);
  const end = begin + depth;
  let k = begin;
  while (k < end) {
    const run = min(positions3 - p3, end - k);
    const at0 = p0 * stepOf(axes, 0) + first0, at1 = p1 * stepOf(axes, 1) + first1, at2 = p2 * stepOf(axes, 2) + first2;
    const from = max(<i32>p3, low), until = min(<i32>(p3 + run), high);
    const seen = <u32>at0 < <u32>sizeOf(axes, 0) && <u32>at1 < <u32>sizeOf(axes, 1) && <u32>at2 < <u32>sizeOf(axes, 2);
    if (seen && from < until) {
      const outer = image * imageStride + at0 * strideOf(axes, 0) + at1 * strideOf(axes, 1) + at2 * strideOf(axes, 2);
      const source = base + (<usize>(outer + (from * step3 + first3) * stride3) << 2);
      const target = to + <usize>(from - p3) * STEP;
      if (lanes == 4) packQuad(source, channelStride << 2, step3 * stride3 << 2, 4, until - from, target, STEP);
      else packLane(source, step3 * stride3 << 2, until - from, target, STEP);
    }
    to += <usize>run * STEP;
    k += run;
    p3 = 0;
    if (++p2 == positions2) {
      p2 = 0;
      if (++p1 == positions1) {
        p1 = 0;
        if (++p0 == positionsOf(axes, 0)) {
          p0 = 0;
          image++;
        }
      }
    }
  }
}
