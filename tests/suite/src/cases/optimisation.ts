import { movingAverage } from '@hypercorr/tensor';
import { adamStepOp, movingAverageOp, run } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase } from '../case.ts';
import { between } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneOf, shapes } from '../shapes.ts';

/** What optimisers are made of. */
export const optimisation = {
  movingAverageOp: opCase(movingAverageOp, {
    geometry: fc.record({ shape: shapes({ empty: true }), keep: oneOf(0, 0.1, 0.999, 1), squares: fc.boolean() }),
    fixed: [
      { shape: [2, 3, 5], keep: 0.9, squares: false },
      { shape: [2, 3, 5], keep: 0.25, squares: true },
      { shape: [], keep: 0.5, squares: true },
      { shape: [0, 4], keep: 0.5, squares: false },
    ],
    large: [
      { shape: [3, 30_001], keep: 0.9, squares: false },
      { shape: [70_003], keep: 0.75, squares: true },
    ],
    inputs: ({ shape }) => ({ average: float(shape), x: float(shape) }),
    call: ({ average, x }, { keep, squares }) => movingAverage(average, x, keep, { squares }),
    linear: ['average'],
  }),
  adamStepOp: opCase(adamStepOp, {
    geometry: fc.record({
      shape: shapes({ empty: true }),
      keep: oneOf(1, 0.99),
      rate: oneOf(1e-3, 0.5),
      eps: oneOf(1e-8, 0.1),
    }),
    fixed: [
      { shape: [2, 3, 5], keep: 0.99, rate: 0.25, eps: 1e-8 },
      { shape: [], keep: 1, rate: 0.001, eps: 0.1 },
      { shape: [0, 4], keep: 1, rate: 0.001, eps: 1e-8 },
    ],
    large: [{ shape: [3, 30_001], keep: 0.99, rate: 0.25, eps: 1e-8 }],
    inputs: ({ shape }) => ({ value: float(shape), mean: float(shape), meanSquare: float(shape, between(0.01, 4)) }),
    call: ({ value, mean, meanSquare }, attrs) => run(adamStepOp, { value, mean, meanSquare }, attrs),
  }),
} satisfies Cases;
