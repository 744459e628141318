// 3×3 convolution with stride 1 by Winograd's F(4×4, 3×3): 36 matrix products, one for each element of the
// transformed tiles, channels summed: M[e] = U[e]·V[e], e < 36 (the transforms are in winograd-transforms.ts).

import { multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, TILE_BYTES } from './matmul-tile';
import { pointerAt, sizeAt } from './params';
import { INPUT_SCRATCH, transformTiles } from './winograd-input';
import { storeOutputs } from './winograd-output';
import { gatherRows, WEIGHT_DEPTH } from './winograd-weights';
import { ELEMENTS, SIDE, transformKernel } from './winograd-transforms';

/**
 * Transforms the weights and packs them as left operands, one for each of the 36 elements.
 *
 * Parameters: weights, packed (addresses); outputs, channels; strides of output, channel, kernel row and
 * kernel column (elements); bytes between packed elements. Units are panels of 4 outputs.
 * Scratch: 18 vectors.
 */
export function winogradWeights(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2), channels = <u32>sizeAt(params, 3);
  const outputStride = sizeAt(params, 4) << 2, channelStride = sizeAt(params, 5) << 2;
  const rowStride = sizeAt(params, 6) << 2, columnStride = sizeAt(params, 7) << 2;
  const elementStride = <usize>sizeAt(params, 8);
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  for (let unit = begin; unit < end; unit++) {
    const row = unit * PANEL_ROWS;
    const lanes = m - row;
    for (let k: u32 = 0; k < channels; k++) {
      const from = pointerAt(params, 0) + row * outputStride + k * channelStride;
      for (let j: u32 = 0; j < 3; j++) {
        const column = from + j * columnStride;
        transformKernel(
          gatherRows(column, outputStride, lanes), gatherRows(column + rowStride, outputStride, lanes),
          gatherRows(column + 2 * rowStride, outputStride, lanes), scratch + (j << 4), 48,
        );
      }
      const block = k - k % WEIGHT_DEPTH;
      const place = block * paddedRows + row * min(WEIGHT_DEPTH, channels - block) + (k - block) * PANEL_ROWS;
      const to = pointerAt(params, 1) + (<usize>place << 2);
      for (let i: usize = 0; i < SIDE; i++) {
        const half = scratch + i * 48;
        const g0 = v128.load(half, 0), g1 = v128.load(half, 16), g2 = v128.load(half, 32);
        transformKernel(g0, g1, g2, to + i * SIDE * elementStride, elementStride);
      }
    }
  }
}

/**
 * Parameters: transformed weights, input, output, bias or null (addresses); outputs, channels; rows, columns
 * and number of all tiles; tiles of a block, a multiple of 8; bytes between elements of the transformed
 * weights, inputs and products; then 8 words on the input (winograd-input.ts) and 6 on the output
 * (winograd-output.ts). Units are blocks of tiles.
 */
export function winograd(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 4), channels = <u32>sizeAt(params, 5);
  const tileRows = <u32>sizeAt(params, 6), tileColumns = <u32>sizeAt(params, 7), tiles = <u32>sizeAt(params, 8);
  const block = <u32>sizeAt(params, 9);
  const weightStride = <usize>sizeAt(params, 10);
  const inputStride = <usize>sizeAt(params, 11), productStride = <usize>sizeAt(params, 12);
  const inputView = params + (13 << 2), outputView = params + (21 << 2);
  const rowPanels = (m + PANEL_ROWS - 1) / PANEL_ROWS;
  const paddedRows = rowPanels * PANEL_ROWS;
  const inputs = scratch + INPUT_SCRATCH;
  const products = inputs + ELEMENTS * inputStride;

  for (let unit = begin; unit < end; unit++) {
    const first = unit * block;
    const count = min(block, tiles - first);
    const panels = (count + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    for (let lane: u32 = 0; lane < panels * PANEL_COLUMNS; lane += 4) {
      const to = inputs + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * channels + lane % PANEL_COLUMNS) << 2);
      transformTiles(
        inputView, pointerAt(params, 1), channels, tileRows, tileColumns, first + lane, tiles,
        scratch, to, inputStride, PANEL_COLUMNS << 2,
      );
    }
    for (let element: usize = 0; element < ELEMENTS; element++) {
      const u = pointerAt(params, 0) + element * weightStride;
      const v = inputs + element * inputStride;
      for (let panel: u32 = 0; panel < panels; panel++) {
        const tile = products + element * productStride + <usize>panel * rowPanels * TILE_BYTES;
        for (let k: u32 = 0; k < channels; k += WEIGHT_DEPTH) {
          const depth = min(WEIGHT_DEPTH, channels - k);
          const right = v + (<usize>(panel * channels + k) * PANEL_COLUMNS << 2);
          multiplyBlock(u + (<usize>k * paddedRows << 2), right, depth, rowPanels, 1, tile, k == 0);
        }
      }
    }
    for (let lane: u32 = 0; lane < count; lane += 4) {
      const from = products + <usize>(lane / PANEL_COLUMNS) * rowPanels * TILE_BYTES + (lane % PANEL_COLUMNS << 2);
      storeOutputs(
        outputView, pointerAt(params, 2), pointerAt(params, 3), m, tileRows, tileColumns, first + lane, tiles,
        from, productStride, scratch,
      );
    }
  }
}
