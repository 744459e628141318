import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import { sizeAt } from '../shape/shape.ts';
import {
  axisOf,
  everyNth,
  forwardTaps,
  gradientTaps,
  type Conv2dWindow,
  type Planes,
  type TapSum,
  type Weight,
} from './conv2d-geometry.ts';
import { tapSumSteps } from './conv2d-tap-sum.ts';
import { weightSumSteps } from './conv2d-weight-gradient.ts';

/**
 * Steps of a 2D convolution (cross-correlation).
 *
 * @param x images of C channels
 * @param weight `[O, C/groups, kh, kw]`
 * @param bias address of O values, or 0
 * @param out images of O channels, to be written
 */
export function conv2dSteps(
  x: Planes,
  weight: Weight,
  bias: number,
  out: Planes,
  window: Conv2dWindow,
  launch: WasmLaunch,
): WasmStep[] {
  const { groups } = window;
  const outputs = out.channels / groups;
  const channels = x.channels / groups;
  const [kernelColumns, kernel] = kernelSizes(weight);
  const sum: TapSum = {
    input: x,
    output: out,
    rows: forwardTaps(axisOf(0, x, out, weight, window)),
    columns: forwardTaps(axisOf(1, x, out, weight, window)),
    groups,
    channels,
    outputs,
    weight: {
      pointer: weight.pointer,
      groupStride: outputs * channels * kernel,
      outputStride: channels * kernel,
      channelStride: kernel,
      rowStride: kernelColumns,
      columnStride: 1,
    },
    bias,
  };
  return tapSumSteps(sum, launch);
}

/**
 * Steps of the gradient of a 2D convolution with respect to its input.
 *
 * @param cotangent images of O channels: the gradient with respect to the convolution's output
 * @param weight `[O, C/groups, kh, kw]`
 * @param dx images of C channels, to be written
 */
export function conv2dInputGradientSteps(
  cotangent: Planes,
  weight: Weight,
  dx: Planes,
  window: Conv2dWindow,
  launch: WasmLaunch,
): WasmStep[] {
  const { groups, stride } = window;
  const outputs = dx.channels / groups;
  const channels = cotangent.channels / groups;
  const [kernelColumns, kernel] = kernelSizes(weight);
  const rowAxis = axisOf(0, dx, cotangent, weight, window);
  const columnAxis = axisOf(1, dx, cotangent, weight, window);
  const steps: WasmStep[] = [];
  for (let row = 0; row < Math.min(stride[0], dx.rows); row += 1) {
    for (let column = 0; column < Math.min(stride[1], dx.columns); column += 1) {
      const sum: TapSum = {
        input: cotangent,
        output: everyNth(dx, stride, [row, column]),
        rows: gradientTaps(rowAxis, row),
        columns: gradientTaps(columnAxis, column),
        groups,
        channels,
        outputs,
        weight: {
          pointer: weight.pointer,
          groupStride: channels * outputs * kernel,
          outputStride: kernel,
          channelStride: outputs * kernel,
          rowStride: kernelColumns,
          columnStride: 1,
        },
        bias: 0,
      };
      steps.push(...tapSumSteps(sum, launch));
    }
  }
  return steps;
}

/**
 * Steps of the gradient of a 2D convolution with respect to its weight.
 *
 * @param x images of C channels
 * @param cotangent images of O channels: the gradient with respect to the convolution's output
 * @param dw `[O, C/groups, kh, kw]`, to be written
 */
export function conv2dWeightGradientSteps(
  x: Planes,
  cotangent: Planes,
  dw: Weight,
  window: Conv2dWindow,
  launch: WasmLaunch,
): WasmStep[] {
  const { groups } = window;
  return weightSumSteps(
    {
      input: x,
      cotangent,
      rows: forwardTaps(axisOf(0, x, cotangent, dw, window)),
      columns: forwardTaps(axisOf(1, x, cotangent, dw, window)),
      groups,
      channels: x.channels / groups,
      outputs: cotangent.channels / groups,
      gradient: dw.pointer,
    },
    launch,
  );
}

/** The number of columns and of all elements of a kernel. */
function kernelSizes({ shape }: Weight): [columns: number, elements: number] {
  return [sizeAt(shape, 3), sizeAt(shape, 2) * sizeAt(shape, 3)];
}
