import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { ascending, type TapSum } from './conv2d-geometry.ts';
import { grainFor, panelRows, roundUp } from './matmul-pack.ts';
import {
  elementBytes,
  elements,
  inputCost,
  inputScratchBytes,
  patchWords,
  productsOf,
  tilesOf,
  weightCost,
  weightScratchBytes,
} from './winograd-tiles.ts';

/** `OUTPUT_SCRATCH` of `assembly/winograd-output.ts`. */
const outputScratchBytes = 832;

/** `WEIGHT_DEPTH` of `assembly/winograd-weights.ts`. */
const blockChannels = 128;

/** `UNIT_OUTPUTS` of `assembly/winograd.ts`. */
const unitOutputs = 16;

/** Bytes of the transformed patches of a unit, which stay in its thread's cache, and of all units of a step. */
const unitBytes = 2 ** 18;
const stepBytes = 2 ** 22;

/** The number of units that spread well over threads. */
const enoughUnits = 16;

/** With this many tiles, transforming the weights costs little compared to the products. */
const enoughTiles = 64;

/** How the tiles of a sum are cut. */
interface Cut {
  /** The number of tiles in a unit. */
  readonly unit: number;
  /** The number of tiles whose transformed patches are kept at a time. */
  readonly kept: number;
}

/**
 * Steps of a 3×3 tap sum with stride 1 or 2. One operand of the products, weights or patches, is transformed in a step
 * of its own. The other operand is transformed where it is used: `assembly/winograd.ts`.
 */
export function winogradSteps(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const { channels, outputs, rows } = sum;
  const tiles = tilesOf(sum.output).all;
  const values = productsOf(rows.step) * channels;
  const unit = evenPart(tiles, Math.ceil(tiles / fittingTiles(unitBytes, values)));
  // The memory traffic of transforming one operand first: the operand is written once, which takes as long as three
  // reads, and is read for each unit of the other operand.
  const weights = elements * channels * outputs * (3 + tiles / unit);
  const patches = values * tiles * (3 + outputs / unitOutputs);
  return weights < patches ? stepsByTiles(sum, unit, launch) : stepsByOutputs(sum, launch);
}

/** The first step transforms the weights. Then each unit computes all outputs of its tiles. */
function stepsByTiles(sum: TapSum, unit: number, launch: WasmLaunch): WasmStep[] {
  const { channels, outputs, output } = sum;
  const tiles = tilesOf(output).all;
  const cut: Cut = { unit, kept: unit };
  const { products, depth, blocks, weightBytes, patchBytes, productBytes } = sizesOf(sum, cut);
  const panels = Math.ceil(outputs / unitOutputs) * blocks;
  const params = paramsOf(sum, cut, launch.workspace(panels * elements * weightBytes), 0, tiles);
  return [
    {
      entry: 'winogradWeightPanels',
      params,
      items: panels,
      grain: grainFor(unitOutputs * depth * weightCost),
      scratchBytes: weightScratchBytes,
    },
    {
      entry: 'winogradByTiles',
      params,
      items: Math.ceil(tiles / unit),
      grain: grainFor(products * unit * channels * outputs),
      scratchBytes: inputScratchBytes + products * (blocks * patchBytes + productBytes),
      multiplyAdds: products * tiles * channels * outputs,
    },
  ];
}

/**
 * The first step transforms patches, as many as fit a step. Then each unit computes its outputs for these patches. Both
 * steps repeat until all tiles are done.
 */
function stepsByOutputs(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const { channels, outputs, output, rows } = sum;
  const tiles = tilesOf(output).all;
  const kept = Math.min(tiles, Math.max(enoughTiles, fittingTiles(stepBytes, productsOf(rows.step) * channels)));
  const panels = Math.ceil(outputs / unitOutputs);
  const parts = Math.min(Math.ceil(enoughUnits / panels), Math.max(1, Math.floor(kept / enoughTiles)));
  const cut: Cut = { unit: evenPart(kept, parts), kept: roundUp(kept, panelRows) };
  const { products, depth, blocks, weightBytes, patchBytes, productBytes } = sizesOf(sum, cut);
  const operand = launch.workspace(blocks * products * patchBytes);
  const steps: WasmStep[] = [];
  for (let first = 0; first < tiles; first += kept) {
    const count = Math.min(kept, tiles - first);
    const params = paramsOf(sum, cut, operand, first, count);
    steps.push(
      {
        entry: 'winogradInputTiles',
        params,
        items: Math.ceil(count / panelRows) * blocks,
        grain: grainFor(panelRows * depth * inputCost),
        scratchBytes: inputScratchBytes,
      },
      {
        entry: 'winogradByOutputs',
        params,
        items: panels * Math.ceil(count / cut.unit),
        grain: grainFor(products * cut.unit * channels * unitOutputs),
        scratchBytes: outputScratchBytes + elements * weightBytes + products * productBytes,
        multiplyAdds: products * count * channels * outputs,
      },
    );
  }
  return steps;
}

/** The number of tiles whose transformed patches, `values` values each, fit into `bytes`: whole panels. */
function fittingTiles(bytes: number, values: number): number {
  return Math.max(1, Math.floor(bytes / (4 * values * panelRows))) * panelRows;
}

/** The number of tiles in each of `parts` parts of about the same size: whole panels. */
function evenPart(tiles: number, parts: number): number {
  return roundUp(Math.ceil(tiles / parts), panelRows);
}

/** The sizes that the kernels of `assembly/winograd.ts` and their memory share. */
function sizesOf({ channels, rows }: TapSum, { unit, kept }: Cut) {
  const depth = Math.min(blockChannels, channels);
  return {
    products: productsOf(rows.step),
    /** The number of channels in a block, and the number of blocks. */
    depth,
    blocks: Math.ceil(channels / depth),
    /** Bytes between elements. */
    patchBytes: elementBytes(kept * depth),
    weightBytes: elementBytes(unitOutputs * depth),
    productBytes: elementBytes(unit * unitOutputs),
  };
}

/** The parameters of all kernels of `assembly/winograd.ts`. */
function paramsOf(sum: TapSum, cut: Cut, operand: number, first: number, count: number): number[] {
  const { input, output, channels, outputs, weight, bias } = sum;
  const rows = ascending(sum.rows);
  const columns = ascending(sum.columns);
  const tiles = tilesOf(output);
  const { products, patchBytes, weightBytes, productBytes } = sizesOf(sum, cut);
  return [
    input.pointer,
    weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
    operand,
    output.pointer,
    bias,
    channels,
    outputs,
    rows.step,
    tiles.rows,
    tiles.columns,
    first,
    count,
    cut.unit,
    patchBytes,
    weightBytes,
    productBytes,
    products * patchBytes,
    ...patchWords(input),
    rows.first,
    columns.first,
    weight.outputStride,
    weight.channelStride,
    rows.kernelStep * weight.rowStride,
    columns.kernelStep * weight.columnStride,
    ...patchWords(output),
  ];
}
