// The product of packed panels, which matrix products and convolutions share.
//
// A left operand lies in panels of 4 rows, a right one in panels of 8 columns; within a panel the values of
// one depth k are neighbours, missing rows and columns are zeros. The depth is cut into blocks of DEPTH, so
// that a panel stays in the first-level cache. The sum over a block starts from zero and is added to the
// tile, which also keeps the rounding error of long sums small.

import { areConsecutive, madd } from './simd';

export const PANEL_ROWS: u32 = 4;
export const PANEL_COLUMNS: u32 = 8;
export const DEPTH: u32 = 256;

/** Bytes of the product of one row panel with one column panel. */
export const TILE_BYTES: usize = 128;

/**
 * tile[4×8] = Σₖ a[k][4] ⊗ b[k][8], or += unless `first`.
 * 4×8 fills eight of sixteen vector registers; a larger tile spills.
 *
 * Written out for eight k, because what bounds the loop is the number of instructions that a processor takes in a
 * cycle, not its multipliers: 24 of them a k in place of 29. The exit after each k is what keeps V8 from moving the
 * loads of all eight to the front, where they do not fit the registers; and in a loop that is entered
 * always it computes the addresses of a's four rows once, in front of it.
 */
// @ts-ignore: decorator
@inline
function multiplyPanels(a: usize, b: usize, depth: u32, tile: usize, first: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  const end = a + (<usize>depth << 4);
  let b0: v128, b1: v128, row: v128;
  if (depth != 0) do {
    b0 = v128.load(b, 0), b1 = v128.load(b, 16);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 32), b1 = v128.load(b, 48);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 64), b1 = v128.load(b, 80);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 96), b1 = v128.load(b, 112);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 128), b1 = v128.load(b, 144);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 160), b1 = v128.load(b, 176);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 192), b1 = v128.load(b, 208);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    if (a == end) break;

    b0 = v128.load(b, 224), b1 = v128.load(b, 240);
    row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
    row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
    row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
    row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
    a += 16;
    b += 256;
  } while (a != end);
  storeTile(tile, first, c00, c01, c10, c11, c20, c21, c30, c31);
}

/** tile[4×8] = the sums in c, or += unless `first`. */
// @ts-ignore: decorator
@inline
export function storeTile(
  tile: usize, first: bool, c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128,
): void {
  if (!first) {
    c00 = f32x4.add(v128.load(tile, 0), c00);
    c01 = f32x4.add(v128.load(tile, 16), c01);
    c10 = f32x4.add(v128.load(tile, 32), c10);
    c11 = f32x4.add(v128.load(tile, 48), c11);
    c20 = f32x4.add(v128.load(tile, 64), c20);
    c21 = f32x4.add(v128.load(tile, 80), c21);
    c30 = f32x4.add(v128.load(tile, 96), c30);
    c31 = f32x4.add(v128.load(tile, 112), c31);
  }
  v128.store(tile, c00, 0);
  v128.store(tile, c01, 16);
  v128.store(tile, c10, 32);
  v128.store(tile, c11, 48);
  v128.store(tile, c20, 64);
  v128.store(tile, c21, 80);
  v128.store(tile, c30, 96);
  v128.store(tile, c31, 112);
}

/**
 * The tiles of `rowPanels` panels at `a` times `columnPanels` panels at `b`, all of them `depth` deep.
 * A column panel (8 KB) stays in the first-level cache while the row panels stream past it.
 * The tile of row panel i and column panel j is the (i·columnPanels + j)-th.
 */
export function multiplyBlock(
  a: usize, b: usize, depth: u32, rowPanels: u32, columnPanels: u32, tiles: usize, first: bool,
): void {
  for (let j: u32 = 0; j < columnPanels; j++) {
    let panel = a, tile = tiles;
    for (let i: u32 = 0; i < rowPanels; i++) {
      multiplyPanels(panel, b, depth, tile, first);
      panel += <usize>depth << 4;
      tile += <usize>columnPanels * TILE_BYTES;
    }
    b += <usize>depth << 5;
    tiles += TILE_BYTES;
  }
}

/**
 * Writes the tiles of `multiplyBlock` to out[row·rowStride + offsets[column]] (bytes, elements), plus
 * bias[row] unless `bias` is null. `offsets` is padded to whole panels.
 */
export function storeTiles(
  tiles: usize, columnPanels: u32, rows: u32, columns: u32, out: usize, rowStride: usize, offsets: usize, bias: usize,
): void {
  for (let row: u32 = 0; row < rows; row += PANEL_ROWS) {
    const panelRows = min(PANEL_ROWS, rows - row);
    for (let column: u32 = 0; column < columns; column += 4) {
      const index = v128.load(offsets + (column << 2));
      const together = column + 4 <= columns && areConsecutive(index);
      let from = tiles + <usize>(column / PANEL_COLUMNS) * TILE_BYTES + (column % PANEL_COLUMNS << 2);
      let to = out;
      for (let i: u32 = 0; i < panelRows; i++) {
        const shift = bias != 0 ? v128.load32_splat(bias + (row + i << 2)) : f32x4.splat(0);
        const sum = f32x4.add(v128.load(from), shift);
        if (together) v128.store(to + (i32x4.extract_lane(index, 0) << 2), sum);
        else storeLanes(sum, index, columns - column, to);
        from += PANEL_COLUMNS << 2;
        to += rowStride;
      }
    }
    tiles += <usize>columnPanels * TILE_BYTES;
    out += <usize>PANEL_ROWS * rowStride;
  }
}

/** Fills the tiles of `multiplyBlock` with what `storeTiles` wrote without a bias, to add to it. */
export function loadTiles(
  tiles: usize, columnPanels: u32, rows: u32, columns: u32, from: usize, rowStride: usize, offsets: usize,
): void {
  for (let row: u32 = 0; row < rows; row++) {
    const panels = tiles + <usize>(row / PANEL_ROWS * columnPanels) * TILE_BYTES + (row % PANEL_ROWS * PANEL_COLUMNS << 2);
    for (let column: u32 = 0; column < columns; column++) {
      const to = panels + <usize>(column / PANEL_COLUMNS) * TILE_BYTES + (column % PANEL_COLUMNS << 2);
      f32.store(to, f32.load(from + row * rowStride + (load<u32>(offsets + (column << 2)) << 2)));
    }
  }
}

/** Stores the first `lanes` lanes at the elements to[index]. */
// @ts-ignore: decorator
@inline
function storeLanes(values: v128, index: v128, lanes: u32, to: usize): void {
  f32.store(to + (i32x4.extract_lane(index, 0) << 2), f32x4.extract_lane(values, 0));
  if (lanes > 1) f32.store(to + (i32x4.extract_lane(index, 1) << 2), f32x4.extract_lane(values, 1));
  if (lanes > 2) f32.store(to + (i32x4.extract_lane(index, 2) << 2), f32x4.extract_lane(values, 2));
  if (lanes > 3) f32.store(to + (i32x4.extract_lane(index, 3) << 2), f32x4.extract_lane(values, 3));
}
