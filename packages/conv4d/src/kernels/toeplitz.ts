import type { WasmLaunch, WasmStep } from '@hypercorr/tensor/op';
import { blockDepth, elementBytes, grainFor, panelColumns, panelRows, roundUp } from '@hypercorr/tensor/kernels';
import { axisWords, firstTap, positionsOf, singleAxis, tapsOf, type TapAxis } from './axes.ts';
import { module } from './module.ts';
import { recordBytes } from './records.ts';
import type { Sums, TapSum } from './sums.ts';

/** Products of a 2×2 plane: three along each axis. */
const elements = 9;

/** Costs in multiply-adds of a large matrix product (measured). */
const costs = {
  /** Transforming the plane of an input channel that a position sees through a tap. */
  input: 30,
  /** Transforming the plane of an output channel. */
  output: 30,
  /** Transforming a kernel. */
  weight: 60,
} as const;

/** Query positions of a block: their transformed inputs and products stay in the second-level cache. */
const blockPositions = 32;

/** Whether a tap sum is over support planes of 2×2 under a 3×3 kernel with padding 1 (`assembly/toeplitz.ts`). */
export function isToeplitz(axes: readonly TapAxis[]): boolean {
  const [, , rows, columns] = axes;
  return rows !== undefined && columns !== undefined && isPair(rows, 2) && isPair(columns, 1);
}

function isPair({ taps, size, inputStride, outputStride }: TapAxis, stride: number): boolean {
  const { positions, count, step, first, dilation } = taps;
  const covers = positions === 2 && size === 2 && count === 3 && step === 1 && first === -1 && dilation === 1;
  return covers && inputStride === stride && outputStride === stride;
}

/** Cost in multiply-adds of a large matrix product that takes as long. */
export function toeplitzCost({ images, channels, outputs }: Sums, [rows, columns]: readonly TapAxis[]): number {
  const query = [rows ?? singleAxis, columns ?? singleAxis];
  const [positions, depth] = [images * positionsOf(query), channels * tapsOf(query)];
  const products = elements * roundUp(positions, panelColumns) * depth * roundUp(outputs, panelRows);
  return products + positions * (depth * costs.input + outputs * costs.output) + depth * outputs * costs.weight;
}

/** Steps: transform the kernels, then compute blocks of query positions to the end. */
export function toeplitzSteps(
  { input, output, images, channels, outputs, axes, weight, bias }: TapSum,
  launch: WasmLaunch,
): WasmStep[] {
  const [tapRows = singleAxis, tapColumns = singleAxis, rows = singleAxis, columns = singleAxis] = axes;
  const query = [tapRows, tapColumns, singleAxis, singleAxis];
  const [positions, depth] = [positionsOf(query), channels * tapsOf(query)];
  const block = Math.min(blockPositions, roundUp(positions, panelColumns));
  const weightBytes = elementBytes(roundUp(outputs, panelRows) * depth);
  const inputBytes = elementBytes(block * Math.min(depth, blockDepth));
  const productBytes = elementBytes(block * roundUp(outputs, panelRows));
  const transformed = launch.workspace(elements * weightBytes);
  const strideOf = ({ taps, kernelStride }: TapAxis) => taps.kernelStep * kernelStride;
  return [
    {
      module,
      entry: 'toeplitzWeights',
      params: [
        weight.pointer + 4 * firstTap(axes),
        transformed,
        outputs,
        channels,
        weight.outputStride,
        weight.channelStride,
        strideOf(rows),
        strideOf(columns),
        tapRows.taps.count,
        tapColumns.taps.count,
        strideOf(tapRows),
        strideOf(tapColumns),
        weightBytes,
      ],
      items: Math.ceil(outputs / panelRows),
      grain: grainFor(panelRows * depth * costs.weight),
    },
    {
      module,
      entry: 'toeplitz',
      params: [
        transformed,
        input.pointer,
        output.pointer,
        bias,
        outputs,
        channels,
        input.imageStride,
        input.channelStride,
        output.imageStride,
        output.channelStride,
        block,
        weightBytes,
        inputBytes,
        productBytes,
        ...axisWords(query),
      ],
      items: images * Math.ceil(positions / block),
      grain: grainFor(elements * block * depth * outputs),
      scratchBytes: 4 * block + recordBytes * (block / 4) + elements * (inputBytes + productBytes),
      multiplyAdds: elements * images * positions * depth * outputs,
    },
  ];
}
