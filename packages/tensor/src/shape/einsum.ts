import { ShapeError } from '../errors.ts';
import { formatShape, sizeAt, type FormatShape, type Overlap, type Shape } from './shape.ts';

/**
 * The shape of a contraction. The shape is open for an equation that is no literal or has an ellipsis, and for open
 * ranks.
 */
export type Einsum<E extends string, Shapes extends readonly Shape[]> =
  IsOpen<E, Shapes> extends true ? Shape : Output<SizesOf<'', E, Terms<E>, Shapes>, OutputOf<E>>;

/**
 * Verdict: each operand has a term, and each axis of an operand has a letter. Axes of one letter have one size. The
 * output names letters of the operands, each once.
 */
export type EinsumCheck<Op extends string, E extends string, Shapes extends readonly Shape[]> =
  IsOpen<E, Shapes> extends true
    ? true
    : [Terms<E>['length']] extends [Shapes['length']]
      ? SizesOf<Op, E, Terms<E>, Shapes> extends infer Sizes
        ? Sizes extends string
          ? Sizes
          : OutputCheck<Op, E, OutputOf<E>, OutputOf<E>, Sizes>
        : true
      : `[${Op}] '${E}' names ${Terms<E>['length']} operands, got ${Shapes['length']}`;

type IsOpen<E extends string, Shapes extends readonly Shape[]> = [string] extends [E]
  ? true
  : E extends `${string}.${string}`
    ? true
    : [number] extends [Shapes['length'] | Shapes[number]['length']]
      ? true
      : false;

type Lower =
  | 'a'
  | 'b'
  | 'c'
  | 'd'
  | 'e'
  | 'f'
  | 'g'
  | 'h'
  | 'i'
  | 'j'
  | 'k'
  | 'l'
  | 'm'
  | 'n'
  | 'o'
  | 'p'
  | 'q'
  | 'r'
  | 's'
  | 't'
  | 'u'
  | 'v'
  | 'w'
  | 'x'
  | 'y'
  | 'z';
type Letter = Lower | Uppercase<Lower>;

type WithoutSpaces<Text extends string> = Text extends `${infer Before} ${infer After}`
  ? WithoutSpaces<`${Before}${After}`>
  : Text;

/** The terms of the operands. */
type Terms<E extends string> =
  WithoutSpaces<E> extends `${infer Operands}->${string}` ? SplitAtCommas<Operands> : SplitAtCommas<WithoutSpaces<E>>;

type SplitAtCommas<
  Text extends string,
  List extends readonly string[] = readonly [],
> = Text extends `${infer Term},${infer Rest}`
  ? SplitAtCommas<Rest, readonly [...List, Term]>
  : readonly [...List, Text];

/** The output's term. When it is left out, every letter that occurs once, in alphabetical order. */
type OutputOf<E extends string> = WithoutSpaces<E> extends `${string}->${infer Out}` ? Out : Once<WithoutSpaces<E>>;

type Once<
  Text extends string,
  Left extends string = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
  Out extends string = '',
> = Left extends `${infer L}${infer Rest}`
  ? Once<
      Text,
      Rest,
      Text extends `${string}${L}${infer After}` ? (After extends `${string}${L}${string}` ? Out : `${Out}${L}`) : Out
    >
  : Out;

/** Letter → size, or the text of an error. */
type SizesOf<
  Op extends string,
  E extends string,
  List extends readonly string[],
  Shapes extends readonly Shape[],
  Left extends readonly Shape[] = Shapes,
  Sizes = unknown,
> = [List, Left] extends [
  readonly [infer Term extends string, ...infer Terms extends readonly string[]],
  readonly [infer S extends Shape, ...infer Others extends readonly Shape[]],
]
  ? AddSizes<Op, E, Shapes, Term, S, Sizes> extends infer Next
    ? Next extends string
      ? Next
      : SizesOf<Op, E, Terms, Shapes, Others, Next>
    : never
  : Sizes;

/** Adds the sizes of one operand, letter by letter. */
type AddSizes<
  Op extends string,
  E extends string,
  Shapes extends readonly Shape[],
  Term extends string,
  S extends Shape,
  Sizes,
  Letters extends string = Term,
  Left extends Shape = S,
> = Letters extends `${infer L}${infer Others}`
  ? L extends Letter
    ? Left extends readonly [infer Size extends number, ...infer Rest extends Shape]
      ? Overlap<L extends keyof Sizes ? Sizes[L] : number, Size> extends true
        ? AddSizes<Op, E, Shapes, Term, S, Sizes & { readonly [K in L]: Size }, Others, Rest>
        : `[${Op}] '${L}' is ${Sizes[L & keyof Sizes] & number} and ${Size}; got ${FormatShapes<Shapes>} for '${E}'`
      : TermRefusal<Op, Term, S>
    : `[${Op}] '${L}' in '${Term}' is no letter`
  : Left extends readonly []
    ? Sizes
    : TermRefusal<Op, Term, S>;

type TermRefusal<
  Op extends string,
  Term extends string,
  S extends Shape,
> = `[${Op}] '${Term}' does not fit an operand of shape ${FormatShape<S>}: one letter for each axis`;

type FormatShapes<Shapes extends readonly Shape[], Text extends string = ''> = Shapes extends readonly [
  infer S extends Shape,
  ...infer Rest extends readonly Shape[],
]
  ? FormatShapes<Rest, Text extends '' ? FormatShape<S> : `${Text}, ${FormatShape<S>}`>
  : Text;

