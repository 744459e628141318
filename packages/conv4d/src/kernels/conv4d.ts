import { sizeAt, sizeOf, type WasmLaunch, type WasmStep, type WasmView } from '@hypercorr/tensor/op';
import type { Window4d } from '../geometry.ts';
import { convAxes, forwardAxis, gradientAxis } from './axes.ts';
import type { Images } from './sums.ts';
import { tapSumSteps } from './tap-sum.ts';
import { weightSumSteps } from './weight-sum.ts';

/** A contiguous tensor [b, c, hq, wq, hs, ws]. */
function imagesOf({ pointer, shape }: WasmView): Images {
  const channelStride = sizeOf(shape.slice(2));
  return { pointer, imageStride: sizeAt(shape, 1) * channelStride, channelStride };
}

/**
 * Steps of a 4D convolution.
 *
 * @param bias address of O values, or 0
 * @param y the output, written by the steps
 */
export function conv4dSteps(
  x: WasmView,
  weight: WasmView,
  bias: number,
  y: WasmView,
  window: Window4d,
  launch: WasmLaunch,
): WasmStep[] {
  const [outputs, channels] = [sizeAt(weight.shape, 0), sizeAt(weight.shape, 1)];
  const kernel = sizeOf(weight.shape.slice(2));
  const sum = {
    input: imagesOf(x),
    output: imagesOf(y),
    images: sizeAt(x.shape, 0),
    channels,
    outputs,
    axes: convAxes(x.shape, weight.shape, y.shape, window).map(forwardAxis),
    weight: { pointer: weight.pointer, outputStride: channels * kernel, channelStride: kernel },
    bias,
  };
  return tapSumSteps(sum, launch);
}

/**
 * Steps of the gradient with respect to the input.
 *
 * @param y the gradient with respect to the convolution's output
 * @param x the result, written by the steps
 */
export function conv4dInputGradientSteps(
  y: WasmView,
  weight: WasmView,
  x: WasmView,
  window: Window4d,
  launch: WasmLaunch,
): WasmStep[] {
  const [channels, outputs] = [sizeAt(weight.shape, 0), sizeAt(weight.shape, 1)];
  const kernel = sizeOf(weight.shape.slice(2));
  const axes = convAxes(x.shape, weight.shape, y.shape, window);
  const output = imagesOf(x);
  return residues(axes.map(({ stride, inputSize }) => Math.min(stride, inputSize))).flatMap((residue) => {
    const offset = axes.reduce((sum, { xStride }, axis) => sum + sizeAt(residue, axis) * xStride, 0);
    const sum = {
      input: imagesOf(y),
      output: { ...output, pointer: output.pointer + 4 * offset },
      images: sizeAt(x.shape, 0),
      channels,
      outputs,
      axes: axes.map((axis, index) => gradientAxis(axis, sizeAt(residue, index))),
      weight: { pointer: weight.pointer, outputStride: kernel, channelStride: outputs * kernel },
      bias: 0,
    };
    return tapSumSteps(sum, launch);
  });
}

/** Every list of numbers below `counts`. */
function residues(counts: readonly number[]): number[][] {
  return counts.reduce<number[][]>(
    (lists, count) => lists.flatMap((list) => Array.from({ length: count }, (_, residue) => [...list, residue])),
    [[]],
  );
}

/**
 * Steps of the gradient with respect to the weight.
 *
 * @param y the gradient with respect to the convolution's output
 * @param weight the result, written by the steps
 */
export function conv4dWeightGradientSteps(
  x: WasmView,
  y: WasmView,
  weight: WasmView,
  window: Window4d,
  launch: WasmLaunch,
): WasmStep[] {
  const [outputs, channels] = [sizeAt(weight.shape, 0), sizeAt(weight.shape, 1)];
  const kernel = sizeOf(weight.shape.slice(2));
  const sum = {
    input: imagesOf(x),
    cotangent: imagesOf(y),
    images: sizeAt(x.shape, 0),
    channels,
    outputs,
    axes: convAxes(x.shape, weight.shape, y.shape, window).map(forwardAxis),
    gradient: { pointer: weight.pointer, outputStride: channels * kernel, channelStride: kernel },
  };
  return weightSumSteps(sum, launch);
}
