// From the products of a Winograd convolution to the planes of the output.

import { PANEL_COLUMNS, PANEL_ROWS, TILE_BYTES } from './matmul-tile';
import { sizeAt } from './params';
import { storeTransposed } from './simd';
import { OUTPUTS, SIDE, transformOutput } from './winograd-transforms';

/**
 * Transforms tiles `tile` to `tile + 3` of all output channels, adds the bias (null for none) and stores what
 * lies inside the output. `from` is the first element's product for the first channel; `work` holds 40 vectors.
 * `view`, 6 words: the output's strides of image, channel, row and column; its rows and columns.
 */
export function storeOutputs(
  view: usize, output: usize, bias: usize, channels: u32, tileRows: u32, tileColumns: u32, tile: u32, tiles: u32,
  from: usize, elementStride: usize, work: usize,
): void {
  const lanes = min(4, tiles - tile);
  const result = work + <usize>OUTPUTS * (SIDE << 4);
  const rowStep = SIDE * elementStride;
  for (let channel: u32 = 0; channel < channels; channel++) {
    const at = from + <usize>(channel / PANEL_ROWS) * TILE_BYTES + channel % PANEL_ROWS * (PANEL_COLUMNS << 2);
    for (let column: usize = 0; column < SIDE; column++) {
      const m = at + column * elementStride;
      const m0 = v128.load(m), m1 = v128.load(m + rowStep), m2 = v128.load(m + 2 * rowStep);
      const m3 = v128.load(m + 3 * rowStep), m4 = v128.load(m + 4 * rowStep), m5 = v128.load(m + 5 * rowStep);
      const to = work + (column << 4);
      v128.store(to, transformOutput(0, m0, m1, m2, m3, m4, m5), 0 * SIDE * 16);
      v128.store(to, transformOutput(1, m0, m1, m2, m3, m4, m5), 1 * SIDE * 16);
      v128.store(to, transformOutput(2, m0, m1, m2, m3, m4, m5), 2 * SIDE * 16);
      v128.store(to, transformOutput(3, m0, m1, m2, m3, m4, m5), 3 * SIDE * 16);
    }
    const shift = bias != 0 ? v128.load32_splat(bias + (channel << 2)) : f32x4.splat(0);
    for (let row: usize = 0; row < OUTPUTS; row++) {
      const m = work + row * (SIDE << 4);
      const m0 = v128.load(m, 0), m1 = v128.load(m, 16), m2 = v128.load(m, 32);
      const m3 = v128.load(m, 48), m4 = v128.load(m, 64), m5 = v128.load(m, 80);
      // result[tile][row][column]
      storeTransposed(
        f32x4.add(shift, transformOutput(0, m0, m1, m2, m3, m4, m5)),
        f32x4.add(shift, transformOutput(1, m0, m1, m2, m3, m4, m5)),
        f32x4.add(shift, transformOutput(2, m0, m1, m2, m3, m4, m5)),
        f32x4.add(shift, transformOutput(3, m0, m1, m2, m3, m4, m5)),
        result + (row << 4), OUTPUTS << 4,
      );
    }
    for (let lane: u32 = 0; lane < lanes; lane++) {
      const place = tile + lane;
      const row = place / tileColumns % tileRows * OUTPUTS, column = place % tileColumns * OUTPUTS;
      const image = place / (tileRows * tileColumns);
      const plane = image * sizeAt(view, 0) + channel * sizeAt(view, 1);
      const offset = plane + row * sizeAt(view, 2) + column * sizeAt(view, 3);
      storeTile(view, result + lane * (OUTPUTS * OUTPUTS << 2), row, column, output + (<usize>offset << 2));
    }
  }
}

/** The part of a 4×4 tile that lies inside the output. */
// @ts-ignore: decorator
@inline
function storeTile(view: usize, from: usize, row: u32, column: u32, to: usize): void {
  const rowStride = sizeAt(view, 2) << 2, columnStride = sizeAt(view, 3) << 2;
  const rows = min(OUTPUTS, sizeAt(view, 4) - row), columns = min(OUTPUTS, sizeAt(view, 5) - column);
  for (let i: u32 = 0; i < rows; i++) {
    if (columns == OUTPUTS && columnStride == 4) v128.store(to, v128.load(from));
    else for (let j: u32 = 0; j < columns; j++) f32.store(to + j * columnStride, f32.load(from + (j << 2)));
    from += OUTPUTS << 2;
    to += rowStride;
  }
}
