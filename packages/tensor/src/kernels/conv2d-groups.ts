import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';
import type { Planes, TapSum, WeightSum } from './conv2d-geometry.ts';

/**
 * The steps of each group's sum, one group after another. The groups have the same geometry and run in order, so that
 * they all use the workspace that the first group asked for.
 */
export function stepsOfGroups<Sum>(
  sums: readonly Sum[],
  stepsOf: (sum: Sum, launch: WasmLaunch) => WasmStep[],
  launch: WasmLaunch,
): WasmStep[] {
  const pointers: number[] = [];
  return sums.flatMap((sum) => {
    let index = 0;
    const workspace = (bytes: number): number => {
      const pointer = (pointers[index] ??= launch.workspace(bytes));
      index += 1;
      return pointer;
    };
    return stepsOf(sum, { workspace });
  });
}

/** Each group as a sum of its own. */
export function groupsOfTapSum(sum: TapSum): TapSum[] {
  const { input, output, groups, channels, outputs, weight, bias } = sum;
  return Array.from({ length: groups }, (_, group) => ({
    ...sum,
    groups: 1,
    input: channelsOf(input, group, channels),
    output: channelsOf(output, group, outputs),
    weight: { ...weight, pointer: weight.pointer + 4 * group * weight.groupStride },
    bias: bias === 0 ? 0 : bias + 4 * group * outputs,
  }));
}

/** Each group as a weight gradient of its own. */
export function groupsOfWeightSum(sum: WeightSum): WeightSum[] {
  const { input, cotangent, rows, columns, groups, channels, outputs, gradient } = sum;
  const size = outputs * channels * rows.count * columns.count;
  return Array.from({ length: groups }, (_, group) => ({
    ...sum,
    groups: 1,
    input: channelsOf(input, group, channels),
    cotangent: channelsOf(cotangent, group, outputs),
    gradient: gradient + 4 * group * size,
  }));
}

/** The planes of one group, given the number of its channels. */
function channelsOf(planes: Planes, group: number, channels: number): Planes {
  return { ...planes, pointer: planes.pointer + 4 * group * channels * planes.channelStride, channels };
}
