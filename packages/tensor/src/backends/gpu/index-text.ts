import { BackendError } from '../../errors.ts';
import { formatShape, sizeOf, type Shape } from '../../shape/shape.ts';
import { columns, exactLimit, flatLimit, layoutOf } from './layout.ts';

/** An index with a fault line: reads outside the axis give another value instead. */
export interface GuardedIndex {
  readonly inside: string;
}

/** An index above 2²⁴, as `high * 4096 + low`. */
export interface SplitIndex {
  readonly high: string;
  readonly low: string;
}

/** Text of an index: a whole number from 0. */
export type IndexText = string | GuardedIndex | SplitIndex;

/** Marks an index that may fall outside its axis, as a convolution's does at the border. */
export function inside(text: string): GuardedIndex {
  return { inside: text };
}

/** Text of ⌊a / divisor⌋ for whole numbers 0 ≤ a < 2²³ (2²⁴ if the divisor is a power of two, or 6 and more), exact. */
export function floorDiv(a: string, divisor: number): string {
  if (divisor === 1) return term(a);
  const exact = Number.isInteger(Math.log2(divisor));
  return exact ? `Math.floor(${term(a)} * ${1 / divisor})` : `quotient(${a}, ${divisor})`;
}

/** Text of a mod divisor, likewise. */
export function floorMod(a: string, divisor: number): string {
  return divisor === 1 ? '0' : `(${term(a)} - ${floorDiv(a, divisor)} * ${divisor})`;
}

/** The text as an operand: in parentheses unless it is a name, a number or a call. */
export function term(text: string): string {
  return /^[\w.]+$/.test(text) ? text : `(${text})`;
}

/** Statements that return early, with `sentinel`, from the words behind the last of `size` elements. */
export function returnSentinel(size: number, sentinel: string): string {
  if (layoutOf(size).length === 1) return `if (this.thread.x >= ${size}) { return ${sentinel}; }`;
  const [row, column] = [Math.floor(size / columns), size % columns];
  return `if (this.thread.y >= ${row} && this.thread.x >= ${column}) { return ${sentinel}; }`;
}

/** The word at `position` of an array that holds `size` elements, where `position` is known now. */
export function wordAt(array: string, size: number, position: number): string {
  if (layoutOf(size).length === 1) return `${array}[${position}]`;
  return `${array}[${Math.floor(position / columns)}][${position % columns}]`;
}

/** The element of `array` in this thread's own position. */
export function ownWord(array: string, size: number): string {
  return layoutOf(size).length === 1 ? `${array}[this.thread.x]` : `${array}[this.thread.y][this.thread.x]`;
}

/**
 * Statements that declare `names`, the indices of this thread's element along the axes of `shape`. An empty name is
 * not declared.
 */
export function unravel(shape: Shape, names: readonly string[]): string {
  const size = sizeOf(shape);
  const lines: string[] = [];
  let first = 0; // the outermost axis that still has a say; those before it are 0
  while (first < shape.length - 1 && shape[first] === 1) first += 1;

  // `high`, `low` are the position's two parts while it is too large for one number; then it is `position`.
  let left = size;
  let position: string | undefined = 'this.thread.x';
  let [high, low] = ['this.thread.y', 'this.thread.x'];
  if (layoutOf(size).length === 2) position = undefined;

  for (let axis = shape.length - 1; axis >= first; axis -= 1) {
    const name = names[axis] ?? '';
    const length = shape[axis] ?? 1;
    if (position === undefined && left <= flatLimit) {
      lines.push(`const position${axis} = ${term(high)} * ${columns} + ${term(low)};`);
      position = `position${axis}`;
    }
    if (length === 1) {
      declare(name, '0');
    } else if (position === undefined) {
      if (axis > first) divideSplit(axis, length);
      else if (left > exactLimit) throw tooLong(shape, axis);
      else declare(name, `${high} * ${columns} + ${low}`);
    } else if (axis === first) {
      declare(name, position);
    } else {
      const rest = `rest${axis}`;
      lines.push(`const ${rest} = ${floorDiv(position, length)};`);
      declare(name, `${position} - ${rest} * ${length}`);
      position = rest;
    }
    left /= length;
  }
  for (let axis = first - 1; axis >= 0; axis -= 1) declare(names[axis] ?? '', '0');
  return lines.join('\n');

  function declare(name: string, value: string): void {
    if (name !== '') lines.push(`const ${name} = ${value};`);
  }

  // Long division by `length`: the remainder takes up as many bits of `low` at a time as fit beside it.
  function divideSplit(axis: number, length: number): void {
    const bitsAtOnce = Math.floor(Math.log2(exactLimit / length));
    if (bitsAtOnce < 1) throw tooLong(shape, axis);
    const [nextHigh, nextLow, remainder, rest] = [`high${axis}`, `low${axis}`, `remainder${axis}`, `lowRest${axis}`];
    lines.push(
      `const ${nextHigh} = ${floorDiv(high, length)};`,
      `let ${remainder} = ${high} - ${nextHigh} * ${length};`,
      `let ${rest} = ${low};`,
      `let ${nextLow} = 0;`,
    );
    for (let bits = Math.log2(columns); bits > 0;) {
      const taken = Math.min(bits, bitsAtOnce);
      bits -= taken;
      const [digit, step] = [`digit${axis}at${bits}`, `step${axis}at${bits}`];
      lines.push(
        `const ${digit} = ${floorDiv(rest, 2 ** bits)};`,
        `${rest} = ${rest} - ${digit} * ${2 ** bits};`,
        `${remainder} = ${remainder} * ${2 ** taken} + ${digit};`,
        `const ${step} = ${floorDiv(remainder, length)};`,
        `${remainder} = ${remainder} - ${step} * ${length};`,
        `${nextLow} = ${nextLow} * ${2 ** taken} + ${step};`,
      );
    }
    declare(names[axis] ?? '', remainder);
    [high, low] = [nextHigh, nextLow];
  }
}

