// 3×3 convolution with stride 1 or 2 by Winograd's algorithm: a matrix product for each element of the transformed
// patches, channels summed: M[e][tile, output] = Σ V[e][tile, channel]·U[e][channel, output]. Stride 1 is F(4×4, 3×3),
// 36 products (winograd-transforms.ts); stride 2 sums four phases, 81 products with 36 different U
// (winograd-phase-transforms.ts).
//
// Of two operands, one is made for all units in a step of its own and lies in memory, the other where it is used, so
// that it never leaves the cache. Which one depends on the sizes: `winogradByOutputs` has V in memory,
// `winogradByTiles` has U. U is packed as right operand, [16 outputs][block of channels][element][panel of 8
// outputs][channel][output], V as left one, [block of channels][element][panel of 4 tiles][channel][tile].

import { multiplyBlock, PANEL_COLUMNS, PANEL_ROWS } from './matmul-tile';
import { pointerAt, sizeAt } from './params';
import { INPUT_SCRATCH, transformPhases, transformTiles } from './winograd-input';
import { OUTPUT_SCRATCH, storeOutputs, storePhaseOutputs } from './winograd-output';
import { POINTS } from './winograd-phase-transforms';
import { transformWeights, WEIGHT_DEPTH } from './winograd-weight-transform';
import { ELEMENTS, OUTPUTS, SIDE } from './winograd-transforms';

/** Outputs that are multiplied at a time. */
const UNIT_OUTPUTS: u32 = 16;

/**
 * The parameters of all four kernels: input, weights, V or U, output, bias or null (addresses); channels, outputs; stride of the
 * convolution; rows and columns of tiles; first tile and number of tiles; tiles of a unit, a multiple of 4; bytes between
 * elements of V, of U, of products; bytes between blocks of V; then 8 words on the input (winograd-input.ts), 4 on
 * the weights (winograd-weights.ts), 6 on the output (winograd-output.ts).
 */
const INPUT: i32 = 0, WEIGHTS: i32 = 1, OPERAND: i32 = 2, OUTPUT: i32 = 3, BIAS: i32 = 4;
const CHANNELS: i32 = 5, M: i32 = 6, STRIDE: i32 = 7, TILE_ROWS: i32 = 8, TILE_COLUMNS: i32 = 9;
const FIRST: i32 = 10, TILES: i32 = 11, UNIT_TILES: i32 = 12;
const INPUT_STEP: i32 = 13, WEIGHT_STEP: i32 = 14, PRODUCT_STEP: i32 = 15, BLOCK_STEP: i32 = 16;
const INPUT_VIEW: usize = 17 << 2, WEIGHT_VIEW: usize = 25 << 2, OUTPUT_VIEW: usize = 29 << 2;

/** Makes V. Units are panels of 4 tiles of one block of channels, panels fastest. Scratch: `INPUT_SCRATCH`. */
export function winogradInputTiles(params: usize, begin: u32, end: u32, scratch: usize): void {
  const panels = panelsOf(sizeAt(params, TILES), PANEL_ROWS);
  for (let unit = begin; unit < end; unit++) {
    const block = unit / panels;
    const depth = min(WEIGHT_DEPTH, sizeAt(params, CHANNELS) - block * WEIGHT_DEPTH);
    const panel = unit % panels;
    const to = pointerAt(params, OPERAND) + block * <usize>sizeAt(params, BLOCK_STEP) + (<usize>(panel * depth) << 4);
    transformPanel(params, block * WEIGHT_DEPTH, depth, panel * PANEL_ROWS, to, scratch);
  }
}

/** Makes U. Units are 16 outputs of one block of channels, blocks fastest. Scratch: `WEIGHT_SCRATCH`. */
export function winogradWeightPanels(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, CHANNELS);
  const blocks = panelsOf(channels, WEIGHT_DEPTH);
  const unitStep = ELEMENTS * <usize>sizeAt(params, WEIGHT_STEP);
  for (let unit = begin; unit < end; unit++) {
    const k = unit % blocks * WEIGHT_DEPTH;
    const depth = min(WEIGHT_DEPTH, channels - k);
    transformOutputs(params, unit / blocks * UNIT_OUTPUTS, k, depth, pointerAt(params, OPERAND) + unit * unitStep, scratch);
  }
}

