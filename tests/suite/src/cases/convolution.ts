import { conv2d, type PairPadding } from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase } from '../case.ts';
import { oneOf } from '../shapes.ts';

type Two = readonly [height: number, width: number];

/** A convolution with padding that may differ from side to side, which pads first. */
interface Uneven {
  readonly size: Two;
  readonly kernel: Two;
  readonly dilation: Two;
  readonly groups: number;
  readonly padding: PairPadding | 'same';
  readonly bias: boolean;
}

const small = fc.integer({ min: 1, max: 4 });
const side = fc.tuple(fc.nat({ max: 2 }), fc.nat({ max: 2 }));

const uneven: fc.Arbitrary<Uneven> = fc.record({
  size: fc.tuple(oneOf(7, 8, 9), oneOf(7, 10)),
  kernel: fc.tuple(small, small),
  dilation: fc.tuple(oneOf(1, 2), oneOf(1, 2)),
  groups: oneOf(1, 2),
  padding: fc.oneof(fc.constant('same' as const), fc.tuple(side, side)),
  bias: fc.boolean(),
});

/** Convolutions that are composed of several operations. */
export const convolutionFunctions = {
  conv2dPadded: functionCase('conv2d with uneven padding', {
    geometry: uneven,
    fixed: [
      { size: [5, 6], kernel: [2, 4], dilation: [1, 1], groups: 1, padding: 'same', bias: true },
      { size: [5, 6], kernel: [3, 2], dilation: [2, 3], groups: 2, padding: 'same', bias: false },
      {
        size: [5, 4],
        kernel: [3, 3],
        dilation: [1, 1],
        groups: 1,
        padding: [
          [0, 2],
          [1, 0],
        ],
        bias: true,
      },
    ],
    inputs: ({ size, kernel, groups, bias }) => ({
      x: float([2, 2 * groups, ...size]),
      weight: float([3 * groups, 2, ...kernel]),
      bias: bias ? float([3 * groups]) : undefined,
    }),
    call: ({ x, weight, bias }, { dilation, groups, padding }) =>
      conv2d(x, weight, { bias, dilation, groups, padding }),
    linear: ['x', 'weight', 'bias'],
  }),
};
