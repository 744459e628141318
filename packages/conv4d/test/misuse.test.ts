import { DTypeError, ShapeError, key, ones, scope, zeros, type Tensor } from '@hypercorr/tensor';
import { run } from '@hypercorr/tensor/op';
import { afterAll, describe, expect, expectTypeOf, test } from 'vitest';
import {
  CenterPivotConv4d,
  FullConv4d,
  SeparableConv4d,
  conv4dCenterPivot,
  conv4dFull,
  conv4dSeparable,
} from '../src/index.ts';
import {
  conv4dInputGradientOp,
  type Conv4dCheck,
  type PivotWeightCheck,
  type PlaneWeightCheck,
  type SupportWeightCheck,
} from '../src/op-entry.ts';

const x = ones([1, 3, 4, 4, 5, 5]);
const image = ones([1, 3, 4, 4]);
const full = ones([2, 3, 3, 3, 3, 3]);
const planar = ones([2, 3, 3, 3]);
const plain = { inChannels: 4, outChannels: 2, kernel: 3, key: key(0) } as const;
const pivot = new CenterPivotConv4d(plain);
const separable = new SeparableConv4d(plain);
const whole = new FullConv4d(plain);
afterAll(() => {
  for (const owned of [x, image, full, planar, pivot, separable, whole]) owned.dispose();
});

/** What must not compile, with the text that it throws where types cannot see it coming. */
const refused: readonly (readonly [message: string, call: () => unknown])[] = [
  [
    '[conv4d] x has shape [1,3,4,4], expected [b,c,hq,wq,hs,ws]',
    // @ts-expect-error an image is no correlation
    () => conv4dFull(image, full),
  ],
  [
    '[conv4d] weight has shape [2,3,3,3], expected [O,C,khq,kwq,khs,kws]',
    // @ts-expect-error a weight over a plane is no 4D weight
    () => conv4dFull(x, planar),
  ],
  [
    '[conv4d] the input has 3 channels, the weight expects 4; got x [1,3,4,4,5,5], weight [2,4,1,1,1,1]',
    // @ts-expect-error channels
    () => conv4dFull(x, zeros([2, 4, 1, 1, 1, 1])),
  ],
  [
    '[conv4d] bias has shape [3], expected [2]',
    // @ts-expect-error a bias for other outputs
    () => conv4dFull(x, full, { bias: zeros([3]) }),
  ],
  [
    '[conv4dCenterPivot] the input has 3 channels, the supportWeight expects 1; got x [1,3,4,4,5,5], supportWeight [2,1,3,3]',
    // @ts-expect-error channels
    () => conv4dCenterPivot(x, planar, zeros([2, 1, 3, 3])),
  ],
  [
    '[conv4dCenterPivot] the queryWeight has 2 outputs, the supportWeight 4 outputs; got queryWeight [2,3,3,3], supportWeight [4,3,3,3]',
    // @ts-expect-error outputs
    () => conv4dCenterPivot(x, planar, zeros([4, 3, 3, 3])),
  ],
  [
    '[conv4dSeparable] the queryWeight has 2 outputs, the supportWeight 3 inputs; got queryWeight [2,3,3,3], supportWeight [2,3,3,3]',
    // @ts-expect-error what is between
    () => conv4dSeparable(x, planar, zeros([2, 3, 3, 3])),
  ],
  [
    '[conv4dCenterPivot] the input has 3 channels, the queryWeight expects 4; got x [1,3,4,4,5,5], queryWeight [2,4,3,3]',
    // @ts-expect-error channels of a module
    () => pivot.forward(x),
  ],
  [
    '[conv4dSeparable] x has shape [1,3,4,4], expected [b,c,hq,wq,hs,ws]',
    // @ts-expect-error rank
    () => separable.forward(image),
  ],
  [
    '[conv4d] the input has 3 channels, the weight expects 4; got x [1,3,4,4,5,5], weight [2,4,3,3,3,3]',
    // @ts-expect-error channels of a module
    () => whole.forward(x),
  ],
];

