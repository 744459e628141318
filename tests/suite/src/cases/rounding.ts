import {
  ceil,
  floor,
  isFinite,
  isNaN,
  logicalAnd,
  logicalNot,
  logicalOr,
  mod,
  round,
  sign,
  type Shape,
} from '@hypercorr/tensor';
import { ceilOp, floorOp, modOp, roundOp, signOp } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { bool, float, functionCase } from '../case.ts';
import { listed, near, whole, type Fill } from '../fills.ts';
import type { Cases } from '../records.ts';
import { broadcastable, shapes } from '../shapes.ts';
import { binaryCase, unaryCase, type Fills } from './elementwise.ts';

const numbers = ['float', 'int32'] as const;

/** Whole numbers, halves between them, and what is nearer to one side. */
const quarters: Fill = (random, size) => whole(-14, 14)(random, size).map((n) => n / 4);
const stepped: Fills = { fill: quarters };
/** Whole numbers but 0. */
const divisors: Fill = (random, size) => whole(-3, 2)(random, size).map((n) => (n < 0 ? n : n + 1));

const truths = (shape: Shape) => bool(shape, whole(0, 1));

export const rounding = {
  floorOp: unaryCase(floorOp, ['float'], floor, { x: stepped, exact: true }),
  ceilOp: unaryCase(ceilOp, ['float'], ceil, { x: stepped, exact: true }),
  roundOp: unaryCase(roundOp, ['float'], round, { x: stepped, exact: true }),
  signOp: unaryCase(signOp, numbers, sign, { x: stepped, exact: true }),
  // Derivatives are taken at rests that are not near 0. Among the int32 divisors is 0.
  modOp: binaryCase(modOp, numbers, mod, {
    a: { fill: quarters, smooth: near(0.5) },
    b: { fill: (random, size) => divisors(random, size).map((n) => n / 2), smooth: divisors },
  }),
} satisfies Cases;

/** What is composed of comparisons and choices. */
export const logicalFunctions = {
  logicalAnd: functionCase('logicalAnd', {
    geometry: broadcastable(2, { empty: true }),
    fixed: [
      [[2, 7], [7]],
      [[3, 1], [5]],
    ],
    inputs: ([a = [], b = []]) => ({ a: truths(a), b: truths(b) }),
    call: ({ a, b }) => logicalAnd(a, b),
    exact: true,
  }),
  logicalOr: functionCase('logicalOr', {
    geometry: broadcastable(2, { empty: true }),
    fixed: [
      [[2, 7], [7]],
      [[3, 1], [5]],
    ],
    inputs: ([a = [], b = []]) => ({ a: truths(a), b: truths(b) }),
    call: ({ a, b }) => logicalOr(a, b),
    exact: true,
  }),
  logicalNot: functionCase('logicalNot', {
    geometry: shapes({ empty: true }),
    fixed: [[2, 7], []],
    inputs: (shape) => ({ x: truths(shape) }),
    call: ({ x }) => logicalNot(x),
    exact: true,
  }),
  isNaN: functionCase('isNaN', {
    geometry: fc.constant(null),
    fixed: [null],
    inputs: () => ({ x: float([7], listed(0, NaN, 1, Infinity, -Infinity, 1e38, -2)) }),
    call: ({ x }) => isNaN(x),
    exact: true,
  }),
  isFinite: functionCase('isFinite', {
    geometry: fc.constant(null),
    fixed: [null],
    inputs: () => ({ x: float([7], listed(0, NaN, 1, Infinity, -Infinity, 1e38, -2)) }),
    call: ({ x }) => isFinite(x),
    exact: true,
  }),
};
