import { panelRows, roundUp, type Taps } from '@hypercorr/tensor/kernels';
import { positionsOf, tapsOf, type TapAxis } from './axes.ts';
import type { Sums } from './sums.ts';

/** A part of a tap sum's positions. */
export interface Part {
  readonly axes: readonly TapAxis[];
  /** Elements from the output's first position to the part's first position. */
  readonly outputOffset: number;
}

/** Costs in multiply-adds of a large matrix product (measured). */
const costs = {
  /** Packing a value of the operand (tap, channel) × position. */
  pack: 15,
  /** The same for a part that sees only a few elements of each cache line. Every part loads the line again. */
  packOfPart: 70,
  /** Finding the elements that four positions see through a tap. */
  tap: 100,
  /** Each further part: weights are packed once more, and threads are woken once more. */
  part: 2 ** 19,
} as const;

/**
 * Divides the positions by the taps that they see, along axes that are short compared with their window, if the parts
 * are expected to be faster. For example, each position of a 2×2 plane sees only four of the nine taps of a 3×3 kernel
 * with padding 1. The parts together cover every position.
 *
 * @param axes trimmed, in ascending order of the source
 * @returns the parts, and the cost of their products
 */
export function partsOf(
  axes: readonly TapAxis[],
  { images, channels, outputs }: Sums,
): { readonly parts: readonly Part[]; readonly cost: number } {
  const whole: Part = { axes, outputOffset: 0 };
  const parts = axes.reduce<readonly Part[]>(
    (lists, axis) => lists.flatMap((list) => axisParts(axis).map((part) => joined(list, part))),
    [{ axes: [], outputOffset: 0 }],
  );
  const costOf = (part: Part, pack: number) =>
    costs.part +
    images * positionsOf(part.axes) * tapsOf(part.axes) * (channels * (roundUp(outputs, panelRows) + pack) + costs.tap);
  const cost = costOf(whole, costs.pack);
  const divided = parts.reduce((sum, part) => sum + costOf(part, costs.packOfPart), 0);
  return parts.length > 1 && divided < cost ? { parts, cost: divided } : { parts: [whole], cost };
}

function joined(list: Part, { axis, outputOffset }: AxisPart): Part {
  return { axes: [...list.axes, axis], outputOffset: list.outputOffset + outputOffset };
}

interface AxisPart {
  readonly axis: TapAxis;
  readonly outputOffset: number;
}

/** An axis divided into runs of positions that see the same taps; undivided if runs save less than a tenth. */
function axisParts(axis: TapAxis): AxisPart[] {
  const { taps, size, outputStride } = axis;
  const runs: { first: number; positions: number; begin: number; end: number }[] = [];
  for (let position = 0; position < taps.positions; position += 1) {
    const [begin, end] = seenTaps(taps, position, size);
    const last = runs.at(-1);
    if (last !== undefined && last.begin === begin && last.end === end) last.positions += 1;
    else runs.push({ first: position, positions: 1, begin, end });
  }
  const seen = runs.reduce((sum, { positions, begin, end }) => sum + positions * (end - begin), 0);
  if (seen > 0.9 * taps.positions * taps.count) return [{ axis, outputOffset: 0 }];
  return runs.map(({ first, positions, begin, end }) => ({
    axis: {
      ...axis,
      taps: {
        ...taps,
        positions,
        count: end - begin,
        first: taps.first + first * taps.step + begin * taps.dilation,
        kernelFirst: taps.kernelFirst + begin * taps.kernelStep,
      },
    },
    outputOffset: first * outputStride,
  }));
}

/** The range of taps through which a position sees the source: the first, and one past the last. */
export function seenTaps(
  { count, step, first, dilation }: Taps,
  position: number,
  size: number,
): [begin: number, end: number] {
  const source = position * step + first;
  const begin = Math.min(count, Math.max(0, Math.ceil(-source / dilation)));
  const end = Math.min(count, Math.max(begin, Math.ceil((size - source) / dilation)));
  return [begin, end];
}
