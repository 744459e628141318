// Weight gradient of a 3×3 convolution with stride 1 by the transpose of F(4×4, 3×3):
//
//   dW = Gᵀ [ Σ_tiles (A dY Aᵀ) ⊙ (Bᵀ d B) ] G,
//
// 36 products of (output channel × tile) with (tile × input channel). The operands are transformed here, some
// tiles at a time, so that they stay in the cache; `matmul` multiplies them; `winogradWeightGradient` adds the
// products of all these chunks, in order, and transforms the sum.

import { DEPTH, PANEL_ROWS } from './matmul-tile';
import { pointerAt, sizeAt } from './params';
import { storeTransposed } from './simd';
import { transformTiles } from './winograd-input';
import { PATCH, patchAt, RECORD, recordPatch, rowStep } from './winograd-patches';
import { ELEMENTS, OUTPUTS, SIDE, transformCotangent, transformGradient } from './winograd-transforms';

/**
 * A dY Aᵀ of a chunk of tiles, packed as left operands, one for each element.
 *
 * Parameters: cotangent, packed (addresses); channels; rows and columns of tiles; first tile and number of
 * tiles; bytes between elements; then 6 words on the cotangent (see winograd-patches.ts). Units are panels of 4 channels.
 * Scratch: a record, four patches and 24 vectors.
 */
export function winogradCotangents(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2);
  const tileRows = <u32>sizeAt(params, 3), tileColumns = <u32>sizeAt(params, 4);
  const firstTile = <u32>sizeAt(params, 5), tiles = <u32>sizeAt(params, 6);
  const elementStep = <usize>sizeAt(params, 7);
  const view = params + (8 << 2);
  const channelStride = <u32>sizeAt(view, 1) << 2, rowStride = sizeAt(view, 2) << 2;
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const patches = scratch + RECORD;
  const half = patches + 4 * PATCH;
  for (let unit = begin; unit < end; unit++) {
    const row = unit * PANEL_ROWS;
    // Rows past the last stand in for it: what they give is not stored.
    const first = row * channelStride;
    const second = min(row + 1, m - 1) * channelStride, third = min(row + 2, m - 1) * channelStride;
    const fourth = min(row + 3, m - 1) * channelStride;
    for (let k: u32 = 0; k < tiles; k++) {
      const tile = firstTile + k;
      const image = tile / (tileRows * tileColumns);
      const plane = pointerAt(params, 0) + (<usize>(image * sizeAt(view, 0)) << 2);
      recordPatch(view, scratch, plane, tile / tileColumns % tileRows * OUTPUTS, tile % tileColumns * OUTPUTS, <i32>SIDE);
      transformCotangentRows(
        patchAt(view, scratch, first, patches, <i32>SIDE),
        patchAt(view, scratch, second, patches + PATCH, <i32>SIDE),
        patchAt(view, scratch, third, patches + 2 * PATCH, <i32>SIDE),
        patchAt(view, scratch, fourth, patches + 3 * PATCH, <i32>SIDE),
        rowStep(scratch, rowStride), half,
      );
      const block = k - k % DEPTH;
      const place = block * paddedRows + row * min(DEPTH, tiles - block) + (k - block) * PANEL_ROWS;
      const to = pointerAt(params, 1) + (<usize>place << 2);
      for (let column: usize = 0; column < SIDE; column++) {
        const from = half + (column << 4);
        transformCotangent(
          v128.load(from, 0 * SIDE * 16), v128.load(from, 1 * SIDE * 16),
          v128.load(from, 2 * SIDE * 16), v128.load(from, 3 * SIDE * 16),
          to + column * elementStep, SIDE * elementStep,
        );
      }
    }
  }
}

/** Transforms the four rows of four channels' 4×4 patches: half[row][element][channel]. */
// @ts-ignore: decorator
@inline
function transformCotangentRows(a: usize, b: usize, c: usize, d: usize, step: usize, half: usize): void {
  for (let row: u32 = 0; row < OUTPUTS; row++) {
    // Transposition goes through the place of the result.
    storeTransposed(v128.load(a), v128.load(b), v128.load(c), v128.load(d), half, 16);
    transformCotangent(v128.load(half, 0), v128.load(half, 16), v128.load(half, 32), v128.load(half, 48), half, 16);
    half += SIDE << 4;
    a += step;
    b += step;
    c += step;
    d += step;
  }
}

/** Tiles that `winogradInputs` transforms together: a cache line of each channel. */
const TILES: u32 = 16;

