// Convolution as a sum over taps, each a shifted view of the input:
//
//   out[m, t, u] = bias[m] + Σ_{i,j} Σ_c W[m, (i,j), c] · in[c, row(t, i), column(u, j)],
//   row(t, i) = t·rowStep + firstRow + i·rowDilation, likewise column, and in = 0 outside.
//
// With rowStep = stride, firstRow = -padding this is the forward pass. The input gradient is the same sum over
// the cotangent, one call for each residue of the input position modulo the stride (see src/kernels).
// It is computed as a matrix product whose right operand, (tap, channel) × position, never exists as a whole:
// each block is packed straight from the input.

import { packPositions } from './conv2d-positions';
import { DEPTH, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, storeTiles } from './matmul-tile';
import { pointerAt, sizeAt } from './params';

/**
 * Parameters: packed weights (a matrix a group, depth (tap, channel)), input, output, bias or null (addresses);
 * images, groups, output channels of a group, input channels of a group; rows and columns of the output;
 * the output's strides of image, channel, row and column; rows and columns of a block, multiples of 4 and 8; then
 * 14 words on the input (see conv2d-positions.ts). Strides in elements.
 * Units are blocks (channels × positions) of the output, positions fastest.
 */
export function conv2d(params: usize, begin: u32, end: u32, scratch: usize): void {
  const groups = <u32>sizeAt(params, 5), m = <u32>sizeAt(params, 6), channels = <u32>sizeAt(params, 7);
  const outColumns = <u32>sizeAt(params, 9);
  const n = <u32>sizeAt(params, 8) * outColumns;
  const outImageStride = sizeAt(params, 10), outChannelStride = sizeAt(params, 11);
  const outRowStride = sizeAt(params, 12), outColumnStride = sizeAt(params, 13);
  const rowBlock = <u32>sizeAt(params, 14), columnBlock = <u32>sizeAt(params, 15);
  const view = params + (16 << 2);
  const imageStride = sizeAt(view, 0), channelStride = sizeAt(view, 1);
  const k = <u32>(sizeAt(view, 6) * sizeAt(view, 7)) * channels;
  const rowBlocks = (m + rowBlock - 1) / rowBlock;
  const columnBlocks = (n + columnBlock - 1) / columnBlock;
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const offsets = scratch;
  const packed = offsets + (columnBlock << 2);
  const tiles = packed + (<usize>columnBlock * min(k, DEPTH) << 2);

  for (let unit = begin; unit < end; unit++) {
    const position = unit % columnBlocks * columnBlock;
    const row = unit / columnBlocks % rowBlocks * rowBlock;
    const group = unit / (columnBlocks * rowBlocks) % groups;
    const image = unit / (columnBlocks * rowBlocks * groups);
    const columns = min(columnBlock, n - position);
    const rows = min(rowBlock, m - row);
    const rowPanels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    const weights = pointerAt(params, 0) + (<usize>group * paddedRows * k << 2);
    const input = pointerAt(params, 1) + (<usize>(image * imageStride + group * channels * channelStride) << 2);

    let block: u32 = 0;
    do {
      const depth = min(DEPTH, k - block);
      for (let lane: u32 = 0; lane < columnPanels * PANEL_COLUMNS; lane += 4) {
        const to = packed + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * depth + lane % PANEL_COLUMNS) << 2);
        packPositions(view, input, channels, outColumns, position + lane, columns - lane, block, depth, to);
      }
      const panels = weights + (<usize>(block * paddedRows + row * depth) << 2);
      multiplyBlock(panels, packed, depth, rowPanels, columnPanels, tiles, block == 0);
      block += DEPTH;
    } while (block < k);

    for (let i: u32 = 0; i < columns; i++) {
      const at = position + i;
      store<u32>(offsets + (i << 2), at / outColumns * outRowStride + at % outColumns * outColumnStride);
    }
    const channel = group * m + row;
    const out = pointerAt(params, 2) + (<usize>(image * outImageStride + channel * outChannelStride) << 2);
    const biases = pointerAt(params, 3);
    const bias = biases != 0 ? biases + (channel << 2) : 0;
    storeTiles(tiles, columnPanels, rows, columns, out, outChannelStride << 2, offsets, bias);
  }
}
