import { cumulativeSum, cumulativeSumOp } from '@hypercorr/custom-op';
import fc from 'fast-check';
import { float, opCase, type OpCase } from '../case.ts';
import { oneAxis, shapes } from '../shapes.ts';

/** Operations that another package defines: they pass what the library's own have to pass. */
export const outside = {
  cumulativeSumOp: opCase(cumulativeSumOp, {
    geometry: shapes({ minRank: 1, empty: true }).chain((shape) =>
      fc.record({ shape: fc.constant(shape), axis: oneAxis(shape.length), reverse: fc.boolean() }),
    ),
    fixed: [
      { shape: [3, 7, 5], axis: 1, reverse: false },
      { shape: [3, 7, 6], axis: -2, reverse: true },
      { shape: [2, 9], axis: -1, reverse: true },
      { shape: [1], axis: 0, reverse: false },
      { shape: [2, 0, 3], axis: 1, reverse: false },
    ],
    large: [
      { shape: [30, 40, 50], axis: 1, reverse: false },
      { shape: [300, 201], axis: 1, reverse: true },
      { shape: [20_000], axis: 0, reverse: false },
    ],
    inputs: ({ shape }) => ({ x: float(shape) }),
    call: ({ x }, { axis, reverse }) => cumulativeSum(x, axis, { reverse }),
    linear: ['x'],
  }),
} satisfies Readonly<Record<string, OpCase>>;
