import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import type { WeightSum } from './conv2d-geometry.ts';
import { blockDepth, grainFor, panelRows, roundUp } from './matmul-pack.ts';
import { packedProductStep } from './matmul.ts';
import {
  elementBytes,
  elements,
  inputCost,
  inputScratchBytes,
  lineBytes,
  outputCost,
  patchWords,
  tilesOf,
  weightCost,
} from './winograd-tiles.ts';

/** Bytes of the transformed operands that a weight gradient keeps at a time. */
const chunkBytes = 2 ** 22;

/** `TILES` of `assembly/winograd-gradient.ts`. */
const inputTiles = 16;

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
          cotangent.pointer,
          left,
          outputs,
          tiles.rows,
          tiles.columns,
          first,
          count,
          cotangentBytes,
          ...patchWords(cotangent),
        ],
        items: Math.ceil(outputs / panelRows),
        grain: grainFor(count * panelRows * outputCost),
        scratchBytes: inputScratchBytes,
      },
      {
        entry: 'winogradInputs',
        params: [
          input.pointer,
          right,
          channels,
          tiles.rows,
          tiles.columns,
          first,
          count,
          inputBytes,
          channelBytes,
          ...patchWords(input),
          rows.first,
          columns.first,
        ],
        items: Math.ceil(count / inputTiles),
        grain: grainFor(inputTiles * channels * inputCost),
        scratchBytes: inputScratchBytes,
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
      products,
      gradient,
      channels,
      chunks,
      productBytes / 4,
      (elements * productBytes) / 4,
      channels * 9,
      9,
      3,
      1,
    ],
    items: outputs,
    grain: grainFor(channels * chunks * weightCost),
    scratchBytes: (elements + 18) * 16,
  });
  return steps;
}

/** The number of tiles to transform before multiplying them: few enough for the cache, in whole blocks of depth. */
function tilesOfChunk(tiles: number, channels: number): number {
  const fitting = chunkBytes / (4 * elements * channels);
  return Math.min(tiles, Math.max(1, Math.round(fitting / blockDepth)) * blockDepth);
}
