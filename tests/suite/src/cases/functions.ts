import {
  abs,
  clamp,
  cos,
  erf,
  exp,
  gelu,
  leakyRelu,
  log,
  log1p,
  neg,
  reciprocal,
  relu,
  sigmoid,
  sin,
  softplus,
  sqrt,
  square,
  tanh,
  type FloatDType,
  type Tensor,
} from '@hypercorr/tensor';
import {
  absOp,
  castOp,
  clampOp,
  cosOp,
  erfOp,
  expOp,
  geluOp,
  isFloat,
  leakyReluOp,
  log1pOp,
  logOp,
  negOp,
  reciprocalOp,
  reluGradientOp,
  reluOp,
  run,
  sigmoidOp,
  sinOp,
  softplusOp,
  sqrtOp,
  squareOp,
  tanhOp,
} from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase } from '../case.ts';
import { awayFrom, between, whole } from '../fills.ts';
import type { Cases } from '../records.ts';
import { shapes } from '../shapes.ts';
import { anyKind, unaryCase, type Fills } from './elementwise.ts';

const numbers = ['float', 'int32'] as const;

/** Some elements on the kinks, and none near them where differences are taken. */
const kinked = (...kinks: readonly number[]): Fills => ({ fill: whole(-3, 3), smooth: awayFrom(kinks, 0.1, 3) });
/** Logarithms and roots of these are far from the end of their domain. */
const positive: Fills = { fill: between(0.1, 4) };
const saturating: Fills = { fill: between(-2, 2), anchor: 0.5 };

type Bounds = readonly [min: number, max: number];
const bothBounds: Bounds = [-1, 2];
/** Both, one of them, and the wrong way round, where the upper one wins. */
const bounds: readonly Bounds[] = [bothBounds, [-Infinity, 1], [0, Infinity], [2, -1]];

