import { panelRows, roundUp } from '@hypercorr/tensor/kernels';
import { positionsOf, tapsOf, type TapAxis } from './axes.ts';
import type { Sums, WeightSum } from './sums.ts';

/** Costs in multiply-adds of a large matrix product (measured). */
const costs = {
  /** Packing a value of the operand position × (tap, channel). */
  pack: 50,
  /** Each further part: threads are woken once more. */
  part: 2 ** 19,
} as const;

interface Part {
  readonly axes: readonly TapAxis[];
  /** Elements from the cotangent's first position to the part's first position. */
  readonly offset: number;
}

/**
 * Divides the taps by the positions that see an element through them, along axes that are short compared with their
 * window, if the parts are expected to be faster. For example, through the corner of a 3×3 kernel with padding 1 only
 * one position in four of a 2×2 plane sees an element. The parts together cover every tap.
 *
 * @returns the parts, and the cost of their products
 */
export function weightPartsOf(
  axes: readonly TapAxis[],
  sum: WeightSum,
): { readonly parts: readonly WeightSum[]; readonly cost: number } {
  const parts = axes.reduce<readonly Part[]>(
    (lists, axis) =>
      lists.flatMap((list) =>
        axisParts(axis).map((part) => ({ axes: [...list.axes, part.axis], offset: list.offset + part.offset })),
      ),
    [{ axes: [], offset: 0 }],
  );
  const whole = costOf(axes, sum);
  const divided = parts.reduce((total, part) => total + costOf(part.axes, sum), 0);
  if (parts.length === 1 || divided >= whole) return { parts: [sum], cost: whole };
  const { cotangent } = sum;
  return {
    parts: parts.map((part) => ({
      ...sum,
      axes: part.axes,
      cotangent: { ...cotangent, pointer: cotangent.pointer + 4 * part.offset },
    })),
    cost: divided,
  };
}

function costOf(axes: readonly TapAxis[], { images, channels, outputs }: Sums): number {
  return costs.part + images * positionsOf(axes) * tapsOf(axes) * channels * (roundUp(outputs, panelRows) + costs.pack);
}

/** An axis divided into runs of taps with the same positions; undivided if runs save less than a tenth. */
function axisParts(axis: TapAxis): { readonly axis: TapAxis; readonly offset: number }[] {
  const { taps, size, outputStride } = axis;
  const runs: { firstTap: number; count: number; begin: number; end: number }[] = [];
  for (let tap = 0; tap < taps.count; tap += 1) {
    const source = taps.first + tap * taps.dilation;
    const begin = Math.min(taps.positions, Math.max(0, Math.ceil(-source / taps.step)));
    const end = Math.min(taps.positions, Math.max(begin, Math.ceil((size - source) / taps.step)));
    const last = runs.at(-1);
    if (last !== undefined && last.begin === begin && last.end === end) last.count += 1;
    else runs.push({ firstTap: tap, count: 1, begin, end });
  }
  const seen = runs.reduce((sum, { count, begin, end }) => sum + count * (end - begin), 0);
  if (seen > 0.9 * taps.positions * taps.count) return [{ axis, offset: 0 }];
  return runs.map(({ firstTap, count, begin, end }) => ({
    axis: {
      ...axis,
      taps: {
        ...taps,
        positions: end - begin,
        count,
        first: taps.first + begin * taps.step + firstTap * taps.dilation,
        kernelFirst: taps.kernelFirst + firstTap * taps.kernelStep,
      },
    },
    offset: begin * outputStride,
  }));
}
