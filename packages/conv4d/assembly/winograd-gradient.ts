// Weight gradient of the convolutions of winograd.ts, by the transpose of Winograd's algorithm:
//
//   dW = Gᵀ [ Σ_tiles (A dY Aᵀ) ⊙ (Bᵀ d B) ] G,
//
// 36 products of (output channel × tile) with (tile × input channel), a tile at each position of the other plane.
// The operands are transformed here, some quads at a time, so that they stay in the cache; `matmul` multiplies them and
// adds up the products; their sum is transformed back: 3×3 by `winogradWeightGradient` of @hypercorr/tensor, 5×5 here.

import { DEPTH, PANEL_ROWS } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { storeTransposed } from '@hypercorr/tensor/assembly/simd';
import { ELEMENTS, SIDE, transformCotangent } from '@hypercorr/tensor/assembly/winograd-transforms';
import { areTogether, element, laneOffsets, transformPatch } from './winograd-lanes';
import { transformCotangent2, transformGradient5 } from './winograd5-transforms';

/**
 * Bᵀ d B of a chunk of quads: [element][channel][quad][lane].
 *
 * Parameters: input, transformed (addresses); channels; rows and columns of tiles; side of a tile; positions of the
 * other plane and those along its inner axis; first quad and number of quads; bytes between elements and between
 * channels; then the view of the input (winograd-lanes.ts). Units are cache lines of four quads. Scratch: `WORK`.
 */
export function winogradPatches(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2), tileRows = <u32>sizeAt(params, 3), tileColumns = <u32>sizeAt(params, 4);
  const tile = <u32>sizeAt(params, 5), lanes = <u32>sizeAt(params, 6), laneColumns = <u32>sizeAt(params, 7);
  const first = <u32>sizeAt(params, 8), count = <u32>sizeAt(params, 9);
  const view = params + (12 << 2);
  const laneQuads = (lanes + 3) / 4;
  for (let quad = begin * 4; quad < min(end * 4, count); quad++) {
    const at = first + quad, place = at / laneQuads;
    const row = <i32>(place / tileColumns % tileRows * tile) + sizeAt(view, 6);
    const column = <i32>(place % tileColumns * tile) + sizeAt(view, 7);
    const image = pointerAt(params, 0) + (<usize>(place / (tileRows * tileColumns) * sizeAt(view, 0)) << 2);
    const offsets = laneOffsets(view, at % laneQuads * 4, lanes, laneColumns);
    const to = pointerAt(params, 1) + (quad << 4);
    transformPatch(view, image, channels, row, column, offsets, scratch, to, sizeAt(params, 10), sizeAt(params, 11));
  }
}

/**
 * A dY Aᵀ of a chunk of quads, packed as left operands, one for each element.
 *
 * Parameters: as of `winogradPatches`, with the cotangent as the input, and no bytes between channels (a zero).
 * Units are quads. Scratch: 36 vectors for each of four channels, and 24.
 */
export function winogradTiles(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2), tileRows = <u32>sizeAt(params, 3), tileColumns = <u32>sizeAt(params, 4);
  const tile = <u32>sizeAt(params, 5), lanes = <u32>sizeAt(params, 6), laneColumns = <u32>sizeAt(params, 7);
  const first = <u32>sizeAt(params, 8), depth = <u32>sizeAt(params, 9) * 4;
  const elementStep = <usize>sizeAt(params, 10);
  const view = params + (12 << 2);
  const channelStride = <usize>sizeAt(view, 1) << 2, rowStride = <usize>sizeAt(view, 2) << 2, columnStride = <usize>sizeAt(view, 3) << 2;
  const paddedRows = (channels + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const laneQuads = (lanes + 3) / 4;
  const half = scratch + (4 * ELEMENTS << 4);
  for (let quad = begin; quad < end; quad++) {
    const at = first + quad, place = at / laneQuads, lane = at % laneQuads * 4;
    const row = place / tileColumns % tileRows * tile, column = place % tileColumns * tile;
    const rows = min(tile, sizeAt(view, 4) - row), columns = min(tile, sizeAt(view, 5) - column);
    const image = pointerAt(params, 0) + (<usize>(place / (tileRows * tileColumns) * sizeAt(view, 0)) << 2);
    const offsets = laneOffsets(view, lane, lanes, laneColumns);
    const exist = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(lanes - lane));
    const from = image + row * rowStride + column * columnStride;
    const k = quad * 4, block = k - k % DEPTH;
    for (let channel: u32 = 0; channel < channels; channel += PANEL_ROWS) {
      for (let i: u32 = 0; i < PANEL_ROWS; i++) {
        // Channels past the last stand in for it: what they give is not stored.
        const plane = from + <usize>min(channel + i, channels - 1) * channelStride;
        const to = scratch + (<usize>i * ELEMENTS << 4);
        if (tile == 4) transformTile(4, plane, rowStride, columnStride, rows, columns, offsets, exist, half, to);
        else transformTile(2, plane, rowStride, columnStride, rows, columns, offsets, exist, half, to);
      }
      const depthOfBlock = min(DEPTH, depth - block);
      let to = pointerAt(params, 1) + (<usize>(block * paddedRows + channel * depthOfBlock + (k - block) * PANEL_ROWS) << 2);
      for (let e: usize = 0; e < ELEMENTS << 4; e += 16) {
        const at = scratch + e;
        storeTransposed(
          v128.load(at), v128.load(at + (ELEMENTS << 4)), v128.load(at + (2 * ELEMENTS << 4)), v128.load(at + (3 * ELEMENTS << 4)), to, 16,
        );
        to += elementStep;
      }
    }
  }
}

