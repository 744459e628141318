import type { DType, HostArray } from './dtype.ts';
import { checkOptions } from './options.ts';
import { read } from './read.ts';
import { formatShape, sizeAt, type Shape } from './shape/shape.ts';
import { stridesOf } from './shape/strides.ts';
import type { Tensor } from './tensor.ts';

export interface FormatOptions {
  /** The most digits after the point. */
  readonly precision?: number;
  /** Tensors of more elements are summarised: three at either end of each axis. */
  readonly threshold?: number;
}

const formatOptions = { precision: true, threshold: true };

/** Elements shown at either end of an axis that is summarised. */
const edge = 3;
/** Rows are wrapped here. */
const lineWidth = 80;

/**
 * The elements as text, as NumPy prints them: nested brackets, columns aligned, `…` for what is left out. The dtype
 * follows unless it is float32.
 *
 * @example console.log(await format(tensor([[1, 2.5], [-3, 4]])));
 * // [[ 1.   2.5]
 * //  [-3.   4. ]]
 */
export async function format(x: Tensor, options: FormatOptions = {}): Promise<string> {
  checkOptions('format', options, formatOptions);
  const { precision = 4, threshold = 1000 } = options;
  const suffix = x.dtype === 'float32' ? '' : ` ${x.dtype}`;
  // Shape and dtype are read before waiting: the tensor may be freed meanwhile.
  const { shape, dtype, size } = x;
  const data = await read(x);
  if (size === 0) return `[]${shape.length > 1 ? ` ${formatShape(shape)}` : ''}${suffix}`;

  const shown = shape.map((length) => shownIndices(length, size > threshold));
  const elements = shownElements(data, shape, shown);
  const texts = elementTexts(elements, dtype, precision);
  if (shape.length === 0) return `${(texts[0] ?? '').replace(/\.$/, '.0')}${suffix}`;
  return `${nest(texts, shown, ' ')}${suffix}`;
}

/** The indices of an axis that are shown; `undefined` stands for those left out. */
type ShownAxis = readonly (number | undefined)[];

function shownIndices(length: number, summarised: boolean): ShownAxis {
  const all = Array.from({ length }, (_, i) => i);
  if (!summarised || length <= 2 * edge) return all;
  return [...all.slice(0, edge), undefined, ...all.slice(-edge)];
}

function shownElements(data: HostArray, shape: Shape, shown: readonly ShownAxis[]): number[] {
  const strides = stridesOf(shape);
  const offsets = shown.reduce<number[]>(
    (starts, indices, axis) => {
      const steps = indices.flatMap((index) => (index === undefined ? [] : index * sizeAt(strides, axis)));
      return starts.flatMap((start) => steps.map((step) => start + step));
    },
    [0],
  );
  return offsets.map((offset) => data[offset] ?? 0);
}

/** Texts of equal width. */
function elementTexts(elements: readonly number[], dtype: DType, precision: number): string[] {
  const texts = textsOf(elements, dtype, precision);
  const width = Math.max(...texts.map((text) => text.length));
  return texts.map((text) => text.padStart(width));
}

function textsOf(elements: readonly number[], dtype: DType, precision: number): string[] {
  switch (dtype) {
    case 'bool':
      return elements.map((value) => String(value !== 0));
    case 'int32':
      return elements.map(String);
    case 'float32':
      return floatTexts(elements.map(shortest), precision);
    case 'float64':
      return floatTexts(elements, precision);
  }
}

/** The number of fewest digits that rounds to this float32: 0.1 and not 0.10000000149. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits += 1) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

/**
 * Floats with their points below each other, or all with exponents where their sizes differ too much: NumPy's rule,
 * but for whole numbers, which stay as they are up to 1e8.
 */
function floatTexts(values: readonly number[], precision: number): string[] {
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const [least, most] = [Math.min(...sizes), Math.max(...sizes)];
  const spread = !sizes.every(Number.isInteger) && most / least > 1000;
  const withExponents = sizes.length > 0 && (most >= 1e8 || least < 1e-4 || spread);
  return withExponents ? exponentTexts(values, precision) : pointTexts(values, precision);
}

function pointTexts(values: readonly number[], precision: number): string[] {
  const trimmed = values.map((value) => {
    if (!Number.isFinite(value)) return nonFinite(value);
    const text = value.toFixed(precision);
    return text.includes('.') ? text.replace(/0+$/, '') : `${text}.`;
  });
  const decimals = Math.max(...trimmed.map(digitsAfterPoint));
  return trimmed.map((text) => (text.includes('.') ? text + ' '.repeat(decimals - digitsAfterPoint(text)) : text));
}

function digitsAfterPoint(text: string): number {
  return text.includes('.') ? text.length - text.indexOf('.') - 1 : 0;
}

function exponentTexts(values: readonly number[], precision: number): string[] {
  const mantissas = values.map((value) => value.toExponential(precision).replace(/\.?0*e.*$/, ''));
  const decimals = Math.max(...mantissas.map(digitsAfterPoint));
  return values.map((value) =>
    Number.isFinite(value) ? value.toExponential(decimals).replace(/e([+-])(\d)$/, 'e$10$2') : nonFinite(value),
  );
}

function nonFinite(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return value > 0 ? 'inf' : '-inf';
}

/** Brackets around what `shown` says is shown of the first axis; `indent` is what lines after the first start with. */
function nest(texts: readonly string[], shown: readonly ShownAxis[], indent: string): string {
  const [indices = [], ...inner] = shown;
  const block = texts.length / indices.filter((index) => index !== undefined).length;
  let next = 0;
  const parts = indices.map((index) => {
    if (index === undefined) return '…';
    const own = texts.slice(next, next + block);
    next += block;
    return inner.length === 0 ? (own[0] ?? '') : nest(own, inner, `${indent} `);
  });
  return inner.length === 0 ? `[${wrap(parts, indent)}]` : `[${parts.join('\n'.repeat(inner.length) + indent)}]`;
}

function wrap(parts: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = '';
  for (const part of parts) {
    // One column is left for the bracket.
    if (line !== '' && indent.length + line.length + 1 + part.length + 1 > lineWidth) {
      lines.push(line);
      line = part;
    } else line = line === '' ? part : `${line} ${part}`;
  }
  return [...lines, line].join(`\n${indent}`);
}
