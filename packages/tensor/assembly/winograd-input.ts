// Patches of four tiles, through some channels, transformed: for stride 1 (transformTiles) and for stride 2
// (transformPhases). Each vector holds the same element of the four.
//
// `view`, 8 words: the 6 of winograd-patches.ts; the input row and column of the first tile. Tiles are numbered through
// images, rows and columns; those from `tiles` on are zeros. Results: to[element·elementStep + channel·channelStep +
// lane·4] (bytes).

import { sizeAt } from './params';
import { storeTransposed } from './simd';
import { PATCH, patchAt, RECORD, recordPatch, rowStep } from './winograd-patches';
import { PHASE_ELEMENTS, PHASE_SIDE, POINTS, transformEven } from './winograd-phase-transforms';
import { OUTPUTS, SIDE, transformInput } from './winograd-transforms';

/** Bytes of work space: four records, four patches, and four patches half transformed. */
export const INPUT_SCRATCH: usize = 4 * RECORD + 4 * PATCH + (PHASE_ELEMENTS << 4);

/** Transforms tiles `tile` to `tile + 3` for stride 1. */
export function transformTiles(
  view: usize, input: usize, channels: u32, tileRows: u32, tileColumns: u32, tile: u32, tiles: u32,
  work: usize, to: usize, elementStep: usize, channelStep: usize,
): void {
  const channelStride = sizeAt(view, 1) << 2, rowStride = <usize>sizeAt(view, 2) << 2;
  recordTiles(view, input, tileRows, tileColumns, tile, tiles, work, 1, <i32>SIDE);
  const patches = work + 4 * RECORD;
  const half = patches + 4 * PATCH;
  for (let channel: u32 = 0; channel < channels; channel++) {
    const shift = channel * channelStride;
    const a = patchAt(view, work, shift, patches, <i32>SIDE);
    const b = patchAt(view, work + RECORD, shift, patches + PATCH, <i32>SIDE);
    const c = patchAt(view, work + 2 * RECORD, shift, patches + 2 * PATCH, <i32>SIDE);
    const d = patchAt(view, work + 3 * RECORD, shift, patches + 3 * PATCH, <i32>SIDE);
    transformRows(
      a, rowStep(work, rowStride), b, rowStep(work + RECORD, rowStride), c, rowStep(work + 2 * RECORD, rowStride),
      d, rowStep(work + 3 * RECORD, rowStride), half,
    );
    for (let column: usize = 0; column < SIDE; column++) {
      const from = half + (column << 4);
      transformInput(
        v128.load(from, 0 * SIDE * 16), v128.load(from, 1 * SIDE * 16), v128.load(from, 2 * SIDE * 16),
        v128.load(from, 3 * SIDE * 16), v128.load(from, 4 * SIDE * 16), v128.load(from, 5 * SIDE * 16),
        to + column * elementStep, SIDE * elementStep,
      );
    }
    to += channelStep;
  }
}

/**
 * Transforms tiles `tile` to `tile + 3` for stride 2. The elements that share a weight follow each other: row r < 5
 * of the transformed patch is elements 9r to 9r + 8; then, for each column c < 5, rows 5 to 8; then the last 4×4.
 */
