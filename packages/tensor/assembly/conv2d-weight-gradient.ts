// Weight gradient of a convolution, as a matrix product over all positions of all images:
//
//   dW[m, (i,j), c] = Σ_{image,t,u} dOut[image, m, t, u] · in[image, c, row(t, i), column(u, j)]
//
// (row and column as in conv2d.ts.) The left operand, dOut, is packed by `packRows`; the right one,
// position × (tap, channel), here, a block at a time. The sum runs over the positions in order.

import { packLane, packQuad } from './matmul-pack';
import { DEPTH, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, storeTiles } from './matmul-tile';
import { pointerAt, sizeAt } from './params';

/** Bytes from one depth of a panel to the next. */
const STEP: usize = PANEL_COLUMNS << 2;

/**
 * Parameters: packed cotangent (a matrix a group), input, output (addresses); images, groups, output channels
 * of a group, input channels of a group; rows and columns of the cotangent; the output's strides of group,
 * output channel, tap row, tap column and input channel; rows and columns of a block, multiples of 4 and 8; then 14
 * words on the input (see conv2d-positions.ts). Strides in elements.
 * Units are blocks (output channels × (tap, channel)) of the output, the latter fastest.
 */
export function conv2dWeightGradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const groups = <u32>sizeAt(params, 4), m = <u32>sizeAt(params, 5), channels = <u32>sizeAt(params, 6);
  const k = <u32>(sizeAt(params, 3) * sizeAt(params, 7) * sizeAt(params, 8));
  const groupStride = sizeAt(params, 9), outStride = sizeAt(params, 10);
  const tapRowStride = sizeAt(params, 11), tapColumnStride = sizeAt(params, 12), channelStride = sizeAt(params, 13);
  const rowBlock = <u32>sizeAt(params, 14), columnBlock = <u32>sizeAt(params, 15);
  const view = params + (16 << 2);
  const tapColumns = <u32>sizeAt(view, 7);
  const n = <u32>sizeAt(view, 6) * tapColumns * channels;
  const rowBlocks = (m + rowBlock - 1) / rowBlock;
  const columnBlocks = (n + columnBlock - 1) / columnBlock;
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const offsets = scratch;
  const packed = offsets + (columnBlock << 2);
  const tiles = packed + (<usize>columnBlock * min(k, DEPTH) << 2);

  for (let unit = begin; unit < end; unit++) {
    const column = unit % columnBlocks * columnBlock;
    const row = unit / columnBlocks % rowBlocks * rowBlock;
    const group = unit / (columnBlocks * rowBlocks);
    const columns = min(columnBlock, n - column);
    const rows = min(rowBlock, m - row);
    const rowPanels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    const cotangent = pointerAt(params, 0) + (<usize>group * paddedRows * k << 2);
    const input = pointerAt(params, 1) + (<usize>(group * channels * sizeAt(view, 1)) << 2);

    let block: u32 = 0;
    do {
      const depth = min(DEPTH, k - block);
      memory.fill(packed, 0, <usize>columnPanels * depth * STEP);
      for (let lane: u32 = 0; lane < columns; lane += 4) {
        const to = packed + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * depth + lane % PANEL_COLUMNS) << 2);
        packTaps(params, view, input, channels, column + lane, min(4, columns - lane), block, depth, to);
      }
      const panels = cotangent + (<usize>(block * paddedRows + row * depth) << 2);
      multiplyBlock(panels, packed, depth, rowPanels, columnPanels, tiles, block == 0);
      block += DEPTH;
    } while (block < k);

    for (let i: u32 = 0; i < columns; i++) {
      const tap = (column + i) / channels, channel = (column + i) % channels;
      const at = tap / tapColumns * tapRowStride + tap % tapColumns * tapColumnStride + channel * channelStride;
      store<u32>(offsets + (i << 2), at);
    }
    const out = pointerAt(params, 2) + (<usize>(group * groupStride + row * outStride) << 2);
    storeTiles(tiles, columnPanels, rows, columns, out, outStride << 2, offsets, 0);
  }
}

/** Up to four columns (tap, channel) from `column` on; together where they share the tap, else one by one. */
function packTaps(
  params: usize, view: usize, input: usize, channels: u32, column: u32, lanes: u32, begin: u32, depth: u32, to: usize,
): void {
  const channel = column % channels;
  if (lanes == 4 && channel + 4 <= channels) {
    packTap(params, view, input, column / channels, channel, 4, begin, depth, to);
  } else {
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const at = column + lane;
      packTap(params, view, input, at / channels, at % channels, 1, begin, depth, to + (lane << 2));
    }
  }
}

/**
 * Positions [begin, begin + depth) of one tap and 4 channels or 1, a row of the cotangent at a time.
 * What lies outside of the input is skipped: the target holds zeros.
 */
function packTap(
  params: usize, view: usize, input: usize, tap: u32, channel: u32, lanes: u32, begin: u32, depth: u32, to: usize,
): void {
  const outRows = <u32>sizeAt(params, 7), outColumns = <u32>sizeAt(params, 8);
  const channelStride = sizeAt(view, 1), rowStride = sizeAt(view, 2), columnStride = sizeAt(view, 3);
  const inRows = <u32>sizeAt(view, 4), inColumns = sizeAt(view, 5);
  const tapColumns = <u32>sizeAt(view, 7);
  const rowStep = sizeAt(view, 8), columnStep = sizeAt(view, 11);
  const firstRow = sizeAt(view, 9) + <i32>(tap / tapColumns) * sizeAt(view, 10);
  const firstColumn = sizeAt(view, 12) + <i32>(tap % tapColumns) * sizeAt(view, 13);
  // The columns u with 0 ≤ u·columnStep + firstColumn < inColumns.
  const low = firstColumn < 0 ? (columnStep - 1 - firstColumn) / columnStep : 0;
  const high = firstColumn < inColumns ? (inColumns - 1 - firstColumn) / columnStep + 1 : 0;

  const end = begin + depth;
  let k = begin;
  while (k < end) {
    const u = k % outColumns, t = k / outColumns % outRows, image = k / (outColumns * outRows);
    const run = min(outColumns - u, end - k);
    const row = t * rowStep + firstRow;
    const from = max(<i32>u, low), until = min(<i32>(u + run), high);
    if (<u32>row < inRows && from < until) {
      const column = from * columnStep + firstColumn;
      const at = image * sizeAt(view, 0) + channel * channelStride + row * rowStride + column * columnStride;
      const source = input + (<usize>at << 2), target = to + <usize>(from - u) * STEP;
      if (lanes == 4) packQuad(source, channelStride << 2, columnStep * columnStride << 2, 4, until - from, target, STEP);
      else packLane(source, columnStep * columnStride << 2, until - from, target, STEP);
    }
    to += <usize>run * STEP;
    k += run;
  }
}