/**
 * Bᵀ d B of a chunk of tiles: [element][channel][tile].
 *
 * Parameters: input, transformed (addresses); channels; rows and columns of tiles; first tile and number of
 * tiles; bytes between elements and between channels; then 8 words on the input (see winograd-input.ts). Units are 16 tiles.
 * Scratch: `INPUT_SCRATCH`.
 */
export function winogradInputs(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2);
  const tileRows = <u32>sizeAt(params, 3), tileColumns = <u32>sizeAt(params, 4);
  const firstTile = <u32>sizeAt(params, 5), tiles = <u32>sizeAt(params, 6);
  for (let k = begin * TILES; k < min(end * TILES, tiles); k += 4) {
    transformTiles(
      params + (9 << 2), pointerAt(params, 0), channels, tileRows, tileColumns, firstTile + k, firstTile + tiles,
      scratch, pointerAt(params, 1) + (k << 2), sizeAt(params, 7), sizeAt(params, 8),
    );
  }
}

/**
 * Gᵀ M G for all kernels, M summed over the chunks.
 *
 * Parameters: products [chunk][element][output][channel], gradient (addresses); channels; chunks; strides of
 * element and chunk; the gradient's strides of output, channel, kernel row and kernel column. Strides in
 * elements. Units are outputs. Scratch: 36 + 18 vectors.
 */
export function winogradWeightGradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2);
  const chunks = <u32>sizeAt(params, 3);
  const elementStep = <usize>sizeAt(params, 4) << 2, chunkStep = <usize>sizeAt(params, 5) << 2;
  const channelStride = sizeAt(params, 7) << 2;
  const rowStride = sizeAt(params, 8) << 2, columnStride = sizeAt(params, 9) << 2;
  const half = scratch + (ELEMENTS << 4);
  for (let output = begin; output < end; output++) {
    for (let channel: u32 = 0; channel < channels; channel += 4) {
      const products = pointerAt(params, 0) + (<usize>(output * channels + channel) << 2);
      for (let element: usize = 0; element < ELEMENTS; element++) {
        let from = products + element * elementStep;
        let sum = v128.load(from);
        for (let chunk: u32 = 1; chunk < chunks; chunk++) {
          from += chunkStep;
          sum = f32x4.add(sum, v128.load(from));
        }
        v128.store(scratch + (element << 4), sum);
      }
      for (let column: usize = 0; column < SIDE; column++) {
        const m = scratch + (column << 4), to = half + (column << 4);
        const m0 = v128.load(m, 0 * SIDE * 16), m1 = v128.load(m, 1 * SIDE * 16), m2 = v128.load(m, 2 * SIDE * 16);
        const m3 = v128.load(m, 3 * SIDE * 16), m4 = v128.load(m, 4 * SIDE * 16), m5 = v128.load(m, 5 * SIDE * 16);
        v128.store(to, transformGradient(0, m0, m1, m2, m3, m4, m5), 0 * SIDE * 16);
        v128.store(to, transformGradient(1, m0, m1, m2, m3, m4, m5), 1 * SIDE * 16);
        v128.store(to, transformGradient(2, m0, m1, m2, m3, m4, m5), 2 * SIDE * 16);
      }
      const kernel = pointerAt(params, 1) + (<usize>(output * sizeAt(params, 6)) << 2) + channel * channelStride;
      for (let row: u32 = 0; row < 3; row++) {
        const m = half + row * (<u32>SIDE << 4), to = kernel + row * rowStride;
        const m0 = v128.load(m, 0), m1 = v128.load(m, 16), m2 = v128.load(m, 32);
        const m3 = v128.load(m, 48), m4 = v128.load(m, 64), m5 = v128.load(m, 80);
        const lanes = channels - channel;
        storeChannels(transformGradient(0, m0, m1, m2, m3, m4, m5), to, channelStride, lanes);
        storeChannels(transformGradient(1, m0, m1, m2, m3, m4, m5), to + columnStride, channelStride, lanes);
        storeChannels(transformGradient(2, m0, m1, m2, m3, m4, m5), to + 2 * columnStride, channelStride, lanes);
      }
    }
  }
}

/** The first `lanes` lanes, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
function storeChannels(values: v128, to: usize, stride: usize, lanes: u32): void {
  f32.store(to, f32x4.extract_lane(values, 0));
  if (lanes > 1) f32.store(to + stride, f32x4.extract_lane(values, 1));
  if (lanes > 2) f32.store(to + 2 * stride, f32x4.extract_lane(values, 2));
  if (lanes > 3) f32.store(to + 3 * stride, f32x4.extract_lane(values, 3));
}
