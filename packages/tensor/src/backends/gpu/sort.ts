import { BackendError } from '../../errors.ts';
import { sizeAt, sizeOf } from '../../shape/shape.ts';
import type { Spec } from '../../spec.ts';
import type { GpuPass, GpuSource } from './kernel.ts';
import { exactLimit } from './layout.ts';
import { pass, view } from './pass.ts';

/**
 * Positions along `axis` in the order of their elements, of equal ones the first first; NaN counts as the largest. The
 * output may be shorter than x along the axis: then it holds the first ones.
 *
 * A merge sort in ⌈log₂ n⌉ passes of one text: pass i joins sorted runs of 2ⁱ positions in pairs. Each thread finds what
 * its own place in the joined run holds by a binary search for the number of places before it that the left run fills
 * (Green, McColl and Bader 2012, GPU Merge Path).
 *
 * @throws BackendError for more than 2²⁴ positions
 */
export function argSort(x: GpuSource, output: Spec, axis: number, descending: boolean): GpuPass {
  const size = sizeAt(x.shape, axis);
  if (size > exactLimit) {
    throw new BackendError('argSort', `${size} elements are too many: a GPU kernel counts exactly only to 2^24`);
  }
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))];
  const source = view(x, [outer, size, inner]);
  // Places of each line to compute, where runs of this length are sorted: all of them before the last pass.
  const length = (run: number): number => (run < size ? size : sizeAt(output.shape, axis));
  let order = pass(
    { source },
    { shape: [outer, length(1), inner], dtype: 'int32' },
    ['', 'place', ''],
    () => 'return place;',
  );
  for (let run = 1; run < size; run *= 2) {
    order = joinRuns(
      source,
      order,
      { shape: [outer, length(2 * run), inner], dtype: 'int32' },
      { size, run, descending },
    );
  }
  return { ...order, shape: output.shape };
}

interface Join {
  /** The length of a line. */
  readonly size: number;
  /** The length of the sorted runs. */
  readonly run: number;
  readonly descending: boolean;
}

function joinRuns(source: GpuSource, order: GpuSource, output: Spec, { size, run, descending }: Join): GpuPass {
  // As many as the longest run takes, in every pass: one text serves all of them.
  const halvings = Math.ceil(Math.log2(size)) + 1;
  return pass(
    { source, order },
    output,
    ['a', 'place', 'b'],
    ({ read, loop }) => {
      /** Declares whether the left run's place of that number comes before the right run's, as it does of equals. */
      const compare = (left: string, right: string): string => `
        const leftPlace = ${read('order', ['a', `start + ${left}`, 'b'])};
        const rightPlace = ${read('order', ['a', `start + run + ${right}`, 'b'])};
        const leftValue = ${read('source', ['a', 'leftPlace', 'b'])};
        const rightValue = ${read('source', ['a', 'rightPlace', 'b'])};
        const leftIsFirst = ${descending ? isLess('leftValue', 'rightValue') : isLess('rightValue', 'leftValue')} ? 0 : 1;`;
      return `
        const start = Math.floor(place * perPair) * 2 * run;
        const leftLength = Math.min(run, ${size} - start);
        const rightLength = Math.max(0, Math.min(run, ${size} - start - run));
        const before = place - start;
        let low = Math.max(0, before - rightLength);
        let high = Math.min(before, leftLength);
        ${loop(
          'step',
          halvings,
          `
          if (low < high) {
            const middle = Math.floor((low + high) * 0.5);
            const across = before - 1 - middle;
            ${compare('middle', 'across')}
            if (leftIsFirst > 0.5) { low = middle + 1; } else { high = middle; }
          }`,
        )}
        const rest = before - low;
        if (rest >= rightLength) { return ${read('order', ['a', 'start + low', 'b'])}; }
        if (low >= leftLength) { return ${read('order', ['a', 'start + run + rest', 'b'])}; }
        ${compare('low', 'rest')}
        return leftIsFirst > 0.5 ? leftPlace : rightPlace;`;
    },
    { scalars: { run, perPair: 1 / (2 * run) } },
  );
}

/** Text of a < b where NaN is larger than every number. Only ordered comparisons are sure of NaN. */
function isLess(a: string, b: string): string {
  return `(${a} < ${b} || ((${a} > 0 || ${a} <= 0) && (${b} > 0 || ${b} <= 0 ? 0 : 1) > 0.5))`;
}
