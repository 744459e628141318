// 4D convolution as a sum over taps, each a shifted view of the input:
//
//   out[m, p] = bias[m] + Σ_i Σ_c W[m, i, c] · in[c, p·step + first + i·dilation],    in = 0 outside,
//
// with positions p and taps i of four axes (axes.ts). With step = stride, first = -padding this is the forward pass;
// the input gradient is the same sum over the cotangent, once for each residue of the input position modulo the
// stride (see src/kernels). It is computed as a matrix product whose right operand, (tap, channel) × position, never
// exists as a whole: each block is packed straight from the input.

import { DEPTH, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, storeTiles } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { allPositions, allTaps } from './axes';
import { packPositions, RECORD, recordPositions } from './positions';

/**
 * Parameters: packed weights (depth (tap, channel)), input, output, bias or null (addresses); output channels, input
 * channels; the input's strides of image and channel; the output's; rows and columns of a block, multiples of 4 and
 * 8; then the axes. Units are blocks (channels × positions) of the output, positions fastest.
 * Scratch: an offset a column, a record for four, packed columns of one depth block, tiles.
 */
export function conv4d(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 4), channels = <u32>sizeAt(params, 5);
  const imageStride = sizeAt(params, 6), channelStride = <usize>sizeAt(params, 7) << 2;
  const outImageStride = sizeAt(params, 8), outChannelStride = sizeAt(params, 9);
  const rowBlock = <u32>sizeAt(params, 10), columnBlock = <u32>sizeAt(params, 11);
  const axes = params + (12 << 2);
  const n = allPositions(axes), k = allTaps(axes) * channels;
  const rowBlocks = (m + rowBlock - 1) / rowBlock;
  const columnBlocks = (n + columnBlock - 1) / columnBlock;
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const offsets = scratch;
  const records = offsets + (columnBlock << 2);
  const packed = records + <usize>(columnBlock >> 2) * RECORD;
  const tiles = packed + (<usize>columnBlock * min(k, DEPTH) << 2);

  for (let unit = begin; unit < end; unit++) {
    const position = unit % columnBlocks * columnBlock;
    const row = unit / columnBlocks % rowBlocks * rowBlock;
    const image = unit / (columnBlocks * rowBlocks);
    const columns = min(columnBlock, n - position);
    const rows = min(rowBlock, m - row);
    const rowPanels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    const input = pointerAt(params, 1) + (<usize>(image * imageStride) << 2);
    recordPositions(axes, position, columns, records, offsets);

    let block: u32 = 0;
    do {
      const depth = min(DEPTH, k - block);
      for (let lane: u32 = 0; lane < columnPanels * PANEL_COLUMNS; lane += 4) {
        const to = packed + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * depth + lane % PANEL_COLUMNS) << 2);
        packPositions(axes, input, channels, channelStride, records + <usize>(lane >> 2) * RECORD, block, depth, to);
      }
      const panels = pointerAt(params, 0) + (<usize>(block * paddedRows + row * depth) << 2);
      multiplyBlock(panels, packed, depth, rowPanels, columnPanels, tiles, block == 0);
      block += DEPTH;
    } while (block < k);

    const out = pointerAt(params, 2) + (<usize>(image * outImageStride + row * outChannelStride) << 2);
    const biases = pointerAt(params, 3);
    const bias = biases != 0 ? biases + (row << 2) : 0;
    storeTiles(tiles, columnPanels, rows, columns, out, outChannelStride << 2, offsets, bias);
  }
}
