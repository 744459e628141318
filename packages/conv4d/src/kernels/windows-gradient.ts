import type { WasmLaunch, WasmStep } from '@hypercorr/tensor/op';
import { grainFor, panelColumns, panelRows, roundUp } from '@hypercorr/tensor/kernels';
import { axisWords, firstTap, positionsOf, tapsOf } from './axes.ts';
import { module } from './module.ts';
import { recordBytes } from './records.ts';
import type { Sums, WeightSum } from './sums.ts';
import { isContiguous, seenThrough, tapWords, type Windows } from './windows.ts';

/** Costs in multiply-adds of a large matrix product (measured). */
const costs = {
  /** A multiply-add whose lanes stay separate. */
  product: 1.3,
  /** Copying a value into a panel. */
  pack: 10,
  /** The same for a value whose neighbours in memory no lane sees. */
  gather: 20,
  /** Adding up the lanes of a tile of four outputs and two channels. */
  tile: 100,
} as const;

/**
 * The number of separate sums, which are added up at the end. The next constant limits the values that all of them may
 * take.
 */
const units = 32;
const sumValues = 2 ** 20;

/** Cost in multiply-adds of a large matrix product, for an input without zeros. */
export function windowsGradientCost({ images, channels, outputs }: Sums, { plane, lanes }: Windows): number {
  const [rows, columns] = plane;
  const tile = { outputs: roundUp(outputs, panelRows), channels: roundUp(channels, 2) };
  const products = tile.outputs * tile.channels * seenThrough(rows) * seenThrough(columns) * costs.product;
  const sums = ((tile.outputs * tile.channels) / 8) * tapsOf(plane) * (costs.tile / panelColumns);
  const packing =
    (isContiguous(plane) ? costs.pack : costs.gather) *
    (tapsOf(lanes) * rows.size * columns.size * channels + positionsOf(plane) * outputs);
  return images * roundUp(positionsOf(lanes), panelColumns) * (tapsOf(lanes) * (products + sums) + packing);
}

/** Steps: several sums over some lanes each, then the total. */
export function windowsGradientSteps(sum: WeightSum, windows: Windows, launch: WasmLaunch): WasmStep[] {
  const { plane, lanes, bandRows, elements, positions } = windows;
  const { input, cotangent, images, channels, outputs, axes, gradient } = sum;
  const [rows, columns] = plane;
  const paddedOutputs = roundUp(outputs, panelRows);
  const values = tapsOf(axes) * channels * paddedOutputs;
  const blocks = images * Math.ceil(positionsOf(lanes) / panelColumns);
  // An empty batch has no blocks, and a gradient of zeros.
  const unitBlocks = Math.max(1, Math.ceil(blocks / Math.max(1, Math.min(units, Math.floor(sumValues / values)))));
  const items = Math.ceil(blocks / unitBlocks);
  const sums = launch.workspace(4 * items * values);
  const multiplyAdds =
    images * positionsOf(lanes) * tapsOf(lanes) * seenThrough(rows) * seenThrough(columns) * channels * outputs;
  return [
    {
      module,
      entry: 'conv4dWindowsGradient',
      params: [
        cotangent.pointer,
        input.pointer,
        sums,
        outputs,
        channels,
        input.imageStride,
        input.channelStride,
        cotangent.imageStride,
        cotangent.channelStride,
        images,
        unitBlocks,
        bandRows,
        elements,
        ...axisWords(lanes),
        ...axisWords(plane),
      ],
      items,
      grain: grainFor(multiplyAdds / items),
      scratchBytes:
        4 * panelColumns +
        2 * recordBytes +
        4 * roundUp(elements, 4) +
        4 * roundUp(positions, 4) +
        4 * panelColumns * (elements * channels + 1 + positions * paddedOutputs) +
        entryBytes * positions,
      // Counted for an input without zeros: only the running kernel finds out which elements are masked.
      multiplyAdds,
    },
    {
      module,
      entry: 'sumWindowGradients',
      params: [
        sums,
        gradient.pointer + 4 * firstTap(axes),
        outputs,
        channels,
        items,
        gradient.outputStride,
        gradient.channelStride,
        ...tapWords(windows),
      ],
      items: outputs,
      grain: grainFor(items * channels * tapsOf(axes)),
    },
  ];
}

/** `ENTRY` of `assembly/windows-gradient.ts`. */
const entryBytes = 8;
