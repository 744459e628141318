import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { chooseConvAlgorithm } from './conv2d-algorithm.ts';
import { bandedSteps } from './conv2d-banded.ts';
import { directStep } from './conv2d-direct.ts';
import { sumWords, trimTaps, viewWords, type TapSum } from './conv2d-geometry.ts';
import { groupsOfTapSum, stepsOfGroups } from './conv2d-groups.ts';
import { pointwiseSteps } from './conv2d-pointwise.ts';
import { blockOf, grainFor, packRowsStep, tileScratchBytes } from './matmul-pack.ts';
import { winogradSteps } from './winograd.ts';

/** Steps that compute a tap sum. */
export function tapSumSteps(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const trimmed: TapSum = {
    ...sum,
    rows: trimTaps(sum.rows, sum.input.rows),
    columns: trimTaps(sum.columns, sum.input.columns),
  };
  const algorithm = chooseConvAlgorithm(trimmed);
  switch (algorithm) {
    case 'winograd':
      return stepsOfGroups(groupsOfTapSum(trimmed), winogradSteps, launch);
    case 'direct':
      return [directStep(trimmed)];
    case 'banded':
      return bandedSteps(trimmed, launch);
    case 'pointwise':
      return pointwiseSteps(trimmed, launch);
    case 'product':
      return productSteps(trimmed, launch);
    default:
      return algorithm satisfies never;
  }
}

/** The tap sum as a matrix product, weights × (tap, channel) × positions: `assembly/conv2d.ts`. */
function productSteps(sum: TapSum, launch: WasmLaunch): WasmStep[] {
  const { input, output, rows, columns, groups, channels, outputs, weight } = sum;
  const { pack, packed } = packRowsStep(
    {
      pointer: weight.pointer + 4 * (rows.kernelFirst * weight.rowStride + columns.kernelFirst * weight.columnStride),
      rows: outputs,
      rowStride: weight.outputStride,
      matrices: groups,
      matrixStride: weight.groupStride,
      depth: [
        { size: rows.count, stride: rows.kernelStep * weight.rowStride },
        { size: columns.count, stride: columns.kernelStep * weight.columnStride },
        { size: channels, stride: weight.channelStride },
      ],
    },
    launch,
  );
  const positions = output.rows * output.columns;
  const depth = rows.count * columns.count * channels;
  const entries = output.images * groups;
  const block = blockOf(outputs, positions, entries);
  return [
    pack,
    {
      entry: 'conv2d',
      params: [...sumWords(packed, sum), block.rows, block.columns, ...viewWords(input, rows, columns)],
      items: entries * Math.ceil(outputs / block.rows) * Math.ceil(positions / block.columns),
      grain: grainFor(block.rows * block.columns * depth),
      scratchBytes: tileScratchBytes(block, depth),
      multiplyAdds: entries * outputs * positions * depth,
    },
  ];
}