export const functions = {
  negOp: unaryCase(negOp, numbers, neg, { linear: ['x'], exact: true }),
  absOp: unaryCase(absOp, numbers, abs, { x: kinked(0), exact: true }),
  squareOp: unaryCase(squareOp, numbers, square),
  // Powers of 40 and more leave float32.
  expOp: unaryCase(expOp, ['float'], exp, { scales: [0.01, 15] }),
  logOp: unaryCase(logOp, ['float'], log, { x: positive }),
  sqrtOp: unaryCase(sqrtOp, ['float'], sqrt, { x: positive }),
  reluOp: unaryCase(reluOp, ['float'], relu, { x: kinked(0), exact: true }),
  reluGradientOp: opCase(reluGradientOp, {
    geometry: shapes({ empty: true }),
    fixed: [[2, 3, 5], [], [1, 37]],
    large: [[3, 30_001]],
    inputs: (shape) => ({ y: float(shape, whole(-1, 2)), cotangent: float(shape) }),
    call: ({ y, cotangent }) => run(reluGradientOp, { y, cotangent }, {}),
    exact: true,
    linear: ['cotangent'],
  }),
  sigmoidOp: unaryCase(sigmoidOp, ['float'], sigmoid, { x: saturating }),
  tanhOp: unaryCase(tanhOp, ['float'], tanh, { x: saturating }),
  softplusOp: unaryCase(softplusOp, ['float'], softplus),
  log1pOp: unaryCase(log1pOp, ['float'], log1p, { x: { fill: between(-0.8, 4) }, scales: [1e-3] }),
  reciprocalOp: unaryCase(reciprocalOp, ['float'], reciprocal, { x: { fill: awayFrom([0], 0.25) } }),
  // Up to 10⁴: far out an angle is what its last digits say.
  sinOp: unaryCase(sinOp, ['float'], sin, { scales: [0.01, 20, 5000] }),
  cosOp: unaryCase(cosOp, ['float'], cos, { scales: [0.01, 20, 5000] }),
  erfOp: unaryCase(erfOp, ['float'], erf, { x: saturating }),
  geluOp: opCase(geluOp, {
    geometry: fc.record({
      shape: shapes({ empty: true }),
      approximate: fc.constantFrom('none', 'tanh'),
      scale: fc.constantFrom(0.01, 1, 20),
    }),
    fixed: [
      { shape: [2, 3, 5], approximate: 'none', scale: 1 },
      { shape: [2, 3, 5], approximate: 'tanh', scale: 1 },
      { shape: [1, 37], approximate: 'none', scale: 20 },
      { shape: [], approximate: 'tanh', scale: 0.01 },
    ],
    large: [
      { shape: [3, 30_001], approximate: 'none', scale: 1 },
      { shape: [3, 30_001], approximate: 'tanh', scale: 1 },
    ],
    inputs: ({ shape, scale }) => ({ x: anyKind('float', shape, saturating, scale) }),
    call: ({ x }, { approximate }) => gelu(x, { approximate }),
  }),
  leakyReluOp: opCase(leakyReluOp, {
    geometry: fc.record({ shape: shapes({ empty: true }), slope: fc.constantFrom(0.01, 0, -0.5, 2) }),
    fixed: [
      { shape: [2, 3, 5], slope: 0.01 },
      { shape: [37], slope: -0.5 },
      { shape: [], slope: 2 },
    ],
    large: [{ shape: [3, 30_001], slope: -0.5 }],
    inputs: ({ shape }) => ({ x: anyKind('float', shape, kinked(0)) }),
    call: ({ x }, { slope }) => leakyRelu(x, { slope }),
  }),
  clampOp: opCase(clampOp, {
    geometry: fc.record({
      kind: fc.constantFrom(...numbers),
      shape: shapes({ empty: true }),
      bounds: fc.constantFrom(...bounds),
    }),
    fixed: [
      { kind: 'float', shape: [2, 3, 5], bounds: [-1, 2] },
      { kind: 'int32', shape: [2, 3, 5], bounds: [-1, 2] },
      { kind: 'float', shape: [37], bounds: [-Infinity, 1] },
      { kind: 'int32', shape: [37], bounds: [0, Infinity] },
      { kind: 'float', shape: [7, 3], bounds: [2, -1] },
      { kind: 'float', shape: [], bounds: [-1, 2] },
    ],
    large: numbers.map((kind) => ({ kind, shape: [3, 30_001], bounds: bothBounds })),
    // GPU kernels looked at the upper bound first.
    examples: [{ geometry: { kind: 'float', shape: [], bounds: [2, -1] }, seed: 0 }],
    inputs: ({ kind, shape }) => ({ x: anyKind(kind, shape, kinked(-1, 0, 1, 2)) }),
    call: ({ x }, { bounds: [min, max] }) => clamp(x, min, max),
    exact: true,
  }),
  castOp: opCase(castOp, {
    geometry: fc.record({
      from: fc.constantFrom('float', 'int32', 'bool'),
      to: fc.constantFrom('float', 'int32', 'bool'),
      shape: shapes({ empty: true }),
    }),
    fixed: [
      { from: 'float', to: 'int32', shape: [2, 3, 5] },
      { from: 'float', to: 'bool', shape: [2, 3, 5] },
      { from: 'int32', to: 'float', shape: [2, 3, 5] },
      { from: 'int32', to: 'bool', shape: [37] },
      { from: 'bool', to: 'float', shape: [37] },
      { from: 'bool', to: 'int32', shape: [37] },
      { from: 'float', to: 'float', shape: [37] },
    ],
    large: [
      { from: 'float', to: 'int32', shape: [3, 30_001] },
      { from: 'float', to: 'bool', shape: [3, 30_001] },
      { from: 'int32', to: 'bool', shape: [3, 30_001] },
      { from: 'bool', to: 'int32', shape: [3, 30_001] },
    ],
    // Halves, so that zero is among them; those that differ by one rounding are of no interest here.
    inputs: ({ from, shape }) => ({
      x: anyKind(from, shape, { fill: (random, size) => whole(-5, 5)(random, size).map((n) => n / 2) }),
    }),
    call: ({ x }, { to }) => run(castOp, { x }, { dtype: to === 'float' ? floatLike(x) : to }),
    exact: true,
  }),
} satisfies Cases;

/** Its own float dtype, or the one that every backend has. */
function floatLike({ dtype }: Tensor): FloatDType {
  return isFloat(dtype) ? dtype : 'float32';
}