type OutputCheck<
  Op extends string,
  E extends string,
  Out extends string,
  Letters extends string,
  Sizes,
> = Letters extends `${infer L}${infer Others}`
  ? L extends keyof Sizes
    ? Others extends `${string}${L}${string}`
      ? `[${Op}] the output '${Out}' of '${E}' names '${L}' twice`
      : OutputCheck<Op, E, Out, Others, Sizes>
    : L extends Letter
      ? `[${Op}] the output '${Out}' of '${E}' names '${L}', which no operand has`
      : `[${Op}] '${L}' in '${Out}' is no letter`
  : true;

type Output<
  Sizes,
  Letters extends string,
  Out extends Shape = readonly [],
> = Letters extends `${infer L}${infer Others}`
  ? Output<Sizes, Others, readonly [...Out, L extends keyof Sizes ? Sizes[L] & number : number]>
  : Out;

/** An equation, applied to the shapes of operands. A label is a letter, or stands for an axis under the ellipsis. */
export interface EinsumPlan {
  /** The labels of each operand's axes. */
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
  readonly sizes: ReadonlyMap<string, number>;
  readonly shape: Shape;
}

/**
 * Reads an equation of `einsum`, and checks it against the operands' shapes.
 *
 * @throws ShapeError for an equation that cannot be read, another number of operands or axes, sizes that differ, or an
 * output that names a letter twice or a letter that no operand has.
 */
export function einsumShape(op: string, equation: string, shapes: readonly Shape[]): EinsumPlan {
  const [left = '', right, ...more] = equation.replaceAll(' ', '').split('->');
  if (more.length > 0) throw new ShapeError(op, `'${equation}' holds more than one '->'`);
  const terms = left.split(',');
  if (terms.length !== shapes.length) {
    throw new ShapeError(op, `'${equation}' names ${terms.length} operands, got ${shapes.length}`);
  }
  const sizes = new Map<string, number>();
  const got = (): string => `got ${shapes.map(formatShape).join(', ')} for '${equation}'`;
  const inputs = terms.map((term, i) => {
    const shape = shapes[i] ?? [];
    const labels = operandLabels(op, term, shape);
    for (const [axis, label] of labels.entries()) {
      const size = sizeAt(shape, axis);
      const known = sizes.get(label) ?? size;
      // Axes under the ellipsis broadcast; letters never do.
      if (known !== size && !(isHidden(label) && (known === 1 || size === 1))) {
        const what = isHidden(label) ? 'an axis under the ellipsis' : `'${label}'`;
        throw new ShapeError(op, `${what} is ${known} and ${size}; ${got()}`);
      }
      sizes.set(label, known === 1 ? size : known);
    }
    return labels;
  });
  const output = outputLabels(op, equation, right, inputs);
  return { inputs, output, sizes, shape: output.map((label) => sizes.get(label) ?? 1) };
}

const ellipsis = '...';

/** The label of an axis under the ellipsis, counted from the last axis, because broadcasting aligns axes at the end. */
const hiddenLabel = (fromLast: number): string => `${ellipsis}${fromLast}`;

function isHidden(label: string): boolean {
  return label.startsWith(ellipsis);
}

/** The labels under an ellipsis of the given number of axes, outermost first. */
function hiddenLabels(count: number): string[] {
  return Array.from({ length: count }, (_, i) => hiddenLabel(count - i));
}

function operandLabels(op: string, term: string, shape: Shape): string[] {
  const { before, after, hasEllipsis } = readTerm(op, term);
  const hidden = shape.length - before.length - after.length;
  if (hidden < 0 || (hidden > 0 && !hasEllipsis)) {
    throw new ShapeError(
      op,
      `'${term}' does not fit an operand of shape ${formatShape(shape)}: one letter for each axis`,
    );
  }
  return [...before, ...hiddenLabels(hidden), ...after];
}

/** The letters before and after the ellipsis. Without an ellipsis, all letters count as before it. */
function readTerm(op: string, term: string): { before: string[]; after: string[]; hasEllipsis: boolean } {
  const [before = '', after, ...more] = term.split(ellipsis);
  if (more.length > 0) throw new ShapeError(op, `'${term}' holds more than one ellipsis`);
  const other = [...before, ...(after ?? '')].find((character) => !/^[A-Za-z]$/.test(character));
  if (other !== undefined) throw new ShapeError(op, `'${other}' in '${term}' is no letter`);
  return { before: [...before], after: [...(after ?? '')], hasEllipsis: after !== undefined };
}

function outputLabels(op: string, equation: string, term: string | undefined, inputs: EinsumPlan['inputs']): string[] {
  const all = inputs.flat();
  const hidden = hiddenLabels(Math.max(0, ...inputs.map((labels) => labels.filter(isHidden).length)));
  if (term === undefined) {
    const once = all.filter((label) => !isHidden(label) && all.indexOf(label) === all.lastIndexOf(label));
    return [...hidden, ...once.toSorted()];
  }
  const { before, after, hasEllipsis } = readTerm(op, term);
  const letters = [...before, ...after];
  for (const [i, letter] of letters.entries()) {
    if (!all.includes(letter)) {
      throw new ShapeError(op, `the output '${term}' of '${equation}' names '${letter}', which no operand has`);
    }
    if (letters.includes(letter, i + 1)) {
      throw new ShapeError(op, `the output '${term}' of '${equation}' names '${letter}' twice`);
    }
  }
  return [...before, ...(hasEllipsis ? hidden : []), ...after];
}
