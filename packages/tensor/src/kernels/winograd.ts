import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { ascending, type Planes, type TapSum, type WeightSum } from './conv2d-geometry.ts';
import { blockDepth, grainFor, panelColumns, panelRows, roundUp } from './matmul-pack.ts';
import { packedProductStep } from './matmul.ts';

/** F(4×4, 3×3): 36 products for 4×4 outputs; `assembly/winograd-transforms.ts` has the equations. */
const tileSide = 4;
export const elements = 36;

/** `INPUT_SCRATCH` of `assembly/winograd-input.ts`. */
const workBytes = 1536;

/** Bytes of a cache line. */
export const lineBytes = 64;

/** Transformed operands of a weight gradient that are made before they are used. */
const chunkBytes = 2 ** 22;

/**
 * What the transforms cost, in multiply-adds of a large matrix product (measured): a tile of one input channel,
 * a tile of one output, a weight.
 */
export const inputCost = 240;
export const outputCost = 200;
export const weightCost = 125;

/** `TILES` of `assembly/winograd-gradient.ts`. */
const inputTiles = 16;

/**
 * Bytes between the elements of a transformed operand, one cache line more than it takes: the 36 elements of a
 * tile are written together, and at a power of two apart they would all fall on the same few cache lines.
 */
export function elementBytes(values: number): number {
  return 4 * values + lineBytes;
}

/** Tiles of an output. */
export function tilesOf(output: Planes): { rows: number; columns: number; all: number } {
  const rows = Math.ceil(output.rows / tileSide);
  const columns = Math.ceil(output.columns / tileSide);
  return { rows, columns, all: rows * columns * output.images };
}

/** The planes that `assembly/winograd-patches.ts` reads. */
function patchWords(planes: Planes): number[] {
  return [
    planes.imageStride, planes.channelStride, planes.rowStride, planes.columnStride,
    planes.rows, planes.columns,
  ];
}

/** Steps of a 3×3 tap sum with stride 1: the weights are transformed, then blocks of tiles go all the way. */
export function winogradSteps(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const { input, output, channels, weight, bias } = sum;
  const rows = ascending(sum.rows);
  const columns = ascending(sum.columns);
  const tiles = tilesOf(sum.output);
  const block = tilesOfBlock(tiles.all);
  const paddedOutputs = roundUp(sum.outputs, panelRows);
  const weightBytes = elementBytes(paddedOutputs * channels);
  const inputBytes = elementBytes(block * channels);
  const productBytes = elementBytes(block * paddedOutputs);
  const transformed = launch.workspace(elements * weightBytes);
  return [
    {
      entry: 'winogradWeights',
      params: [
        weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
        transformed,
        sum.outputs, channels,
        weight.outputStride, weight.channelStride,
        rows.kernelStep * weight.rowStride, columns.kernelStep * weight.columnStride,
        weightBytes,
      ],
      items: paddedOutputs / panelRows,
      grain: grainFor(panelRows * channels * weightCost),
      scratchBytes: 18 * 16,
    },
    {
      entry: 'winograd',
      params: [
        transformed, input.pointer, output.pointer, bias,
        sum.outputs, channels,
        tiles.rows, tiles.columns, tiles.all, block,
        weightBytes, inputBytes, productBytes,
        ...patchWords(input), rows.first, columns.first,
        ...patchWords(output),
      ],
      items: Math.ceil(tiles.all / block),
      grain: grainFor(elements * block * channels * paddedOutputs),
      scratchBytes: workBytes + elements * (inputBytes + productBytes),
    },
  ];
}

/** Many tiles use each transformed weight more often; fewer share out better, and fit the cache. */
function tilesOfBlock(tiles: number): number {
  let block = 32;
  while (block > panelColumns && tiles / block < 16) block -= panelColumns;
  return block;
}

/**
 * Steps of a weight gradient: both operands are transformed and multiplied for each element, some tiles at a
 * time; the products are added up and transformed back.
 */
export function winogradGradientSteps(
  { input, cotangent, rows, columns, channels, outputs, gradient }: WeightSum,
  launch: WasmLaunch,
): WasmStep[] {
  const tiles = tilesOf(cotangent);
  const chunk = tilesOfChunk(tiles.all, channels + outputs);
  const chunks = Math.ceil(tiles.all / chunk);
  const channelBytes = 4 * roundUp(chunk, 4);
  const inputBytes = channels * channelBytes + lineBytes;
  const cotangentBytes = elementBytes(roundUp(outputs, panelRows) * chunk);
  const productBytes = elementBytes(outputs * channels);
  const left = launch.workspace(elements * cotangentBytes);
  const right = launch.workspace(elements * inputBytes);
  const products = launch.workspace(chunks * elements * productBytes);
  const steps: WasmStep[] = [];
  for (let index = 0; index < chunks; index += 1) {
    const first = index * chunk;
    const count = Math.min(chunk, tiles.all - first);
    steps.push(
      {
        entry: 'winogradCotangents',
        params: [
          cotangent.pointer, left,
          outputs, tiles.rows, tiles.columns, first, count, cotangentBytes,
          ...patchWords(cotangent),
        ],
        items: Math.ceil(outputs / panelRows),
        grain: grainFor(count * panelRows * outputCost),
        scratchBytes: workBytes,
      },
      {
        entry: 'winogradInputs',
        params: [
          input.pointer, right,
          channels, tiles.rows, tiles.columns, first, count, inputBytes, channelBytes,
          ...patchWords(input), rows.first, columns.first,
        ],
        items: Math.ceil(count / inputTiles),
        grain: grainFor(inputTiles * channels * inputCost),
        scratchBytes: workBytes,
      },
      packedProductStep({
        m: outputs,
        n: channels,
        k: count,
        left,
        right,
        rightDepthStride: 1,
        rightKeptStride: channelBytes / 4,
        out: products + index * elements * productBytes,
        outRowStride: channels,
        outColumnStride: 1,
        outEntryStride: productBytes / 4,
        entries: elements,
        batchWords: [1, elements, cotangentBytes / 4, inputBytes / 4],
      }),
    );
  }
  steps.push({
    entry: 'winogradWeightGradient',
    params: [
      products, gradient,
      channels, chunks, productBytes / 4, elements * productBytes / 4,
      channels * 9, 9, 3, 1,
    ],
    items: outputs,
    grain: grainFor(channels * chunks * weightCost),
    scratchBytes: (elements + 18) * 16,
  });
  return steps;
}

/** Tiles to transform before they are multiplied: few enough for the cache, in whole blocks of depth. */
function tilesOfChunk(tiles: number, channels: number): number {
  const fitting = chunkBytes / (4 * elements * channels);
  return Math.min(tiles, Math.max(1, Math.round(fitting / blockDepth)) * blockDepth);
}