export function transformPhases(
  view: usize, input: usize, channels: u32, tileRows: u32, tileColumns: u32, tile: u32, tiles: u32,
  work: usize, to: usize, elementStep: usize, channelStep: usize,
): void {
  const channelStride = sizeAt(view, 1) << 2, rowStride = <usize>sizeAt(view, 2) << 2;
  recordTiles(view, input, tileRows, tileColumns, tile, tiles, work, 2, <i32>PHASE_SIDE);
  const patches = work + 4 * RECORD;
  const half = patches + 4 * PATCH;
  for (let channel: u32 = 0; channel < channels; channel++) {
    const shift = channel * channelStride;
    const a = patchAt(view, work, shift, patches, <i32>PHASE_SIDE);
    const b = patchAt(view, work + RECORD, shift, patches + PATCH, <i32>PHASE_SIDE);
    const c = patchAt(view, work + 2 * RECORD, shift, patches + 2 * PATCH, <i32>PHASE_SIDE);
    const d = patchAt(view, work + 3 * RECORD, shift, patches + 3 * PATCH, <i32>PHASE_SIDE);
    transformPhaseRows(
      a, rowStep(work, rowStride), b, rowStep(work + RECORD, rowStride), c, rowStep(work + 2 * RECORD, rowStride),
      d, rowStep(work + 3 * RECORD, rowStride), half,
    );
    for (let column: usize = 0; column < PHASE_SIDE; column++) {
      const from = half + (column << 4);
      transformEven(
        v128.load(from, 0 * PHASE_SIDE * 16), v128.load(from, 2 * PHASE_SIDE * 16), v128.load(from, 4 * PHASE_SIDE * 16),
        v128.load(from, 6 * PHASE_SIDE * 16), v128.load(from, 8 * PHASE_SIDE * 16),
        to + column * elementStep, PHASE_SIDE * elementStep,
      );
      const odd = to + oddElement(column) * elementStep, step = oddStep(column) * elementStep;
      v128.store(odd, v128.load(from, 1 * PHASE_SIDE * 16));
      v128.store(odd + step, v128.load(from, 3 * PHASE_SIDE * 16));
      v128.store(odd + 2 * step, v128.load(from, 5 * PHASE_SIDE * 16));
      v128.store(odd + 3 * step, v128.load(from, 7 * PHASE_SIDE * 16));
    }
    to += channelStep;
  }
}

/** Where row 5 of a column of a transformed patch of stride 2 is among its elements, and how far apart rows 5 to 8 are. */
// @ts-ignore: decorator
@inline
export function oddElement(column: usize): usize {
  return POINTS * PHASE_SIDE + (column < POINTS ? OUTPUTS * column : OUTPUTS * POINTS + column - POINTS);
}

// @ts-ignore: decorator
@inline
export function oddStep(column: usize): usize {
  return column < POINTS ? 1 : OUTPUTS;
}

/** Records the patches of four tiles. */
// @ts-ignore: decorator
@inline
function recordTiles(
  view: usize, input: usize, tileRows: u32, tileColumns: u32, tile: u32, tiles: u32, work: usize, stride: u32, side: i32,
): void {
  const rows = sizeAt(view, 4);
  for (let lane: usize = 0; lane < 4; lane++) {
    const at = tile + <u32>lane;
    // A tile past the end lies outside, wherever it would be.
    const row = at < tiles ? <i32>(at / tileColumns % tileRows * OUTPUTS * stride) + sizeAt(view, 6) : rows;
    const column = <i32>(at % tileColumns * OUTPUTS * stride) + sizeAt(view, 7);
    const image = input + (at / (tileRows * tileColumns) * sizeAt(view, 0) << 2);
    recordPatch(view, work + lane * RECORD, image, row, column, side);
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

/** Transforms the nine rows of four patches for stride 2: half[row][element][patch]. */
// @ts-ignore: decorator
@inline
function transformPhaseRows(
  a: usize, aStep: usize, b: usize, bStep: usize, c: usize, cStep: usize, d: usize, dStep: usize, half: usize,
): void {
  for (let row: usize = 0; row < PHASE_SIDE; row++) {
    // Columns 0 to 7 by transposition, through the place of the result.
    storeTransposed(v128.load(a), v128.load(b), v128.load(c), v128.load(d), half, 16);
    storeTransposed(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16), v128.load(d, 16), half + 64, 16);
    let d8 = v128.load32_zero(a, 32);
    d8 = v128.load_lane<i32>(b, d8, 1, 32);
    d8 = v128.load_lane<i32>(c, d8, 2, 32);
    d8 = v128.load_lane<i32>(d, d8, 3, 32);
    const d1 = v128.load(half, 16), d3 = v128.load(half, 48), d5 = v128.load(half, 80), d7 = v128.load(half, 112);
    transformEven(v128.load(half, 0), v128.load(half, 32), v128.load(half, 64), v128.load(half, 96), d8, half, 16);
    v128.store(half, d1, 80);
    v128.store(half, d3, 96);
    v128.store(half, d5, 112);
    v128.store(half, d7, 128);
    half += PHASE_SIDE << 4;
    a += aStep;
    b += bStep;
    c += cStep;
    d += dStep;
  }
}
