import type { WasmLaunch, WasmStep } from '@hypercorr/tensor/op';
import { blockOf, grainFor, packRowsStep, tileScratchBytes } from '@hypercorr/tensor/kernels';
import { axisWords, firstTap, positionsOf, tapsOf, trimAxis } from './axes.ts';
import { cheapest } from './cheapest.ts';
import { module } from './module.ts';
import { partsOf } from './parts.ts';
import { recordBytes } from './records.ts';
import type { TapSum } from './sums.ts';
import { isToeplitz, toeplitzCost, toeplitzSteps } from './toeplitz.ts';
import { windowsCost, windowsOf, windowsSteps } from './windows.ts';
import { planarOf, winogradCost } from './winograd-geometry.ts';
import { winogradSteps } from './winograd.ts';

/** Steps that compute a tap sum, by the algorithm with the lowest expected time. */
export function tapSumSteps(tapSum: TapSum, launch: WasmLaunch): WasmStep[] {
  const sum = { ...tapSum, axes: tapSum.axes.map(trimAxis) };
  const { axes, channels, output } = sum;
  const { parts, cost } = partsOf(axes, sum);
  const product = {
    cost,
    steps: () =>
      parts.flatMap((part) =>
        productSteps(
          { ...sum, axes: part.axes, output: { ...output, pointer: output.pointer + 4 * part.outputOffset } },
          launch,
        ),
      ),
  };
  // An empty sum: only the product can compute it.
  if (tapsOf(axes) * channels === 0) return product.steps();
  const planar = planarOf(axes);
  return cheapest([
    product,
    ...(planar === undefined
      ? []
      : [{ cost: winogradCost(sum, planar), steps: () => winogradSteps(sum, planar, launch) }]),
    ...(isToeplitz(axes) ? [{ cost: toeplitzCost(sum, axes), steps: () => toeplitzSteps(sum, launch) }] : []),
    ...windowsOf(axes, channels).map((windows) => ({
      cost: windowsCost(sum, windows),
      steps: () => windowsSteps(sum, windows, launch),
    })),
  ]);
}

/** The tap sum as a matrix product, weights × (tap, channel) × positions. */
function productSteps(
  { input, output, images, channels, outputs, axes, weight, bias }: TapSum,
  launch: WasmLaunch,
): WasmStep[] {
  const { pack, packed } = packRowsStep(
    {
      pointer: weight.pointer + 4 * firstTap(axes),
      rows: outputs,
      rowStride: weight.outputStride,
      matrices: 1,
      matrixStride: 0,
      depth: [
        ...axes.map(({ taps, kernelStride }) => ({ size: taps.count, stride: taps.kernelStep * kernelStride })),
        { size: channels, stride: weight.channelStride },
      ],
    },
    launch,
  );
  const positions = positionsOf(axes);
  const depth = tapsOf(axes) * channels;
  const block = blockOf(outputs, positions, images);
  return [
    pack,
    {
      module,
      entry: 'conv4d',
      params: [
        packed,
        input.pointer,
        output.pointer,
        bias,
        outputs,
        channels,
        input.imageStride,
        input.channelStride,
        output.imageStride,
        output.channelStride,
        block.rows,
        block.columns,
        ...axisWords(axes),
      ],
      items: images * Math.ceil(outputs / block.rows) * Math.ceil(positions / block.columns),
      grain: grainFor(block.rows * block.columns * depth),
      scratchBytes: tileScratchBytes(block, depth) + recordBytes * (block.columns / 4),
      multiplyAdds: images * outputs * positions * depth,
    },
  ];
}