/** The four or two values that a row or column of a tile holds, transformed. */
// @ts-ignore: decorator
@inline
function transformed(tile: u32, y0: v128, y1: v128, y2: v128, y3: v128, to: usize, step: usize): void {
  if (tile == 4) transformCotangent(y0, y1, y2, y3, to, step);
  else transformCotangent2(y0, y1, to, step);
}

/** A dY Aᵀ of one tile of one channel at four positions: to[element]. `half` holds 24 vectors. */
// @ts-ignore: decorator
@inline
function transformTile(
  tile: u32, from: usize, rowStride: usize, columnStride: usize, rows: u32, columns: u32, offsets: v128, exist: v128,
  half: usize, to: usize,
): void {
  const zero = f32x4.splat(0);
  const together = areTogether(offsets);
  if (together) from += i32x4.extract_lane(offsets, 0);
  for (let i: u32 = 0; i < tile; i++) {
    const inside = i < rows;
    const y0 = value(inside, 0, columns, from, columnStride, offsets, together, exist);
    const y1 = value(inside, 1, columns, from, columnStride, offsets, together, exist);
    const y2 = tile == 4 ? value(inside, 2, columns, from, columnStride, offsets, together, exist) : zero;
    const y3 = tile == 4 ? value(inside, 3, columns, from, columnStride, offsets, together, exist) : zero;
    transformed(tile, y0, y1, y2, y3, half + (<usize>i * SIDE << 4), 16);
    from += rowStride;
  }
  for (let e: usize = 0; e < SIDE; e++) {
    const at = half + (e << 4);
    const y2 = tile == 4 ? v128.load(at, 2 * SIDE * 16) : zero, y3 = tile == 4 ? v128.load(at, 3 * SIDE * 16) : zero;
    transformed(tile, v128.load(at), v128.load(at, SIDE * 16), y2, y3, to + (e << 4), SIDE << 4);
  }
}

// @ts-ignore: decorator
@inline
function value(
  rowExists: bool, column: u32, columns: u32, from: usize, columnStride: usize, offsets: v128, together: bool, exist: v128,
): v128 {
  return v128.and(element(rowExists, column, columns, from + column * columnStride, offsets, together), exist);
}

/**
 * Gᵀ M G for all 5×5 kernels.
 *
 * Parameters: products [element][output][channel], gradient (addresses); channels; 1; stride of element; 0; the
 * gradient's strides of output, channel, kernel row and kernel column (as `winogradWeightGradient` has them). Strides
 * in elements. Units are outputs. Scratch: 36 + 30 vectors.
 */
export function winograd5WeightGradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2);
  const elementStep = <usize>sizeAt(params, 4) << 2;
  const channelStride = <usize>sizeAt(params, 7) << 2, rowStride = <usize>sizeAt(params, 8) << 2, columnStride = <usize>sizeAt(params, 9) << 2;
  const half = scratch + (ELEMENTS << 4);
  for (let output = begin; output < end; output++) {
    for (let channel: u32 = 0; channel < channels; channel += 4) {
      const products = pointerAt(params, 0) + (<usize>(output * channels + channel) << 2);
      for (let e: usize = 0; e < ELEMENTS; e++) {
        v128.store(scratch + (e << 4), v128.load(products + e * elementStep));
      }
      for (let column: usize = 0; column < SIDE; column++) {
        const m = scratch + (column << 4);
        transformGradient5(
          v128.load(m, 0 * SIDE * 16), v128.load(m, 1 * SIDE * 16), v128.load(m, 2 * SIDE * 16),
          v128.load(m, 3 * SIDE * 16), v128.load(m, 4 * SIDE * 16), v128.load(m, 5 * SIDE * 16), half + (column << 4), SIDE << 4,
        );
      }
      const kernel = pointerAt(params, 1) + (<usize>(output * sizeAt(params, 6)) << 2) + channel * channelStride;
      for (let row: u32 = 0; row < 5; row++) {
        const m = half + row * <u32>(SIDE << 4);
        transformGradient5(
          v128.load(m, 0), v128.load(m, 16), v128.load(m, 32), v128.load(m, 48), v128.load(m, 64), v128.load(m, 80), scratch, 16,
        );
        for (let column: u32 = 0; column < 5; column++) {
          storeChannels(v128.load(scratch + (column << 4)), kernel + row * rowStride + column * columnStride, channelStride, channels - channel);
        }
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
