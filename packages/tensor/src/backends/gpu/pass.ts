import { BackendError } from '../../errors.ts';
import { formatShape, sameShape, sizeOf, type Shape } from '../../shape/shape.ts';
import { broadcastStrides, mergeAxes, stridesOf } from '../../shape/strides.ts';
import type { Spec } from '../../spec.ts';
import { elementAt, ownWord, returnSentinel, unravel, wordAt, type IndexText } from './index-text.ts';
import type { GpuPass, GpuSource, GpuView } from './kernel.ts';

/** The most arrays that a pass may read: WebGPU promises 8 storage buffers, and one is the result. */
export const maxReads = 7;

/** What the body of a pass is written with. */
export interface PassWriter<Name extends string> {
  /**
   * Text of the element of `name` at `indices`, one for each axis; the last ones if there are more indices than axes,
   * and 0 along an axis of size 1. Where an `inside` index falls outside its axis, the text `otherwise` instead, `0`
   * when left out.
   */
  read(name: Name, indices: readonly IndexText[], otherwise?: string): string;
  /** `for` over `variable` from 0 to `size - 1`. */
  loop(variable: string, size: number, body: string): string;
  /**
   * Statements that declare `total` and sum `term` into it over all values of the variables, the last one innermost.
   * Each loop sums into a variable of its own and long ones in blocks, which keeps rounding errors small.
   */
  sumLoop(total: string, sizes: Readonly<Record<string, number>>, term: string): string;
}

export interface PassOptions {
  /** Numbers that the body uses by name. Unlike numbers in the text they may change without a new compilation. */
  readonly scalars?: Readonly<Record<string, number>>;
}

/**
 * A kernel that computes every element of `output`.
 *
 * The body is JavaScript as GPU.js takes it, of numbers only: `let`, `const`, `if`, `? :`, arithmetic, `Math.floor`,
 * `min`, `max`, `abs`, `sqrt` and the functions of `functions.ts` (`expf`, `logf`…, exact to float32). It returns the
 * element. Loops come from `loop` and `sumLoop`, whole-number division from `floorDiv` and `floorMod`; whole numbers
 * are exact below 2²⁴. Infinity and NaN are not sure to survive on a GPU.
 *
 * @param reads what the body reads, by the names that it uses
 * @param axes names for the indices of the element along the output's axes; `''` for one that is not needed
 * @example pass({ x }, output, ['n', 'c'], ({ read }) => `return ${read('x', ['c', 'n'])};`)
 */
export function pass<Reads extends Readonly<Record<string, GpuSource>>>(
  reads: Reads,
  output: Spec,
  axes: readonly string[],
  body: (writer: PassWriter<keyof Reads & string>) => string,
  { scalars = {} }: PassOptions = {},
): GpuPass {
  const read = (name: string, indices: readonly IndexText[], otherwise = '0'): string => {
    const source = reads[name];
    if (source === undefined) throw new BackendError('gpu', `a kernel reads ${name}, which it is not given`);
    const { shape } = source;
    if (indices.length < shape.length) {
      throw new BackendError('gpu', `a kernel reads ${name} ${formatShape(shape)} with only ${indices.length} indices`);
    }
    if (isOwnElement(shape, indices)) return ownWord(arrayName(name), sizeOf(shape));
    const strides = stridesOf(shape);
    const used = indices.slice(indices.length - shape.length);
    const steps = used.map((index, axis) => ({ index, size: shape[axis] ?? 1, stride: strides[axis] ?? 0 }));
    return elementAt(arrayName(name), sizeOf(shape), steps, otherwise);
  };
  // A read at the output's own indices needs no arithmetic.
  const isOwnElement = (shape: Shape, indices: readonly IndexText[]): boolean =>
    sameShape(shape, output.shape) &&
    indices.length === axes.length &&
    indices.every((index, i) => index === axes[i] && index !== '');
  return assemble(reads, output, scalars, `${unravel(output.shape, axes)}\n${body({ read, loop, sumLoop })}`);
}

