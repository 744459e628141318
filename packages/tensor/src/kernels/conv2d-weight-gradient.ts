import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { chooseWeightGradientAlgorithm } from './conv2d-algorithm.ts';
import { directWeightGradientSteps } from './conv2d-direct-weight-gradient.ts';
import { viewWords, type WeightSum } from './conv2d-geometry.ts';
import { groupsOfWeightSum, stepsOfGroups } from './conv2d-groups.ts';
import { blockOf, grainFor, packRowsStep, tileScratchBytes } from './matmul-pack.ts';
import { winogradGradientSteps } from './winograd-gradient.ts';

/** Steps that compute a weight gradient. */
export function weightSumSteps(sum: WeightSum, launch: WasmLaunch): WasmStep[] {
  const algorithm = chooseWeightGradientAlgorithm(sum);
  switch (algorithm) {
    case 'winograd':
      return stepsOfGroups(groupsOfWeightSum(sum), winogradGradientSteps, launch);
    case 'direct':
      return directWeightGradientSteps(sum, launch);
    case 'product':
      return productSteps(sum, launch);
    default:
      return algorithm satisfies never;
  }
}

/** The weight gradient as a matrix product, cotangent × (tap, channel): `assembly/conv2d-weight-gradient.ts`. */
function productSteps(
  { input, cotangent, rows, columns, groups, channels, outputs, gradient }: WeightSum,
  launch: WasmLaunch,
): WasmStep[] {
  const { pack, packed } = packRowsStep(
    {
      pointer: cotangent.pointer,
      rows: outputs,
      rowStride: cotangent.channelStride,
      matrices: groups,
      matrixStride: outputs * cotangent.channelStride,
      depth: [
        { size: cotangent.images, stride: cotangent.imageStride },
        { size: cotangent.rows, stride: cotangent.rowStride },
        { size: cotangent.columns, stride: cotangent.columnStride },
      ],
    },
    launch,
  );
  const depth = cotangent.images * cotangent.rows * cotangent.columns;
  const kernel = rows.count * columns.count;
  const block = blockOf(outputs, channels * kernel, groups);
  return [
    pack,
    {
      entry: 'conv2dWeightGradient',
      params: [
        packed,
        input.pointer,
        gradient,
        cotangent.images,
        groups,
        outputs,
        channels,
        cotangent.rows,
        cotangent.columns,
        outputs * channels * kernel,
        channels * kernel,
        columns.count,
        1,
        kernel,
        block.rows,
        block.columns,
        ...viewWords(input, rows, columns),
      ],
      items: groups * Math.ceil(outputs / block.rows) * Math.ceil((channels * kernel) / block.columns),
      grain: grainFor(block.rows * block.columns * depth),
      scratchBytes: tileScratchBytes(block, depth),
      multiplyAdds: groups * outputs * channels * kernel * depth,
    },
  ];
}
