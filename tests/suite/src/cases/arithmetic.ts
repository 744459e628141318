import {
  add,
  div,
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  maximum,
  minimum,
  mul,
  notEqual,
  pow,
  sub,
  where,
} from '@hypercorr/tensor';
import {
  addOp,
  divOp,
  equalOp,
  greaterEqualOp,
  greaterOp,
  lessEqualOp,
  lessOp,
  maximumOp,
  minimumOp,
  mulOp,
  notEqualOp,
  powOp,
  subOp,
  whereOp,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { bool, opCase } from '../case.ts';
import { awayFrom, between, near, whole } from '../fills.ts';
import type { Cases } from '../records.ts';
import { broadcastable } from '../shapes.ts';
import { anyKind, binaryCase, type Fills } from './elementwise.ts';

const numbers = ['float', 'int32'] as const;

/** Ties among the elements, and none where differences are taken. */
const tied = (offset: number): Fills => ({ fill: whole(-3, 3), smooth: near(offset) });
const ties = { a: tied(0), b: tied(0.5) };

export const arithmetic = {
  addOp: binaryCase(addOp, numbers, add, { linear: ['a', 'b'] }),
  subOp: binaryCase(subOp, numbers, sub, { linear: ['a', 'b'] }),
  mulOp: binaryCase(mulOp, numbers, mul, { linear: ['a', 'b'] }),
  divOp: binaryCase(divOp, ['float'], div, { linear: ['a'], b: { fill: awayFrom([0], 0.25) } }),
  // The derivative for b takes the logarithm of a.
  powOp: binaryCase(powOp, ['float'], pow, { a: { fill: between(0.2, 3) }, b: { fill: between(-3, 3) } }),
  maximumOp: binaryCase(maximumOp, numbers, maximum, { ...ties, exact: true }),
  minimumOp: binaryCase(minimumOp, numbers, minimum, { ...ties, exact: true }),
  equalOp: binaryCase(equalOp, [...numbers, 'bool'], equal, ties),
  notEqualOp: binaryCase(notEqualOp, [...numbers, 'bool'], notEqual, ties),
  lessOp: binaryCase(lessOp, numbers, less, ties),
  lessEqualOp: binaryCase(lessEqualOp, numbers, lessEqual, ties),
  greaterOp: binaryCase(greaterOp, numbers, greater, ties),
  greaterEqualOp: binaryCase(greaterEqualOp, numbers, greaterEqual, ties),
  whereOp: opCase(whereOp, {
    geometry: fc.record({ kind: fc.constantFrom(...numbers), shapes: broadcastable(3, { empty: true }) }),
    fixed: [
      {
        kind: 'float',
        shapes: [
          [2, 3, 5],
          [2, 3, 5],
          [2, 3, 5],
        ],
      },
      { kind: 'int32', shapes: [[3, 1], [2, 1, 5], [5]] },
      { kind: 'float', shapes: [[3, 1], [2, 1, 5], [5]] },
      { kind: 'float', shapes: [[7], [], []] },
      { kind: 'float', shapes: [[], [2, 3], [3]] },
      { kind: 'float', shapes: [[0, 3], [3], []] },
    ],
    large: [{ kind: 'float', shapes: [[5, 9001], [9001], [5, 1]] }],
    inputs: ({ kind, shapes: [condition = [], a = [], b = []] }) => ({
      condition: bool(condition, whole(0, 1)),
      a: anyKind(kind, a),
      b: anyKind(kind, b),
    }),
    call: ({ condition, a, b }) => where(condition, a, b),
    exact: true,
    linear: ['a', 'b'],
  }),
} satisfies Cases;