describe('what does not compile', () => {
  test.each(refused)('%s', (message, call) => {
    const thrown = errorOf(call);
    expect(thrown).toBeInstanceOf(ShapeError);
    expect(thrown).toHaveProperty('message', message);
  });

  test('the compiler says the same', () => {
    type X = readonly [1, 3, 4, 4, 5, 5];
    expectTypeOf<
      Conv4dCheck<'conv4d', readonly [1, 3, 4, 4], X>
    >().toEqualTypeOf<'[conv4d] x has shape [1,3,4,4], expected [b,c,hq,wq,hs,ws]'>();
    expectTypeOf<
      Conv4dCheck<'conv4d', X, readonly [2, 3, 3, 3]>
    >().toEqualTypeOf<'[conv4d] weight has shape [2,3,3,3], expected [O,C,khq,kwq,khs,kws]'>();
    expectTypeOf<
      Conv4dCheck<'conv4d', X, readonly [2, 4, 1, 1, 1, 1]>
    >().toEqualTypeOf<'[conv4d] the input has 3 channels, the weight expects 4; got x [1,3,4,4,5,5], weight [2,4,1,1,1,1]'>();
    expectTypeOf<
      PlaneWeightCheck<'c', X, 'queryWeight', readonly [2, 4, 3, 3]>
    >().toEqualTypeOf<'[c] the input has 3 channels, the queryWeight expects 4; got x [1,3,4,4,5,5], queryWeight [2,4,3,3]'>();
    expectTypeOf<
      PivotWeightCheck<'c', X, readonly [2, 3, 3, 3], readonly [4, 3, 3, 3]>
    >().toEqualTypeOf<'[c] the queryWeight has 2 outputs, the supportWeight 4 outputs; got queryWeight [2,3,3,3], supportWeight [4,3,3,3]'>();
    expectTypeOf<
      SupportWeightCheck<'c', readonly [2, 3, 3, 3], readonly [2, 3, 3, 3]>
    >().toEqualTypeOf<'[c] the queryWeight has 2 outputs, the supportWeight 3 inputs; got queryWeight [2,3,3,3], supportWeight [2,3,3,3]'>();
    // What is open is left to run time.
    expectTypeOf<Conv4dCheck<'conv4d', readonly number[], readonly [2, number, 3, 3, 3, 3]>>().toEqualTypeOf<true>();
  });
});

/** What only run time can know. */
const thrown: readonly (readonly [message: string, call: () => unknown])[] = [
  [
    '[conv4d] a window of 5 does not fit along hq, 4 long with padding 0; got x [1,3,4,4,5,5], weight [1,3,5,1,1,1]',
    () => conv4dFull(x, zeros([1, 3, 5, 1, 1, 1])),
  ],
  [
    '[conv4d] a window of 3 does not fit along ws, 5 long with padding -2; got x [1,3,4,4,5,5], weight [2,3,3,3,3,3]',
    () => conv4dFull(x, full, { padding: { support: [0, -2] } }),
  ],
  [
    '[conv4d] stride [1,1,0,1] (hq, wq, hs, ws) needs whole numbers from 1',
    () => conv4dFull(x, full, { stride: { support: [0, 1] } }),
  ],
  [
    '[conv4d] padding [0.5,0.5,0.5,0.5] (hq, wq, hs, ws) needs whole numbers',
    () => conv4dFull(x, full, { padding: 0.5 }),
  ],
  [
    '[conv4d] kernel [0,1,1,1] (hq, wq, hs, ws) needs whole numbers from 1',
    () => conv4dFull(x, zeros([1, 3, 0, 1, 1, 1])),
  ],
  [
    '[conv4dCenterPivot] a kernel of its own for each plane needs a center, and so odd sizes; got query [3,3], support [2,3]',
    () => conv4dCenterPivot(x, planar, zeros([2, 3, 2, 3])),
  ],
  [
    '[conv4dSeparable] a kernel of its own for each plane needs a center, and so odd sizes; got query [4,4], support [4,4]',
    () => new SeparableConv4d({ ...plain, kernel: 4 }),
  ],
  [
    '[conv4dCenterPivot] a window of 7 does not fit along hs, 5 long with padding 0; got x [1,3,4,4,5,5], weight [2,3,3,3,7,7]',
    () => conv4dCenterPivot(x, planar, zeros([2, 3, 7, 7])),
  ],
  [
    '[conv4dInputGradient] the cotangent has shape [1,2,4,4,5,5], the convolution gives [1,2,2,2,3,3]',
    () =>
      run(
        conv4dInputGradientOp,
        { cotangent: zeros([1, 2, 4, 4, 5, 5]), weight: full },
        {
          stride: { query: [1, 1], support: [1, 1] },
          padding: { query: [0, 0], support: [0, 0] },
          size: [4, 4, 5, 5],
        },
      ),
  ],
];

test.each(thrown)('%s', (message, call) => {
  const error = errorOf(call);
  expect(error).toBeInstanceOf(ShapeError);
  expect(error).toHaveProperty('message', message);
});

test('dtypes are floating point, and agree', () => {
  const integers = zeros([1, 3, 4, 4, 5, 5], { dtype: 'int32' });
  const wide = zeros([2, 3, 1, 1, 1, 1], { dtype: 'float64' });
  // @ts-expect-error whole numbers
  expect(errorOf(() => conv4dFull(integers, full))).toEqual(
    new DTypeError('conv4d', 'takes floating point, got int32; cast it first'),
  );
  expect(errorOf(() => conv4dFull(x, wide))).toEqual(
    new DTypeError('conv4d', 'x is float32, another input is float64; cast one'),
  );
  for (const owned of [integers, wide] satisfies readonly Tensor[]) owned.dispose();
});

function errorOf(call: () => unknown): unknown {
  try {
    scope(() => void call());
  } catch (error) {
    return error;
  }
  return undefined;
}
