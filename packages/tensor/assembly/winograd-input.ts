// The right operand of a Winograd convolution: patches of four tiles, through all channels, transformed.

import { sizeAt } from './params';
import { storeTransposed } from './simd';
import { PATCH, patchAt, RECORD, recordPatch, rowStep } from './winograd-patches';
import { ELEMENTS, OUTPUTS, SIDE, transformInput } from './winograd-transforms';

/** Bytes of work space: four records, four patches, and four patches half transformed. */
export const INPUT_SCRATCH: usize = 4 * RECORD + 4 * PATCH + (ELEMENTS << 4);

/**
 * Transforms tiles `tile` to `tile + 3` (those from `tiles` on are zeros) for all channels.
 * to[element·elementStep + channel·channelStep + lane·4] (bytes).
 *
 * `view`, 8 words: the 6 of winograd-patches.ts; the input row and column of the first tile.
 * Tiles are numbered through images, rows and columns.
 */
export function transformTiles(
  view: usize, input: usize, channels: u32, tileRows: u32, tileColumns: u32, tile: u32, tiles: u32,
  work: usize, to: usize, elementStep: usize, channelStep: usize,
): void {
  const channelStride = sizeAt(view, 1) << 2, rowStride = <usize>sizeAt(view, 2) << 2;
  const rows = sizeAt(view, 4);
  for (let lane: usize = 0; lane < 4; lane++) {
    const at = tile + <u32>lane;
    // A tile past the end lies outside, wherever it would be.
    const row = at < tiles ? <i32>(at / tileColumns % tileRows * OUTPUTS) + sizeAt(view, 6) : rows;
    const column = <i32>(at % tileColumns * OUTPUTS) + sizeAt(view, 7);
    recordPatch(view, work + lane * RECORD, input + (at / (tileRows * tileColumns) * sizeAt(view, 0) << 2), row, column);
  }
  const patches = work + 4 * RECORD;
  const half = patches + 4 * PATCH;
  for (let channel: u32 = 0; channel < channels; channel++) {
    const shift = channel * channelStride;
    const a = patchAt(view, work, shift, patches), aStep = rowStep(work, rowStride);
    const b = patchAt(view, work + RECORD, shift, patches + PATCH), bStep = rowStep(work + RECORD, rowStride);
    const c = patchAt(view, work + 2 * RECORD, shift, patches + 2 * PATCH), cStep = rowStep(work + 2 * RECORD, rowStride);
    const d = patchAt(view, work + 3 * RECORD, shift, patches + 3 * PATCH), dStep = rowStep(work + 3 * RECORD, rowStride);
    transformRows(a, aStep, b, bStep, c, cStep, d, dStep, half);
    for (let column: usize = 0; column < SIDE << 4; column += 16) {
      const from = half + column;
      transformInput(
        v128.load(from, 0 * SIDE * 16), v128.load(from, 1 * SIDE * 16), v128.load(from, 2 * SIDE * 16),
        v128.load(from, 3 * SIDE * 16), v128.load(from, 4 * SIDE * 16), v128.load(from, 5 * SIDE * 16),
        to + (column >> 4) * elementStep, SIDE * elementStep,
      );
    }
    to += channelStep;
  }
}

/** Transforms the six rows of four patches: half[row][element][patch]. */
// @ts-ignore: decorator
@inline
function transformRows(
  a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize, d: usize, dStep: usize, half: usize,
): void {
  for (let row: usize = 0; row < SIDE; row++) {
    // Columns 0 to 3 by transposition, through the place of the result; 4 and 5 from columns 2 to 5.
    storeTransposed(v128.load(a), v128.load(b), v128.load(c), v128.load(d), half, 16);
    const ab = v128.shuffle<i32>(v128.load(a, 8), v128.load(b, 8), 2, 6, 3, 7);
    const cd = v128.shuffle<i32>(v128.load(c, 8), v128.load(d, 8), 2, 6, 3, 7);
    transformInput(
      v128.load(half, 0), v128.load(half, 16), v128.load(half, 32), v128.load(half, 48),
      v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3), half, 16,
    );
    half += SIDE << 4;
    a += aStep;
    b += bStep;
    c += cStep;
    d += dStep;
  }
}
