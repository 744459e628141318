import { axisNames, pass } from '../backends/gpu/source.ts';
import { matmulSteps } from '../kernels/matmul.ts';
import { DTypeError } from '../errors.ts';
import type { FloatDType } from '../dtype.ts';
import { defineOp, rule, type Gradient } from '../op.ts';
import { checkOptions } from '../options.ts';
import { run } from '../run.ts';
import { matMulShape, type MatMul, type MatMulCheck } from '../shape/matmul.ts';
import type { Fits, Shape } from '../shape/shape.ts';
import { broadcastStrides } from '../shape/strides.ts';
import { forEachOffset } from '../backends/reference/loops.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats } from './elementwise.ts';

export interface MatMulAttrs {
  /** The first operand is stored as [..., K, M]. */
  readonly transposeA: boolean;
  /** The second operand is stored as [..., N, K]. */
  readonly transposeB: boolean;
}

// Y = A B ⇒ Ā = Ȳ Bᵀ, B̄ = Aᵀ Ȳ; the gradient of a transposed operand is stored transposed as well.
export const matmulOp = defineOp<'a' | 'b', MatMulAttrs>({
  name: 'matmul',
  infer({ a, b }, { transposeA, transposeB }) {
    checkDType('matmul', a.dtype, floats);
    if (a.dtype !== b.dtype) throw new DTypeError('matmul', `the operands are ${a.dtype} and ${b.dtype}; cast one`);
    return { shape: matMulShape('matmul', a.shape, b.shape, transposeA, transposeB).shape, dtype: a.dtype };
  },
  gradients: {
    a: rule(['b'], ({ cotangent, saved: { b }, attrs: { transposeA, transposeB } }) =>
      transposeA ? product(b, cotangent, transposeB, true) : product(cotangent, b, false, !transposeB),
    ),
    b: rule(['a'], ({ cotangent, saved: { a }, attrs: { transposeA, transposeB } }) =>
      transposeB ? product(cotangent, a, true, transposeA) : product(a, cotangent, !transposeA, false),
    ),
  },
  kernels: {
    reference({ a, b }, output, { transposeA, transposeB }) {
      const { batch, m, k, n } = matMulShape('matmul', a.shape, b.shape, transposeA, transposeB);
      const starts = [a, b].map(({ shape }) => broadcastStrides(shape.slice(0, -2), batch));
      const [aRow, aInner] = transposeA ? [1, m] : [k, 1];
      const [bInner, bColumn] = transposeB ? [1, k] : [n, 1];
      forEachOffset(batch, starts, (position, [aBatch = 0, bBatch = 0]) => {
        for (let row = 0; row < m; row += 1) {
          for (let column = 0; column < n; column += 1) {
            let total = 0;
            for (let inner = 0; inner < k; inner += 1) {
              const left = a.data[aBatch * m * k + row * aRow + inner * aInner] ?? 0;
              total += left * (b.data[bBatch * k * n + inner * bInner + column * bColumn] ?? 0);
            }
            output.data[(position * m + row) * n + column] = total;
          }
        }
      });
    },
    wasm: ({ a, b }, output, attrs, launch) => matmulSteps(a, b, output, attrs, launch),
    gpu({ a, b }, output, { transposeA, transposeB }) {
      const { batch, k } = matMulShape('matmul', a.shape, b.shape, transposeA, transposeB);
      const names = axisNames('batch', batch.length);
      return pass({ a, b }, output, [...names, 'row', 'column'], ({ read, sumLoop }) => {
        const left = read('a', [...names, ...(transposeA ? ['k', 'row'] : ['row', 'k'])]);
        const right = read('b', [...names, ...(transposeB ? ['column', 'k'] : ['k', 'column'])]);
        return `${sumLoop('total', { k }, `${left} * ${right}`)} return total;`;
      });
    },
  },
});

function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Gradient {
  return run(matmulOp, { a, b }, { transposeA, transposeB });
}

export interface MatMulOptions<TransposeA extends boolean, TransposeB extends boolean> {
  /** Whether the first operand is stored as [..., K, M]. */
  readonly transposeA?: TransposeA;
  /** Whether the second operand is stored as [..., N, K]. */
  readonly transposeB?: TransposeB;
}

const matmulOptions = { transposeA: true, transposeB: true };

/**
 * Matrix product: [..., M, K] · [..., K, N] → [..., M, N]; the axes in front broadcast. With `transposeA` the first
 * operand is stored as [..., K, M]. With `transposeB` the second operand is stored as [..., N, K]. Neither option
 * copies the operand.
 *
 * @throws ShapeError for fewer than two axes, inner sizes that differ, or batches that do not broadcast
 * @category Products
 */
export function matmul<
  A extends Shape,
  B extends Shape,
  D extends FloatDType,
  const TransposeA extends boolean = false,
  const TransposeB extends boolean = false,
>(
  a: Tensor<A, D>,
  b: Tensor<B, D> & Fits<MatMulCheck<'matmul', A, B, TransposeA, TransposeB>>,
  options: MatMulOptions<TransposeA, TransposeB> = {},
): Tensor<MatMul<A, B, TransposeA, TransposeB>, D> {
  checkOptions('matmul', options, matmulOptions);
  const { transposeA = false, transposeB = false } = options;
  return run(matmulOp, { a, b }, { transposeA, transposeB });
}
