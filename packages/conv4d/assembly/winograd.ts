// A 4D convolution whose kernel is 3×3 or 5×5 on one plane, with stride 1, and one tap on the other: Winograd's
// F(4×4, 3×3) or F(2×2, 5×5) on that plane, at every position of the other. 36 matrix products, one for each element
// of the transformed patches, channels summed: M[e] = U[e]·V[e], e < 36.

import { multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, TILE_BYTES } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { WEIGHT_DEPTH } from '@hypercorr/tensor/assembly/winograd-weight-transform';
import { ELEMENTS, SIDE, transformOutput } from '@hypercorr/tensor/assembly/winograd-transforms';
import { areTogether, laneOffsets, storeLanes, transformPatch, VIEW, WORK } from './winograd-lanes';
import { transformOutput2 } from './winograd5-transforms';

/** Patches of four lanes in a column panel. */
const QUADS: u32 = PANEL_COLUMNS / 4;

/**
 * Parameters: transformed weights, input, output, bias or null (addresses); outputs, channels; rows and columns of
 * tiles; side of a tile, 4 or 2; positions of the other plane and those along its inner axis; quads of all patches
 * (a quad is a tile at four positions) and of a block; bytes between elements of the transformed weights, patches
 * and products; then the views of the input and of the output (winograd-lanes.ts). Units are blocks of quads.
 * Scratch: `WORK`, patches of a block, products of a block.
 */
export function winogradLanes(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 4), channels = <u32>sizeAt(params, 5);
  const tileRows = <u32>sizeAt(params, 6), tileColumns = <u32>sizeAt(params, 7), tile = <u32>sizeAt(params, 8);
  const lanes = <u32>sizeAt(params, 9), laneColumns = <u32>sizeAt(params, 10);
  const quads = <u32>sizeAt(params, 11), block = <u32>sizeAt(params, 12);
  const weightStep = <usize>sizeAt(params, 13), patchStep = <usize>sizeAt(params, 14), productStep = <usize>sizeAt(params, 15);
  const inputView = params + (16 << 2), outputView = inputView + (VIEW << 2);
  const rowPanels = (m + PANEL_ROWS - 1) / PANEL_ROWS;
  const paddedRows = rowPanels * PANEL_ROWS;
  const laneQuads = (lanes + 3) / 4;
  const patches = scratch + WORK;
  const products = patches + ELEMENTS * patchStep;

  for (let unit = begin; unit < end; unit++) {
    const first = unit * block;
    const count = min(block, quads - first);
    const panels = (count + QUADS - 1) / QUADS;
    // A last panel that is half full is multiplied whole; nobody looks at what its other half gives.
    for (let quad: u32 = 0; quad < count; quad++) {
      const at = first + quad;
      const place = at / laneQuads;
      const row = <i32>(place / tileColumns % tileRows * tile) + sizeAt(inputView, 6);
      const column = <i32>(place % tileColumns * tile) + sizeAt(inputView, 7);
      const image = pointerAt(params, 1) + (<usize>(place / (tileRows * tileColumns) * sizeAt(inputView, 0)) << 2);
      const to = patches + (<usize>(quad / QUADS * PANEL_COLUMNS * channels) << 2) + (quad % QUADS << 4);
      const offsets = laneOffsets(inputView, at % laneQuads * 4, lanes, laneColumns);
      transformPatch(inputView, image, channels, row, column, offsets, scratch, to, patchStep, PANEL_COLUMNS << 2);
    }
    for (let element: usize = 0; element < ELEMENTS; element++) {
      const u = pointerAt(params, 0) + element * weightStep;
      const v = patches + element * patchStep;
      for (let panel: u32 = 0; panel < panels; panel++) {
        const to = products + element * productStep + <usize>panel * rowPanels * TILE_BYTES;
        for (let k: u32 = 0; k < channels; k += WEIGHT_DEPTH) {
          const right = v + (<usize>(panel * channels + k) * PANEL_COLUMNS << 2);
          multiplyBlock(u + (<usize>k * paddedRows << 2), right, min(WEIGHT_DEPTH, channels - k), rowPanels, 1, to, k == 0);
        }
      }
    }
    for (let quad: u32 = 0; quad < count; quad++) {
      const at = first + quad;
      const place = at / laneQuads;
      const row = place / tileColumns % tileRows * tile, column = place % tileColumns * tile;
      const image = pointerAt(params, 2) + (<usize>(place / (tileRows * tileColumns) * sizeAt(outputView, 0)) << 2);
      const from = products + <usize>(quad / QUADS) * rowPanels * TILE_BYTES + (quad % QUADS << 4);
      const lane = at % laneQuads * 4;
      const offsets = laneOffsets(outputView, lane, lanes, laneColumns);
      const bias = pointerAt(params, 3);
      if (tile == 4) storeTile(4, outputView, image, bias, m, row, column, offsets, lanes - lane, from, productStep, scratch);
      else storeTile(2, outputView, image, bias, m, row, column, offsets, lanes - lane, from, productStep, scratch);
    }
  }
}

