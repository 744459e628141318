// The correlations of two feature maps: C[x_q, x_s] = ReLU(q̂(x_q) · ŝ(x_s)), a product of the panels of units.ts.

import { DEPTH, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, storeTiles, TILE_BYTES } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';

/** Columns that are multiplied and stored at a time. */
const COLUMN_BLOCK: u32 = 128;

/**
 * Parameters: query panels, support panels, counts and lists of the active support positions, out (addresses);
 * channels; query positions, support positions of a map; words between two lists, and columns of a map's panels;
 * elements from one result to the next; rows of a block, a multiple of 4. Only the active support positions are
 * multiplied; the others' columns become exact zeros. Units are blocks of rows of all results.
 */
export function correlate(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 5), queries = <u32>sizeAt(params, 6), supports = <u32>sizeAt(params, 7);
  const stride = <u32>sizeAt(params, 8), outStride = <u32>sizeAt(params, 9), rowBlock = <u32>sizeAt(params, 10);
  const padded = (queries + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const rowBlocks = (queries + rowBlock - 1) / rowBlock;
  for (let unit = begin; unit < end; unit++) {
    const map = unit / rowBlocks, row = unit % rowBlocks * rowBlock;
    const rows = min(rowBlock, queries - row);
    const rowPanels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    const left = pointerAt(params, 0) + (<usize>map * padded * channels << 2);
    const right = pointerAt(params, 1) + (<usize>map * stride * channels << 2);
    const active = load<u32>(pointerAt(params, 2) + (<usize>map << 2));
    const list = pointerAt(params, 3) + (<usize>map * stride << 2);
    const out = pointerAt(params, 4) + (<usize>map * outStride + <usize>row * supports << 2);

    if (active < supports) memory.fill(out, 0, <usize>rows * supports << 2);
    for (let column: u32 = 0; column < active; column += COLUMN_BLOCK) {
      const columns = min(COLUMN_BLOCK, active - column);
      const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
      for (let block: u32 = 0; block < channels; block += DEPTH) {
        const depth = min(DEPTH, channels - block);
        const a = left + (<usize>(block * padded + row * depth) << 2);
        const b = right + (<usize>(block * stride + column * depth) << 2);
        multiplyBlock(a, b, depth, rowPanels, columnPanels, scratch, block == 0);
      }
      rectify(scratch, <usize>rowPanels * columnPanels * TILE_BYTES);
      storeTiles(scratch, columnPanels, rows, columns, out, <usize>supports << 2, list + (column << 2), 0);
    }
  }
}

/** values = max(values, 0), where NaN stays. */
// @ts-ignore: decorator
@inline
function rectify(values: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += 16) {
    v128.store(values + at, f32x4.max(v128.load(values + at), f32x4.splat(0)));
  }
}
