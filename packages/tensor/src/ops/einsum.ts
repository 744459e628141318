import type { FloatDType } from '../dtype.ts';
import { DTypeError } from '../errors.ts';
import { commonEngine, run } from '../run.ts';
import { scope } from '../scope.ts';
import { einsumShape, type Einsum, type EinsumCheck } from '../shape/einsum.ts';
import { sizeAt, sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import type { SliceRange } from '../shape/slice.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';
import { matmulOp } from './matmul.ts';
import { mulOp } from './mul.ts';
import { permute } from './permute.ts';
import { reshape, reshapeOp } from './reshape.ts';
import { slice } from './slice-pad.ts';
import { sum } from './sum.ts';

type Float = Tensor<Shape, FloatDType>;
type Sizes = ReadonlyMap<string, number>;

/** A tensor with a different label for each axis. */
interface Term {
  readonly tensor: Float;
  readonly labels: readonly string[];
}

/**
 * Products of tensors, summed over some axes, in Einstein's notation. Each axis has a letter. Axes with the same letter
 * run together. The result is the sum over all letters that the output does not name.
 *
 * `einsum` runs other operations, and its derivatives are theirs. Two operands are multiplied by one batched `matmul`,
 * or element by element if there is nothing to sum over. Of more than two operands, the pair with the smallest product
 * is multiplied first. An operand is copied only if `matmul` does not take its axes in their order.
 *
 * @param equation the operands' letters with commas between them, `->`, and the output's letters; spaces are ignored.
 * Without `->` the output has every letter that occurs once, in alphabetical order (capitals first). `...` stands for
 * any number of axes, which broadcast. A letter that occurs twice in one operand takes the diagonal. Unlike in PyTorch,
 * the sizes of one letter have to be equal: size 1 is not stretched
 * @throws ShapeError for an equation that cannot be read, another number of operands or axes, sizes that differ, or an
 * output that names a letter twice or a letter that no operand has; DTypeError for dtypes that are not floating point
 * or not equal
 *
 * @example einsum('bchw,bcij->bhwij', query, support) // every query position with every support position
 * @example einsum('...ij,...jk', a, b) // a batched matrix product
 * @example einsum('ii->', x) // a trace
 * @category Products
 */
export function einsum<const E extends string, const Shapes extends readonly Shape[], D extends FloatDType>(
  equation: E & Fits<EinsumCheck<'einsum', E, Shapes>>,
  ...operands: { readonly [K in keyof Shapes]: Tensor<Shapes[K], D> } & readonly Tensor<Shape, D>[]
): Tensor<Einsum<E, Shapes>, D> {
  const tensors: readonly Tensor<Shape, D>[] = operands;
  const { inputs, output, sizes, shape } = einsumShape(
    'einsum',
    equation,
    tensors.map((tensor) => tensor.shape),
  );
  for (const { dtype } of tensors) {
    checkDType('einsum', dtype, floats);
    if (dtype !== tensors[0]?.dtype)
      throw new DTypeError('einsum', `the operands are ${tensors[0]?.dtype} and ${dtype}; cast one`);
  }
  // Check this here: the operations that einsum runs would put their own names into the error.
  commonEngine('einsum', tensors);
  return scope(() => {
    const terms = tensors.map((tensor, i) => plainTerm(tensor, inputs[i] ?? [], sizes));
    const whole = joined(terms, output, sizes);
    // The result is always a new tensor, even where there was nothing to compute.
    return run(reshapeOp, { x: arranged(summed(whole, output), output) }, { shape });
  });
}

/** An operand with a label for each axis, after taking diagonals and removing the axes that the ellipsis stretches. */
function plainTerm(tensor: Float, labels: readonly string[], sizes: Sizes): Term {
  const own = labels.filter((label, axis) => sizeAt(tensor.shape, axis) === sizes.get(label));
  let term: Term = {
    tensor: own.length === labels.length ? tensor : reshape(tensor, sizesOf(own, sizes)),
    labels: own,
  };
  for (let twice = repeated(term.labels); twice !== undefined; twice = repeated(term.labels))
    term = diagonal(term, twice);
  return term;
}

function repeated(labels: readonly string[]): string | undefined {
  return labels.find((label, axis) => labels.includes(label, axis + 1));
}

/** The diagonal of two axes with the same label, as the last axis: every (n + 1)-th of n · n elements. */
function diagonal({ tensor, labels }: Term, label: string): Term {
  const [first, second] = [labels.indexOf(label), labels.lastIndexOf(label)];
  const others = [...labels.keys()].filter((axis) => axis !== first && axis !== second);
  const size = sizeAt(tensor.shape, first);
  const square = permute(tensor, [...others, first, second]);
  const flat = reshape(square, [...others.map((axis) => sizeAt(tensor.shape, axis)), size * size]);
  const ranges: SliceRange[] = [...others.map((): SliceRange => []), [0, size * size, size + 1]];
  return { tensor: slice(flat, ranges), labels: [...others.flatMap((axis) => labels[axis] ?? []), label] };
}

/**
 * The product of all terms. Each step multiplies the two terms with the smallest product; of equal pairs, the first.
 */
function joined(terms: readonly Term[], output: readonly string[], sizes: Sizes): Term {
  const [only, ...others] = terms;
  if (only !== undefined && others.length === 0) return only;
  const pairs = terms.flatMap((a, i) => terms.slice(i + 1).map((b) => pairOf(a, b, terms, output, sizes)));
  const { a, b, rest, needed } = pairs.reduce((least, pair) => (pair.size < least.size ? pair : least));
  return joined([product(a, b, needed, sizes), ...rest], output, sizes);
}

function pairOf(a: Term, b: Term, terms: readonly Term[], output: readonly string[], sizes: Sizes) {
  const rest = terms.filter((term) => term !== a && term !== b);
  const needed = new Set([...output, ...rest.flatMap(({ labels }) => labels)]);
  const kept = [...new Set([...a.labels, ...b.labels])].filter((label) => needed.has(label));
  return { a, b, rest, needed, size: sizeOf(sizesOf(kept, sizes)) };
}

/**
 * The product of two terms, summed over the labels that neither the output nor another term needs.
 *
 * Shared labels that are still needed become the batch of a matrix product. Shared labels that are not needed become
 * its inner axis. The labels of a alone become its rows, and the labels of b alone its columns.
 */
function product(whole: Term, other: Term, needed: ReadonlySet<string>, sizes: Sizes): Term {
  const a = summed(whole, [...needed, ...other.labels]);
  const b = summed(other, [...needed, ...whole.labels]);
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const batch = shared.filter((label) => needed.has(label));
  const inner = shared.filter((label) => !needed.has(label));
  const rows = a.labels.filter((label) => !shared.includes(label));
  const columns = b.labels.filter((label) => !shared.includes(label));
  const labels = [...batch, ...rows, ...columns];

  if (inner.length === 0) {
    const left = reshape(arranged(a, [...batch, ...rows]), [
      ...sizesOf([...batch, ...rows], sizes),
      ...columns.map(() => 1),
    ]);
    const right = reshape(arranged(b, [...batch, ...columns]), [
      ...sizesOf(batch, sizes),
      ...rows.map(() => 1),
      ...sizesOf(columns, sizes),
    ]);
    return { tensor: run(mulOp, { a: left, b: right }, {}), labels };
  }
  const left = matrices(a, batch, rows, inner, sizes);
  const right = matrices(b, batch, inner, columns, sizes);
  const matrix: Float = run(
    matmulOp,
    { a: left.tensor, b: right.tensor },
    { transposeA: left.isTransposed, transposeB: right.isTransposed },
  );
  return { tensor: reshape(matrix, sizesOf(labels, sizes)), labels };
}

/** A term as [batch, rows, columns], or as [batch, columns, rows] if its axes are in that order. */
function matrices(
  term: Term,
  batch: readonly string[],
  rows: readonly string[],
  columns: readonly string[],
  sizes: Sizes,
) {
  const isTransposed = sameLabels(term.labels, [...batch, ...columns, ...rows]);
  const [first, second] = isTransposed ? [columns, rows] : [rows, columns];
  const shape = [batch, first, second].map((labels) => sizeOf(sizesOf(labels, sizes)));
  return { tensor: reshape(arranged(term, [...batch, ...first, ...second]), shape), isTransposed };
}

/** The sum over the labels that are not needed. */
function summed({ tensor, labels }: Term, needed: readonly string[]): Term {
  const axes = [...labels.keys()].filter((axis) => !needed.includes(labels[axis] ?? ''));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, { axes }), labels: labels.filter((label) => needed.includes(label)) };
}

/** A term's axes in another order. */
function arranged({ tensor, labels }: Term, order: readonly string[]): Float {
  return sameLabels(labels, order)
    ? tensor
    : permute(
        tensor,
        order.map((label) => labels.indexOf(label)),
      );
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, axis) => label === b[axis]);
}

function sizesOf(labels: readonly string[], sizes: Sizes): number[] {
  return labels.map((label) => sizes.get(label) ?? 1);
}
