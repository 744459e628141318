import { fromHost } from '../create.ts';
import type { DType } from '../dtype.ts';
import { ShapeError } from '../errors.ts';
import { checkOptions } from '../options.ts';
import { scope } from '../scope.ts';
import { formatShape, sizeAt, type Fits, type FormatShape, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { lessEqualOp } from './comparisons.ts';
import { runBinary } from './elementwise.ts';
import { runWhere } from './where.ts';

/** Verdict: there are rows and columns. */
export type MatricesCheck<Op extends string, S extends Shape> = number extends S['length']
  ? true
  : S extends readonly [...Shape, number, number]
    ? true
    : `[${Op}] x has shape ${FormatShape<S>}, expected […,M,N]`;

export interface TriangleOptions {
  /** The last diagonal that is kept: 0 (the default) is the main one, 1 the one above it, -1 the one below it. */
  readonly diagonal?: number;
}

const triangleOptions = { diagonal: true };

/**
 * The lower triangle of matrices, with 0 above the diagonal: x[…, i, j] where j - i ≤ `diagonal`. Shape and dtype as `x`.
 *
 * @param x […, M, N]
 * @throws ShapeError for fewer than two axes, or a diagonal that is not whole
 * @category Shapes and places
 */
export function tril<S extends Shape, D extends DType>(
  x: Tensor<S, D> & Fits<MatricesCheck<'tril', S>>,
  options: TriangleOptions = {},
): Tensor<S, D> {
  checkOptions('tril', options, triangleOptions);
  return triangle('tril', x, options);
}

/**
 * The upper triangle of matrices, with 0 below the diagonal: x[…, i, j] where j - i ≥ `diagonal`. Shape and dtype as `x`.
 *
 * @param x […, M, N]
 * @throws ShapeError for fewer than two axes, or a diagonal that is not whole
 * @category Shapes and places
 */
export function triu<S extends Shape, D extends DType>(
  x: Tensor<S, D> & Fits<MatricesCheck<'triu', S>>,
  options: TriangleOptions = {},
): Tensor<S, D> {
  checkOptions('triu', options, triangleOptions);
  return triangle('triu', x, options);
}

function triangle<S extends Shape, D extends DType>(
  op: 'tril' | 'triu',
  x: Tensor<S, D>,
  { diagonal = 0 }: TriangleOptions,
): Tensor<S, D> {
  if (x.shape.length < 2) throw new ShapeError(op, `x has shape ${formatShape(x.shape)}, expected […,M,N]`);
  if (!Number.isSafeInteger(diagonal)) throw new ShapeError(op, `the diagonal is ${diagonal}, and has to be whole`);
  const [rows, columns] = [sizeAt(x.shape, x.shape.length - 2), sizeAt(x.shape, x.shape.length - 1)];
  return scope(() => {
    // Row i keeps the columns up to i + diagonal, or from there on. Beyond the matrix one step is as far as many.
    const limits = Int32Array.from({ length: rows }, (_, i) => Math.min(Math.max(i + diagonal, -1), columns));
    const limit: Tensor = fromHost(limits, [rows, 1], 'int32', x.engine);
    const column: Tensor = fromHost(
      Int32Array.from({ length: columns }, (_, j) => j),
      [columns],
      'int32',
      x.engine,
    );
    const isKept = op === 'tril' ? runBinary(lessEqualOp, column, limit) : runBinary(lessEqualOp, limit, column);
    return runWhere(isKept, x, 0);
  });
}