/** With V in memory. Units are 16 outputs of some tiles, outputs fastest. Scratch: `OUTPUT_SCRATCH`, U, products. */
export function winogradByOutputs(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, CHANNELS), unitTiles = <u32>sizeAt(params, UNIT_TILES);
  const blockStep = <usize>sizeAt(params, BLOCK_STEP);
  const outputBlocks = panelsOf(sizeAt(params, M), UNIT_OUTPUTS);
  const weights = scratch + OUTPUT_SCRATCH;
  const products = weights + ELEMENTS * <usize>sizeAt(params, WEIGHT_STEP);
  for (let unit = begin; unit < end; unit++) {
    const output = unit % outputBlocks * UNIT_OUTPUTS;
    const tile = unit / outputBlocks * unitTiles;
    const count = min(unitTiles, sizeAt(params, TILES) - tile);
    for (let k: u32 = 0; k < channels; k += WEIGHT_DEPTH) {
      const depth = min(WEIGHT_DEPTH, channels - k);
      transformOutputs(params, output, k, depth, weights, scratch);
      const left = pointerAt(params, OPERAND) + k / WEIGHT_DEPTH * blockStep + (<usize>(tile * depth) << 2);
      multiplyElements(params, left, weights, output, count, depth, products, k == 0);
    }
    finish(params, output, tile, count, products, scratch);
  }
}

/** With U in memory. Units are tiles. Scratch: `INPUT_SCRATCH` or `OUTPUT_SCRATCH`, V, products. */
export function winogradByTiles(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, CHANNELS), m = <u32>sizeAt(params, M), unitTiles = <u32>sizeAt(params, UNIT_TILES);
  const blockStep = <usize>sizeAt(params, BLOCK_STEP), unitStep = ELEMENTS * <usize>sizeAt(params, WEIGHT_STEP);
  const inputs = scratch + INPUT_SCRATCH;
  const products = inputs + panelsOf(channels, WEIGHT_DEPTH) * blockStep;
  for (let unit = begin; unit < end; unit++) {
    const tile = unit * unitTiles;
    const count = min(unitTiles, sizeAt(params, TILES) - tile);
    for (let k: u32 = 0; k < channels; k += WEIGHT_DEPTH) {
      const depth = min(WEIGHT_DEPTH, channels - k);
      const to = inputs + k / WEIGHT_DEPTH * blockStep;
      for (let i: u32 = 0; i < count; i += PANEL_ROWS) {
        transformPanel(params, k, depth, tile + i, to + (<usize>(i * depth) << 2), scratch);
      }
    }
    let weights = pointerAt(params, OPERAND);
    for (let output: u32 = 0; output < m; output += UNIT_OUTPUTS) {
      for (let k: u32 = 0; k < channels; k += WEIGHT_DEPTH) {
        const left = inputs + k / WEIGHT_DEPTH * blockStep;
        multiplyElements(params, left, weights, output, count, min(WEIGHT_DEPTH, channels - k), products, k == 0);
        weights += unitStep;
      }
      finish(params, output, tile, count, products, scratch);
    }
  }
}

/** V of four tiles and `depth` channels from k on. */
// @ts-ignore: decorator
@inline
function transformPanel(params: usize, k: u32, depth: u32, tile: u32, to: usize, scratch: usize): void {
  const view = params + INPUT_VIEW;
  const input = pointerAt(params, INPUT) + (<usize>(k * sizeAt(view, 1)) << 2);
  const tileRows = <u32>sizeAt(params, TILE_ROWS), tileColumns = <u32>sizeAt(params, TILE_COLUMNS);
  const first = <u32>sizeAt(params, FIRST), step = <usize>sizeAt(params, INPUT_STEP);
  const end = first + sizeAt(params, TILES);
  if (sizeAt(params, STRIDE) == 1) {
    transformTiles(view, input, depth, tileRows, tileColumns, first + tile, end, scratch, to, step, 16);
  } else {
    transformPhases(view, input, depth, tileRows, tileColumns, first + tile, end, scratch, to, step, 16);
  }
}

