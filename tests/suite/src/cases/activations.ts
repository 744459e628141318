import { elu, hardSwish, prelu, silu, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase, type OpCase } from '../case.ts';
import { awayFrom, between, scaled, whole } from '../fills.ts';
import { shapes } from '../shapes.ts';

/** Elements on the kinks, and none near them where differences are taken. */
const kinked = (shape: Shape, ...kinks: readonly number[]) => float(shape, whole(-4, 4), awayFrom(kinks, 0.1, 4));

interface Scaled {
  readonly shape: Shape;
  readonly scale: number;
}

function smooth(name: string, f: (x: Tensor<Shape, FloatDType>) => Tensor): OpCase<Scaled> {
  return functionCase(name, {
    geometry: fc.record({ shape: shapes({ empty: true }), scale: fc.constantFrom(0.01, 1, 10) }),
    fixed: [
      { shape: [2, 3, 5], scale: 1 },
      { shape: [], scale: 0.01 },
      { shape: [1, 37], scale: 10 },
    ],
    inputs: ({ shape, scale }) => ({ x: float(shape, scaled(scale, between(-2, 2)), between(-2, 2)) }),
    call: ({ x }) => f(x),
  });
}

/** Activations that are composed of other operations. */
export const activations = {
  silu: smooth('silu', silu),
  hardSwish: functionCase('hardSwish', {
    geometry: shapes({ empty: true }),
    fixed: [[2, 3, 5], [], [1, 37]],
    inputs: (shape) => ({ x: kinked(shape, -3, 3) }),
    call: ({ x }) => hardSwish(x),
  }),
  elu: functionCase('elu', {
    geometry: fc.record({ shape: shapes({ empty: true }), alpha: fc.constantFrom(1, 0.5, 2) }),
    fixed: [
      { shape: [2, 3, 5], alpha: 1 },
      { shape: [37], alpha: 0.5 },
    ],
    inputs: ({ shape }) => ({ x: kinked(shape, 0) }),
    call: ({ x }, { alpha }) => elu(x, { alpha }),
  }),
  prelu: functionCase('prelu', {
    geometry: fc.record({
      shape: shapes({ minRank: 2, empty: true }),
      isShared: fc.boolean(),
    }),
    fixed: [
      { shape: [2, 3, 5], isShared: false },
      { shape: [2, 3], isShared: false },
      { shape: [7], isShared: true },
    ],
    inputs: ({ shape, isShared }) => ({
      x: kinked(shape, 0),
      weight: float([isShared ? 1 : (shape[1] ?? 1)], between(-0.5, 0.5)),
    }),
    call: ({ x, weight }) => prelu(x, weight),
  }),
};