/** One row of the output transform, of F(4×4, 3×3) or F(2×2, 5×5). */
// @ts-ignore: decorator
@inline
function transformed(tile: u32, power: u32, m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128): v128 {
  return tile == 4 ? transformOutput(power, m0, m1, m2, m3, m4, m5) : transformOutput2(power, m0, m1, m2, m3, m4, m5);
}

/** Transforms one quad of all output channels, adds the bias and stores what lies inside the plane. */
// @ts-ignore: decorator
@inline
function storeTile(
  tile: u32, view: usize, image: usize, bias: usize, channels: u32, row: u32, column: u32, offsets: v128, lanes: u32,
  from: usize, elementStep: usize, work: usize,
): void {
  const channelStride = <usize>sizeAt(view, 1) << 2, rowStride = <usize>sizeAt(view, 2) << 2, columnStride = <usize>sizeAt(view, 3) << 2;
  const rows = min(tile, sizeAt(view, 4) - row), columns = min(tile, sizeAt(view, 5) - column);
  const together = areTogether(offsets);
  const rowStep = SIDE * elementStep;
  let out = image + row * rowStride + column * columnStride;
  for (let channel: u32 = 0; channel < channels; channel++) {
    const at = from + <usize>(channel / PANEL_ROWS) * TILE_BYTES + channel % PANEL_ROWS * (PANEL_COLUMNS << 2);
    for (let c: usize = 0; c < SIDE; c++) {
      const m = at + c * elementStep, to = work + (c << 4);
      const m0 = v128.load(m), m1 = v128.load(m + rowStep), m2 = v128.load(m + 2 * rowStep);
      const m3 = v128.load(m + 3 * rowStep), m4 = v128.load(m + 4 * rowStep), m5 = v128.load(m + 5 * rowStep);
      v128.store(to, transformed(tile, 0, m0, m1, m2, m3, m4, m5), 0 * SIDE * 16);
      v128.store(to, transformed(tile, 1, m0, m1, m2, m3, m4, m5), 1 * SIDE * 16);
      if (tile == 4) {
        v128.store(to, transformed(tile, 2, m0, m1, m2, m3, m4, m5), 2 * SIDE * 16);
        v128.store(to, transformed(tile, 3, m0, m1, m2, m3, m4, m5), 3 * SIDE * 16);
      }
    }
    const shift = bias != 0 ? v128.load32_splat(bias + (channel << 2)) : f32x4.splat(0);
    for (let r: u32 = 0; r < rows; r++) {
      const m = work + r * <u32>(SIDE << 4), to = out + r * rowStride;
      const m0 = v128.load(m, 0), m1 = v128.load(m, 16), m2 = v128.load(m, 32);
      const m3 = v128.load(m, 48), m4 = v128.load(m, 64), m5 = v128.load(m, 80);
      storeLanes(f32x4.add(shift, transformed(tile, 0, m0, m1, m2, m3, m4, m5)), to, offsets, together, lanes);
      if (columns > 1) storeLanes(f32x4.add(shift, transformed(tile, 1, m0, m1, m2, m3, m4, m5)), to + columnStride, offsets, together, lanes);
      if (tile == 4) {
        if (columns > 2) storeLanes(f32x4.add(shift, transformed(tile, 2, m0, m1, m2, m3, m4, m5)), to + 2 * columnStride, offsets, together, lanes);
        if (columns > 3) storeLanes(f32x4.add(shift, transformed(tile, 3, m0, m1, m2, m3, m4, m5)), to + 3 * columnStride, offsets, together, lanes);
      }
    }
    out += channelStride;
  }
}
