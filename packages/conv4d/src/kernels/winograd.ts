import type { WasmLaunch, WasmStep } from '@hypercorr/tensor/op';
import { elementBytes, elements, grainFor, panelRows, roundUp, weightCost } from '@hypercorr/tensor/kernels';
import { firstTap } from './axes.ts';
import { module } from './module.ts';
import type { TapSum } from './sums.ts';
import { inputView, outputView, side, tilesOf, workBytes, type Planar } from './winograd-geometry.ts';

/** Steps: transform the weights, then compute blocks of patches to the end (`assembly/winograd.ts`). */
export function winogradSteps(sum: TapSum, planar: Planar, launch: WasmLaunch): WasmStep[] {
  const { input, output, channels, outputs, weight, bias } = sum;
  const { rows, columns, lanes, kernel } = planar;
  const { tile, tileRows, tileColumns, positions, quads } = tilesOf(sum.images, planar);
  const block = quadsOfBlock(quads);
  const paddedOutputs = roundUp(outputs, panelRows);
  const weightBytes = elementBytes(paddedOutputs * channels);
  const patchBytes = elementBytes(4 * block * channels);
  const productBytes = elementBytes(4 * block * paddedOutputs);
  const transformed = launch.workspace(elements * weightBytes);
  return [
    {
      ...(kernel === 3 ? { entry: 'winogradWeights' } : { module, entry: 'winograd5Weights' }),
      params: [
        weight.pointer + 4 * firstTap(sum.axes),
        transformed,
        outputs,
        channels,
        weight.outputStride,
        weight.channelStride,
        rows.taps.kernelStep * rows.kernelStride,
        columns.taps.kernelStep * columns.kernelStride,
        weightBytes,
      ],
      items: paddedOutputs / panelRows,
      grain: grainFor(panelRows * channels * weightCost),
      scratchBytes: 16 * side * kernel,
    },
    {
      module,
      entry: 'winogradLanes',
      params: [
        transformed,
        input.pointer,
        output.pointer,
        bias,
        outputs,
        channels,
        tileRows,
        tileColumns,
        tile,
        positions,
        lanes[1].taps.positions,
        quads,
        block,
        weightBytes,
        patchBytes,
        productBytes,
        ...inputView(input, planar),
        ...outputView(output, planar),
      ],
      items: Math.ceil(quads / block),
      grain: grainFor(elements * 4 * block * channels * paddedOutputs),
      scratchBytes: workBytes + elements * (patchBytes + productBytes),
      multiplyAdds: 4 * quads * elements * channels * outputs,
    },
  ];
}

/**
 * Large blocks use each transformed weight more often. Small blocks are easier to share between threads, and fit the
 * cache.
 */
function quadsOfBlock(quads: number): number {
  let block = 8;
  while (block > 2 && quads / block < 16) block -= 2;
  return block;
}
