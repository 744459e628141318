// Batched matrix product: C = A·B, with A packed by `packRows` and B packed here, a block at a time.
//
// Each unit owns a block of C (rowBlock × columnBlock of one batch entry) and walks the whole depth, so the
// order of every sum is fixed, whoever computes it.

import { batchOffset } from './matmul-batch';
import { packColumns, packQuad } from './matmul-pack';
import { DEPTH, loadTiles, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, storeTiles } from './matmul-tile';
import { pointerAt, sizeAt } from './params';

/**
 * Packs left operands: `matrices` matrices of `rows` rows, whose depth runs over nested indices.
 * That covers a plain matrix, weights (taps, channel) and gradients (image, positions).
 *
 * Parameters: from, to (addresses); rows, row stride, matrix stride; size and stride of the innermost depth index;
 * the number of the others, and size and stride of each, outermost first; strides in elements. Units are row panels
 * of all matrices.
 *
 * Layout of a matrix: depth block, row panel, depth, row.
 */
export function packRows(params: usize, begin: u32, end: u32, scratch: usize): void {
  const rows = <u32>sizeAt(params, 2);
  const rowStride = sizeAt(params, 3);
  const inner = <u32>sizeAt(params, 5);
  const innerStride = sizeAt(params, 6);
  const others = params + (7 << 2);
  const outer = sizesOf(others);
  const depth = outer * inner;
  const panels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
  for (let unit = begin; unit < end; unit++) {
    const row = (unit % panels) * PANEL_ROWS;
    const matrix = unit / panels;
    const from = pointerAt(params, 0) + (<usize>(matrix * sizeAt(params, 4) + row * rowStride) << 2);
    const to = pointerAt(params, 1) + (<usize>matrix * panels * PANEL_ROWS * depth << 2);
    let k: u32 = 0;
    for (let o: u32 = 0; o < outer; o++) {
      let at = from + (<usize>nestedOffset(others, o) << 2);
      const segmentEnd = k + inner;
      while (k < segmentEnd) {
        const block = k - k % DEPTH;
        const blockDepth = min(DEPTH, depth - block);
        const run = min(segmentEnd, block + blockDepth) - k;
        const panel = to + (<usize>(block * panels * PANEL_ROWS + row * blockDepth) << 2);
        packQuad(at, rowStride << 2, innerStride << 2, rows - row, run, panel + (<usize>(k - block) << 4), 16);
        at += <usize>(run * innerStride) << 2;
        k += run;
      }
    }
  }
}

/** The product of the sizes of a list of nested indices: their number, then size and stride of each. */
// @ts-ignore: decorator
@inline
function sizesOf(list: usize): u32 {
  let product: u32 = 1;
  for (let i = 0; i < sizeAt(list, 0); i++) product *= sizeAt(list, 1 + 2 * i);
  return product;
}

/** The offset of the `position`-th place of nested indices. */
// @ts-ignore: decorator
@inline
function nestedOffset(list: usize, position: u32): u32 {
  let offset: u32 = 0;
  for (let i = sizeAt(list, 0) - 1; i >= 0; i--) {
    const size = <u32>sizeAt(list, 1 + 2 * i);
    offset += position % size * sizeAt(list, 2 + 2 * i);
    position /= size;
  }
  return offset;
}

/**
 * Parameters: packed A, B, C, bias of each row or null (addresses); m, n, k; B's strides along k and n; C's along m and
 * n; C's distance between batch entries; rows and columns of a block, multiples of 4 and 8; whether to add to the C that
 * is there; the number of batch axes, then for each: size, stride of packed A, stride of B. Strides in elements. Units
 * are blocks of C, columns fastest.
 */
export function matmul(params: usize, begin: u32, end: u32, scratch: usize): void {
  const biases = pointerAt(params, 3);
  const m = <u32>sizeAt(params, 4), n = <u32>sizeAt(params, 5), k = <u32>sizeAt(params, 6);
  const depthStride = sizeAt(params, 7), laneStride = sizeAt(params, 8);
  const outRowStride = sizeAt(params, 9), outColumnStride = sizeAt(params, 10);
  const rowBlock = <u32>sizeAt(params, 12), columnBlock = <u32>sizeAt(params, 13);
  const accumulate = sizeAt(params, 14) != 0;
  const batchAxes = params + (16 << 2);
  const rowBlocks = (m + rowBlock - 1) / rowBlock;
  const columnBlocks = (n + columnBlock - 1) / columnBlock;
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const offsets = scratch;
  const packed = offsets + (columnBlock << 2);
  const tiles = packed + (<usize>columnBlock * min(k, DEPTH) << 2);

  for (let unit = begin; unit < end; unit++) {
    const column = unit % columnBlocks * columnBlock;
    const row = unit / columnBlocks % rowBlocks * rowBlock;
    const batch = unit / (columnBlocks * rowBlocks);
    const columns = min(columnBlock, n - column);
    const rows = min(rowBlock, m - row);
    const rowPanels = (rows + PANEL_ROWS - 1) / PANEL_ROWS;
    const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    const rank = sizeAt(params, 15);
    const a = pointerAt(params, 0) + (<usize>batchOffset(batchAxes, rank, batch, 1) << 2);
    const b = pointerAt(params, 1) + (<usize>(batchOffset(batchAxes, rank, batch, 2) + column * laneStride) << 2);

    for (let i: u32 = 0; i < columns; i++) store<u32>(offsets + (i << 2), i * outColumnStride);
    const place = batch * sizeAt(params, 11) + row * outRowStride + column * outColumnStride;
    const out = pointerAt(params, 2) + (<usize>place << 2);
    if (accumulate) loadTiles(tiles, columnPanels, rows, columns, out, outRowStride << 2, offsets);

    let block: u32 = 0;
    do {
      const depth = min(DEPTH, k - block);
      packColumns(b + (<usize>(block * depthStride) << 2), laneStride << 2, depthStride << 2, columns, depth, packed);
      const panels = a + (<usize>(block * paddedRows + row * depth) << 2);
      multiplyBlock(panels, packed, depth, rowPanels, columnPanels, tiles, block == 0 && !accumulate);
      block += DEPTH;
    } while (block < k);
    const bias = biases != 0 ? biases + (row << 2) : 0;
    storeTiles(tiles, columnPanels, rows, columns, out, outRowStride << 2, offsets, bias);
  }
}