/** One kernel that applies `expression` to the elements which broadcasting brings together; it names the reads. */
export function elementwise(
  reads: Readonly<Record<string, GpuSource>>,
  output: Spec,
  expression: string,
  { scalars = {} }: PassOptions = {},
): GpuPass {
  const size = sizeOf(output.shape);
  const strides = Object.values(reads).map(({ shape }) => broadcastStrides(shape, output.shape));
  const axes = mergeAxes(output.shape, strides);
  const names = axisNames('axis', axes.length);
  let needsIndices = false;
  const declarations = Object.entries(reads).map(([name, source], i) => {
    const own = sizeOf(source.shape);
    // Without broadcasting and for a single element no index is needed.
    if (own === size) return `const ${name} = ${ownWord(arrayName(name), size)};`;
    if (own === 1) return `const ${name} = ${wordAt(arrayName(name), 1, 0)};`;
    needsIndices = true;
    const steps = axes.map((axis, k) => ({ index: names[k] ?? '', size: axis.size, stride: axis.strides[i] ?? 0 }));
    return `const ${name} = ${elementAt(arrayName(name), own, steps, '0')};`;
  });
  const indices = needsIndices
    ? unravel(
        axes.map((axis) => axis.size),
        names,
      )
    : '';
  return assemble(reads, output, scalars, [indices, ...declarations, `return ${expression};`].join('\n'));
}

/** The same elements under another shape, for reading; nothing is copied. */
export function view(of: GpuSource, shape: Shape): GpuView {
  return { kind: 'view', of, shape, dtype: of.dtype };
}

/** `prefix0`, `prefix1`… */
export function axisNames(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, axis) => `${prefix}${axis}`);
}

/** A number as text. */
export function num(value: number): string {
  if (Number.isFinite(value)) return value < 0 ? `(${value})` : `${value}`;
  if (Number.isNaN(value)) throw new BackendError('gpu', 'NaN cannot be written into a kernel');
  // GPU.js replaces Infinity by the largest float32 on a GPU.
  return value > 0 ? 'Infinity' : '(-Infinity)';
}

function assemble(
  reads: Readonly<Record<string, GpuSource>>,
  output: Spec,
  scalars: Readonly<Record<string, number>>,
  body: string,
): GpuPass {
  const names = Object.keys(reads);
  if (names.length > maxReads)
    throw new BackendError('gpu', `a kernel reads ${names.length} arrays; ${maxReads} is the most`);
  const sentinels = Object.entries(reads).map(([name, { shape }]) =>
    wordAt(arrayName(name), sizeOf(shape), sizeOf(shape)),
  );
  const source = `function kernel(${[...names.map(arrayName), ...Object.keys(scalars)].join(', ')}) {
${returnSentinel(sizeOf(output.shape), sentinels.join(' * ') || '1')}
${body}
}`;
  return {
    kind: 'pass',
    shape: output.shape,
    dtype: output.dtype,
    reads: Object.values(reads),
    scalars: Object.values(scalars),
    source,
  };
}

/** Arrays have names of their own, so that the body can name an element as its array. */
function arrayName(name: string): string {
  return `${name}Array`;
}

function loop(variable: string, size: number, body: string): string {
  return `for (let ${variable} = 0; ${variable} < ${size}; ${variable}++) { ${body} }`;
}

/** Terms that are summed one by one, at the most. */
const block = 256;

function sumLoop(total: string, sizes: Readonly<Record<string, number>>, term: string): string {
  return `let ${total} = 0; ${nested(total, Object.entries(sizes), term)}`;
}

function nested(total: string, loops: readonly (readonly [string, number])[], term: string): string {
  const [outer, ...inner] = loops;
  if (outer === undefined) return `${total} += ${term};`;
  const [variable, size] = outer;
  if (inner.length === 0 && size > 2 * block) {
    const blocks = Math.ceil(size / block);
    const guard = size % block === 0 ? '' : `if (${variable} < ${size})`;
    const body = `const ${variable} = ${variable}Block * ${block} + ${variable}InBlock; ${guard} { ${variable}Sum += ${term}; }`;
    return loop(
      `${variable}Block`,
      blocks,
      `let ${variable}Sum = 0; ${loop(`${variable}InBlock`, block, body)} ${total} += ${variable}Sum;`,
    );
  }
  if (inner.length === 0) return loop(variable, size, `${total} += ${term};`);
  return loop(
    variable,
    size,
    `let ${variable}Sum = 0; ${nested(`${variable}Sum`, inner, term)} ${total} += ${variable}Sum;`,
  );
}
