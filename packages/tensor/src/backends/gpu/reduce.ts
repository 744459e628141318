import { BackendError } from '../../errors.ts';
import { sizeOf, type Shape } from '../../shape/shape.ts';
import type { Spec } from '../../spec.ts';
import type { IndexText } from './index-text.ts';
import type { GpuPass, GpuSource } from './kernel.ts';
import { columns, exactLimit, flatLimit } from './layout.ts';
import { axisNames, elementwise, pass, view, type PassWriter } from './pass.ts';

export interface Reduction {
  readonly combine: 'sum' | 'product' | 'max' | 'min';
  /** What is combined, as an expression of the element `value`. */
  readonly map?: string;
  /** The result, as an expression of what was combined, again `value`. */
  readonly finish?: string;
}

/** The most elements that one thread walks; longer reductions take several passes. */
const longest = 4096;
/** Elements that each thread takes in the passes before the last. */
const share = 1024;

/** Elements seen as [outer, size, inner], of which the middle axis is reduced. */
interface Run {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/**
 * Reduces `axes` of `x`; `output` may have them with size 1 or not at all. A sum of nothing is 0, a product 1. NaN stays NaN.
 */
export function reduce(x: GpuSource, output: Spec, axes: readonly number[], reduction: Reduction): GpuPass {
  const { combine, map = 'value', finish = 'value' } = reduction;
  const runs = runsOf(x.shape, axes);
  let source = x;
  // One run of neighbouring axes a pass, from the last to the first; the first one ends the reduction.
  for (const [i, run] of runs.entries()) {
    const isLast = i === runs.length - 1;
    source = reduceRun(source, run, { combine, map: i === 0 ? map : 'value', finish: isLast ? finish : 'value' });
  }
  if (source.kind !== 'pass' || source === x) return elementwise({ x }, output, of(finish, `(${of(map, 'x')})`));
  return { ...source, shape: output.shape, dtype: output.dtype };
}

function reduceRun(x: GpuSource, { outer, size, inner }: Run, reduction: Required<Reduction>): GpuPass {
  const { combine, map, finish } = reduction;
  const source = view(x, [outer, size, inner]);
  if (size <= longest) {
    return pass({ source }, { shape: [outer, inner], dtype: 'float32' }, ['a', 'b'], (writer) => {
      const element = (r: string): string => of(map, writer.read('source', ['a', r, 'b']));
      return `${combined(writer.loop, combine, size, element)} const value = total; return ${finish};`;
    });
  }
  const { parts, position, condition } = shareOut(size);
  const partial = pass({ source }, { shape: [outer, parts, inner], dtype: 'float32' }, ['a', 'part', 'b'], (writer) => {
    const element = (r: string): string => of(map, writer.read('source', ['a', position(r), 'b']));
    return `${combined(writer.loop, combine, shareOf(size), element, condition)} return total;`;
  });
  return reduceRun(partial, { outer, size: parts, inner }, { combine, map: 'value', finish });
}

/** Statements that declare `total` and combine the elements for r from 0 to `count - 1` where `condition` holds. */
function combined(
  loop: PassWriter<string>['loop'],
  combine: Reduction['combine'],
  count: number,
  element: (r: string) => string,
  condition?: string,
): string {
  const over = (body: string): string =>
    loop('r', count, condition === undefined ? body : `if (${condition}) { ${body} }`);
  if (combine === 'sum') {
    // Knuth's exact sum of two: next + error = total + term. After an infinity the errors are NaN, and no use.
    return `
      let total = 0; let errors = 0;
      ${over(`const term = ${element('r')}; const next = total + term; const kept = next - total;
        errors += (total - (next - kept)) + (term - kept); total = next;`)}
      if (errors >= 0 || errors < 0) { total += errors; }`;
  }
  if (combine === 'product') return `let total = 1; ${over(`total = total * ${element('r')};`)}`;
  const [wins, loses] = combine === 'max' ? ['>', '<='] : ['<', '>='];
  // If neither holds one of them is NaN, and so is the sum. (`x !== x` is folded to false on WebGPU.)
  const keep = `const candidate = ${element('r')};
    total = candidate ${wins} total ? candidate : (candidate ${loses} total ? total : candidate + total);`;
  return `let total = ${element('0')}; ${over(keep)}`;
}

/**
 * The position of the largest or smallest element within the reduced axes, counted in row-major order; of equals the first.
 *
 * @throws BackendError for more than 2²⁴ positions
 */
export function extremePosition(x: GpuSource, output: Spec, axes: readonly number[], extreme: 'max' | 'min'): GpuPass {
  const total = sizeOf(axes.map((axis) => x.shape[axis] ?? 1));
  if (total > exactLimit) {
    throw new BackendError(
      extreme === 'max' ? 'argMax' : 'argMin',
      `${total} elements are too many: a GPU kernel counts exactly only to 2^24`,
    );
  }
  const [run, ...others] = runsOf(x.shape, axes);
  if (run === undefined) return elementwise({ x }, output, 'x * 0');
  if (others.length > 0) {
    const last = bringLast(x, axes);
    return extremePosition(view(last, [sizeOf(x.shape) / total, total]), output, [1], extreme);
  }
  const { outer, size, inner } = run;
  const source = view(x, [outer, size, inner]);
  const whole = { shape: [outer, inner], dtype: output.dtype };
  if (size <= longest) {
    const only = pass({ source }, whole, ['a', 'b'], (writer) =>
      search(writer, '0', writer.loop('r', size, consider(writer, 'r', extreme))),
    );
    return { ...only, shape: output.shape };
  }
  const parts = Math.ceil(size / share);
  const winners = pass({ source }, { shape: [outer, parts, inner], dtype: 'int32' }, ['a', 'part', 'b'], (writer) => {
    const position = `part * ${share} + r`;
    return search(
      writer,
      `part * ${share}`,
      writer.loop('r', share, `if (${position} < ${size}) { ${consider(writer, position, extreme)} }`),
    );
  });
  const final = pass({ source, winners }, whole, ['a', 'b'], (writer) =>
    search(
      writer,
      '0',
      writer.loop('part', parts, consider(writer, writer.read('winners', ['a', 'part', 'b']), extreme)),
    ),
  );
  return { ...final, shape: output.shape };
}

/** Statements that return the best of the candidates that `loops` considers, from `first` on. */
function search({ read }: PassWriter<'source'>, first: string, loops: string): string {
  return `let best = ${first}; let bestValue = ${read('source', ['a', 'best', 'b'])}; ${loops} return best;`;
}

/** The first NaN wins over every number. Only ordered comparisons are sure of NaN: `x != x` may be folded to false. */
function consider({ read }: PassWriter<'source'>, candidate: string, extreme: 'max' | 'min'): string {
  return `
    const candidate = ${candidate};
    const value = ${read('source', ['a', 'candidate', 'b'])};
    let better = 1.5;
    if (value ${extreme === 'max' ? '<=' : '>='} bestValue) { better = 0.5; }
    if (bestValue > 0 || bestValue <= 0) {
      if (better > 1) { bestValue = value; best = candidate; }
    }`;
}

/** The runs of neighbouring reduced axes from the last to the first, each as it is met once the later ones are gone. */
function runsOf(shape: Shape, axes: readonly number[]): Run[] {
  const runs: Run[] = [];
  let inner = 1;
  let axis = shape.length - 1;
  while (axis >= 0) {
    if (!axes.includes(axis)) {
      inner *= shape[axis] ?? 1;
      axis -= 1;
      continue;
    }
    let size = 1;
    for (; axis >= 0 && axes.includes(axis); axis -= 1) size *= shape[axis] ?? 1;
    runs.push({ outer: sizeOf(shape.slice(0, axis + 1)), size, inner });
  }
  return runs;
}

/** How a long run is divided among threads, each of which takes `shareOf(size)` elements. */
function shareOut(size: number) {
  const taken = shareOf(size);
  const parts = Math.ceil(size / taken);
  const tail = size - (parts - 1) * taken;
  return {
    parts,
    // A position above 2²⁴ is written in its two parts.
    position: (r: string): IndexText => (size > flatLimit ? { high: 'part', low: r } : `part * ${taken} + ${r}`),
    condition: tail === taken ? undefined : `(part < ${parts - 1} || r < ${tail})`,
  };
}

function shareOf(size: number): number {
  return size > flatLimit ? columns : share;
}

/** A copy with `axes` behind the others. */
function bringLast(x: GpuSource, axes: readonly number[]): GpuPass {
  const kept = x.shape.flatMap((_, axis) => (axes.includes(axis) ? [] : [axis]));
  const order = [...kept, ...axes.toSorted((a, b) => a - b)];
  const names = axisNames('i', order.length);
  return pass({ x }, { shape: order.map((axis) => x.shape[axis] ?? 1), dtype: x.dtype }, names, ({ read }) => {
    return `return ${read(
      'x',
      x.shape.map((_, axis) => names[order.indexOf(axis)] ?? '0'),
    )};`;
  });
}

/** The expression with `text` in the place of `value`. */
function of(expression: string, text: string): string {
  return expression.replaceAll(/\bvalue\b/g, () => text);
}
