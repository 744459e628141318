import { ShapeError } from '../errors.ts';
import { broadcastConflict, broadcastShape, type Broadcast, type BroadcastConflict } from './broadcast.ts';
import { formatShape, sizeAt, type FormatShape, type Overlap, type Shape } from './shape.ts';

/** `[…,M,K] · […,K,N] → […,M,N]`; the axes in front broadcast. A transposed operand is stored as `[…,K,M]`. */
export type MatMul<
  A extends Shape,
  B extends Shape,
  TransposeA extends boolean = false,
  TransposeB extends boolean = false,
> = [number] extends [A['length'] | B['length']]
  ? Shape
  : [Oriented<A, TransposeA>, Oriented<B, TransposeB>] extends [
        readonly [...infer ABatch extends Shape, infer M, unknown],
        readonly [...infer BBatch extends Shape, unknown, infer N],
      ]
    ? readonly [...Broadcast<ABatch, BBatch>, M & number, N & number]
    : Shape;

/** The shape of an operand after undoing its transposed storage. */
type Oriented<S extends Shape, Transposed extends boolean> = S extends readonly [
  ...infer Batch extends Shape,
  infer Rows,
  infer Columns,
]
  ? [Transposed] extends [false]
    ? S
    : [Transposed] extends [true]
      ? readonly [...Batch, Columns, Rows]
      : readonly [...Batch, number, number]
  : null;

/** Verdict: both operands are matrices or batches of them, the inner sizes agree and the batches broadcast. */
export type MatMulCheck<
  Op extends string,
  A extends Shape,
  B extends Shape,
  TransposeA extends boolean = false,
  TransposeB extends boolean = false,
> = [number] extends [A['length'] | B['length']]
  ? true
  : [Oriented<A, TransposeA>, Oriented<B, TransposeB>] extends [
        readonly [...infer ABatch extends Shape, number, infer AInner extends number],
        readonly [...infer BBatch extends Shape, infer BInner extends number, number],
      ]
    ? Overlap<AInner, BInner> extends true
      ? BroadcastConflict<ABatch, BBatch> extends infer Conflict extends string
        ? `[${Op}] the batches do not broadcast: ${Conflict}; got ${Operands<A, B, TransposeA, TransposeB>}`
        : true
      : `[${Op}] the inner sizes are ${AInner} and ${BInner}; got ${Operands<A, B, TransposeA, TransposeB>}`
    : `[${Op}] operands need 2 axes or more; got ${Operands<A, B, TransposeA, TransposeB>}`;

type Operands<
  A extends Shape,
  B extends Shape,
  TransposeA extends boolean,
  TransposeB extends boolean,
> = `a ${FormatOperand<A, TransposeA>}, b ${FormatOperand<B, TransposeB>}`;

type FormatOperand<
  S extends Shape,
  Transposed extends boolean,
> = `${FormatShape<S>}${Transposed extends true ? ' transposed' : ''}`;

/**
 * The shape of a batched matrix product.
 *
 * @returns `batch`, the axes in front, `m`, `k`, `n`, and the whole shape `[...batch, m, n]`.
 * @throws ShapeError for fewer than 2 axes, inner sizes that differ, or batches that do not broadcast.
 */
export function matMulShape(
  op: string,
  a: Shape,
  b: Shape,
  transposeA = false,
  transposeB = false,
): { batch: number[]; m: number; k: number; n: number; shape: number[] } {
  const operands = `a ${formatOperand(a, transposeA)}, b ${formatOperand(b, transposeB)}`;
  if (a.length < 2 || b.length < 2) {
    throw new ShapeError(op, `operands need 2 axes or more; got ${operands}`);
  }
  const m = sizeAt(a, transposeA ? -1 : -2);
  const k = sizeAt(a, transposeA ? -2 : -1);
  const inner = sizeAt(b, transposeB ? -1 : -2);
  const n = sizeAt(b, transposeB ? -2 : -1);
  if (k !== inner) {
    throw new ShapeError(op, `the inner sizes are ${k} and ${inner}; got ${operands}`);
  }
  const [aBatch, bBatch] = [a.slice(0, -2), b.slice(0, -2)];
  const conflict = broadcastConflict(aBatch, bBatch);
  if (conflict !== undefined) {
    throw new ShapeError(op, `the batches do not broadcast: ${conflict}; got ${operands}`);
  }
  const batch = broadcastShape(op, aBatch, bBatch);
  return { batch, m, k, n, shape: [...batch, m, n] };
}

function formatOperand(shape: Shape, transposed: boolean): string {
  return formatShape(shape) + (transposed ? ' transposed' : '');
}
