import { isCovered, singleAxis, type TapAxis } from './axes.ts';
import type { WeightSum } from './sums.ts';

/**
 * The same sum along fewer and longer axes. Axes with one tap, through which every position sees an element, are merged
 * where memory allows. The longest axis comes last, where the kernel walks fastest. The order of axes does not matter
 * to a sum over all positions.
 */
export function mergeCovered(sum: WeightSum): WeightSum {
  const windows = sum.axes.filter((axis) => !isCovered(axis));
  const merged: TapAxis[] = [];
  let inputOffset = 0;
  let kernelOffset = 0;
  for (const { taps, inputStride, outputStride, kernelStride } of sum.axes.filter(isCovered)) {
    inputOffset += taps.first * inputStride;
    kernelOffset += taps.kernelFirst * kernelStride;
    if (taps.positions === 1) continue;
    const { positions } = taps;
    const stride = taps.step * inputStride;
    const outer = merged.at(-1);
    const even =
      outer !== undefined &&
      outer.inputStride === positions * stride &&
      outer.outputStride === positions * outputStride;
    const all = even ? outer.size * positions : positions;
    merged.splice(even ? -1 : merged.length, 1, {
      ...singleAxis,
      taps: { ...singleAxis.taps, positions: all },
      size: all,
      inputStride: stride,
      outputStride,
    });
  }
  const axes = [...windows, ...merged].toSorted((a, b) => a.taps.positions - b.taps.positions);
  return {
    ...sum,
    axes: [...Array.from({ length: 4 - axes.length }, () => singleAxis), ...axes],
    input: { ...sum.input, pointer: sum.input.pointer + 4 * inputOffset },
    gradient: { ...sum.gradient, pointer: sum.gradient.pointer + 4 * kernelOffset },
  };
}