/** An index along an axis of a stored array. */
export interface AxisIndex {
  readonly index: IndexText;
  /** Length of the axis. */
  readonly size: number;
  /** Elements between neighbours; 0 where broadcasting repeats one. */
  readonly stride: number;
}

/**
 * Text of one element of `array`, which holds `size` elements; `otherwise` where a guarded index falls outside.
 */
export function elementAt(array: string, size: number, indices: readonly AxisIndex[], otherwise: string): string {
  const long = indices.find(
    ({ index, size: length }) => length > exactLimit && !(typeof index === 'object' && 'high' in index),
  );
  if (long !== undefined)
    throw tooLong(
      indices.map((axis) => axis.size),
      indices.indexOf(long),
    );
  const conditions = indices.flatMap(({ index, size: length }) => {
    const text = typeof index === 'object' && 'inside' in index ? term(index.inside) : undefined;
    return text === undefined ? [] : [`${text} >= 0`, `${text} < ${length}`];
  });
  const steps = indices.filter(({ stride, size: length }) => stride > 0 && length > 1);
  const access = layoutOf(size).length === 1 ? `${array}[${flatIndex(steps)}]` : splitAccess(array, steps);
  return conditions.length === 0 ? access : `(${conditions.join(' && ')} ? ${access} : ${otherwise})`;
}

function flatIndex(steps: readonly AxisIndex[]): string {
  const terms = steps.map(({ index, stride }) => times(indexText(index), stride));
  return terms.length === 0 ? '0' : terms.join(' + ');
}

/** `x[row][column]` from sums of the indices' parts, each of which stays below 2²⁴. */
function splitAccess(array: string, steps: readonly AxisIndex[]): string {
  const rows: string[] = [];
  const offsets: string[] = [];
  const reach = (step: AxisIndex): number => (step.size - 1) * (step.stride % columns);
  const fits = steps.reduce((total, step) => total + reach(step), 0) < exactLimit;
  for (const step of steps) {
    const { index, stride, size } = step;
    const [high, low] = [Math.floor(stride / columns), stride % columns];
    if (typeof index === 'object' && 'high' in index) {
      rows.push(times(index.high, stride), ...nonZero(times(index.low, high), high));
      addOffset(times(index.low, low), low * columns);
    } else if (reach(step) < exactLimit) {
      rows.push(...nonZero(times(indexText(index), high), high));
      addOffset(times(indexText(index), low), (size - 1) * low);
    } else {
      // index * low would pass 2²⁴: split the index as well.
      const text = indexText(index);
      const upper = floorDiv(text, columns);
      const lower = floorMod(text, columns);
      rows.push(times(upper, stride), ...nonZero(times(lower, high), high));
      addOffset(times(lower, low), columns * low);
    }
  }
  const offset = offsets.length === 0 ? '0' : offsets.join(' + ');
  const row = [...rows, ...(offset === '0' ? [] : [floorDiv(offset, columns)])].join(' + ');
  return `${array}[${row === '' ? '0' : row}][${offset === '0' ? '0' : floorMod(offset, columns)}]`;

  function addOffset(text: string, bound: number): void {
    if (bound === 0) return;
    if (fits || bound < columns) offsets.push(text);
    else {
      rows.push(floorDiv(text, columns));
      offsets.push(floorMod(text, columns));
    }
  }
}

function nonZero(text: string, factor: number): string[] {
  return factor === 0 ? [] : [text];
}

function times(text: string, factor: number): string {
  return factor === 1 ? term(text) : `${term(text)} * ${factor}`;
}

function indexText(index: IndexText): string {
  if (typeof index === 'string') return index;
  return 'inside' in index ? index.inside : `${term(index.high)} * ${columns} + ${term(index.low)}`;
}

function tooLong(shape: Shape, axis: number): BackendError {
  return new BackendError(
    'gpu',
    `axis ${axis} of ${formatShape(shape)} is too long to index: float32, in which a GPU kernel computes, counts exactly ` +
      `only to 2^24; give it another shape first, such as [-1, ${columns}]`,
  );
}