/** U of up to 16 outputs and `depth` channels from k on. */
function transformOutputs(params: usize, output: u32, k: u32, depth: u32, to: usize, scratch: usize): void {
  const view = params + WEIGHT_VIEW;
  const m = <u32>sizeAt(params, M);
  const last = min(output + UNIT_OUTPUTS, m) - 1;
  for (let lane: u32 = 0; lane <= (last - output | PANEL_COLUMNS - 1); lane += 4) {
    // Outputs past the last stand in for it: what they give is not stored.
    const row = min(output + lane, last);
    const from = pointerAt(params, WEIGHTS) + (<usize>(row * sizeAt(view, 0) + k * sizeAt(view, 1)) << 2);
    const place = to + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * depth + lane % PANEL_COLUMNS) << 2);
    transformWeights(view, from, m - row, depth, sizeAt(params, STRIDE), scratch, place, sizeAt(params, WEIGHT_STEP), PANEL_COLUMNS << 2);
  }
}

/** The products of all elements of some tiles and up to 16 outputs, written or, unless `first`, added. */
function multiplyElements(
  params: usize, left: usize, weights: usize, output: u32, tiles: u32, depth: u32, products: usize, first: bool,
): void {
  const stride = <u32>sizeAt(params, STRIDE);
  const inputStep = <usize>sizeAt(params, INPUT_STEP), weightStep = <usize>sizeAt(params, WEIGHT_STEP);
  const productStep = <usize>sizeAt(params, PRODUCT_STEP);
  const rowPanels = panelsOf(tiles, PANEL_ROWS);
  const columnPanels = panelsOf(min(UNIT_OUTPUTS, sizeAt(params, M) - output), PANEL_COLUMNS);
  for (let plane: usize = 0; plane < ELEMENTS; plane++) {
    for (let n = sharing(plane, stride); n > 0; n--) {
      multiplyBlock(left, weights, depth, rowPanels, columnPanels, products, first);
      left += inputStep;
      products += productStep;
    }
    weights += weightStep;
  }
}

/** Elements that a transformed weight multiplies: with stride 2, four along each axis of the odd phase. */
// @ts-ignore: decorator
@inline
function sharing(plane: usize, stride: u32): u32 {
  if (stride == 1) return 1;
  return (plane / SIDE < POINTS ? 1 : OUTPUTS) * (plane % SIDE < POINTS ? 1 : OUTPUTS);
}

/** Transforms and stores the products of some tiles and up to 16 outputs. */
// @ts-ignore: decorator
@inline
function finish(params: usize, channel: u32, tile: u32, tiles: u32, products: usize, scratch: usize): void {
  const view = params + OUTPUT_VIEW;
  const output = pointerAt(params, OUTPUT) + (<usize>(channel * sizeAt(view, 1)) << 2);
  const bias = pointerAt(params, BIAS) != 0 ? pointerAt(params, BIAS) + (channel << 2) : 0;
  const outputs = min(UNIT_OUTPUTS, sizeAt(params, M) - channel);
  const tileRows = <u32>sizeAt(params, TILE_ROWS), tileColumns = <u32>sizeAt(params, TILE_COLUMNS);
  const first = sizeAt(params, FIRST) + tile, step = <usize>sizeAt(params, PRODUCT_STEP);
  if (sizeAt(params, STRIDE) == 1) {
    storeOutputs(view, output, bias, outputs, tileRows, tileColumns, first, tiles, products, step, scratch);
  } else {
    storePhaseOutputs(view, output, bias, outputs, tileRows, tileColumns, first, tiles, products, step, scratch);
  }
}

// @ts-ignore: decorator
@inline
function panelsOf(size: u32, panel: u32): u32 {
  return (size + panel - 1) / panel;
}
