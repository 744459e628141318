import { hypercorrelation, hypercorrelationOp } from '@hypercorr/hsnet';
import { cast, fold, mul, uniformNumbers, type FloatDType, type Shape, type Tensor } from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase, int32, opCase, type OpCase } from '../case.ts';
import { between, whole, type Fill } from '../fills.ts';
import { oneOf } from '../shapes.ts';

type Plane = readonly [height: number, width: number];

interface Taps {
  readonly batch: number;
  /** Channels of each tap; of one channel, cosines are constant and gradients nothing but rounding. */
  readonly channels: readonly number[];
  readonly query: Plane;
  readonly support: Plane;
}

/** Zero with this probability, for three neighbouring positions at a time: gaps and runs, as a mask leaves them. */
const zeroed =
  (share: number, [height, width]: Plane, fill: Fill): Fill =>
  (random, size) => {
    const draws = uniformNumbers(fold(random, 1), height * width);
    return fill(random, size).map((value, i) =>
      (draws[Math.floor((i % (height * width)) / 3)] ?? 0) < share ? 0 : value,
    );
  };

/**
 * Vectors whose products are far from zero, positive and negative: all elements of a vector have one sign, every other
 * position's the other one.
 */
const oneSign =
  ([height, width]: Plane): Fill =>
  (random, size) =>
    between(0.5, 1.5)(random, size).map((value, i) => ((i % (height * width)) % 2 === 0 ? value : -value));

const plane = fc.tuple(oneOf(1, 2, 3, 4, 5, 7), oneOf(1, 2, 3, 4, 5, 6, 9));
const taps: fc.Arbitrary<Taps> = fc.record({
  batch: oneOf(1, 1, 2, 3),
  channels: fc.array(oneOf(2, 3, 8, 17), { minLength: 1, maxLength: 4 }),
  query: plane,
  support: plane,
});

const someZeros = (of: Plane) => zeroed(0.4, of, between(-2, 2));

type FillOf = (of: Plane) => Fill;

const mapsOf = ({ batch, channels, query, support }: Taps, fill: FillOf, smooth: FillOf = oneSign) =>
  Object.fromEntries(
    channels.flatMap((count, i) => [
      [`query${i}`, float([batch, count, ...query], fill(query), smooth(query))] as const,
      [`support${i}`, float([batch, count, ...support], fill(support), smooth(support))] as const,
    ]),
  );

type Maps = Readonly<Record<string, Tensor<Shape, FloatDType>>>;
const listOf = (maps: Maps, name: 'query' | 'support', { channels }: Taps) =>
  channels.flatMap((_, i) => maps[`${name}${i}`] ?? []);

interface Masked extends Taps {
  readonly mask: 'none' | 'some' | 'all';
}

/**
 * Masks that are zero nowhere, in places, and everywhere, else a number of quarters, as resizing gives values between 0
 * and 1. They come as integers, which take no gradient: cosines hardly depend on a vector's length, and what is left
 * of it in float32 is rounding.
 */
const quarters = ({ mask, support }: Masked): Fill =>
  zeroed({ none: 0, some: 0.5, all: 1 }[mask], support, whole(1, 4));

const fixed: readonly Taps[] = [
  { batch: 1, channels: [3], query: [2, 3], support: [3, 2] },
  { batch: 2, channels: [4, 2, 9], query: [3, 3], support: [2, 5] },
  { batch: 1, channels: [5, 2, 2, 3, 6, 2, 4, 3], query: [1, 2], support: [4, 4] },
  { batch: 2, channels: [0], query: [2, 1], support: [1, 3] },
];

const large: readonly Taps[] = [
  { batch: 2, channels: [40, 300], query: [13, 12], support: [12, 13] },
  { batch: 1, channels: [600], query: [17, 9], support: [9, 31] },
];

/** The operation, and the same behind a mask. */
export const hypercorrelations = {
  hypercorrelationOp: opCase(hypercorrelationOp, {
    geometry: taps,
    fixed,
    large,
    inputs: (geometry) => mapsOf(geometry, someZeros),
    call: (maps, geometry) => hypercorrelation(listOf(maps, 'query', geometry), listOf(maps, 'support', geometry)),
  }),
  maskedHypercorrelation: functionCase('hypercorrelation with a mask', {
    geometry: fc
      .record({ taps, mask: fc.constantFrom<Masked['mask']>('none', 'some', 'all') })
      .map(({ taps: of, mask }): Masked => ({ ...of, mask })),
    fixed: (['none', 'some', 'all'] as const).map((mask): Masked => ({
      batch: 2,
      channels: [3, 2],
      query: [2, 3],
      support: [3, 3],
      mask,
    })),
    large: [{ batch: 2, channels: [70], query: [20, 20], support: [21, 20], mask: 'some' }],
    inputs: (geometry) => ({
      ...mapsOf(geometry, () => between(-2, 2)),
      quarters: int32([geometry.batch, 1, ...geometry.support], quarters(geometry)),
    }),
    call: ({ quarters: count, ...maps }, geometry) => {
      const [queries, supports] = [listOf(maps, 'query', geometry), listOf(maps, 'support', geometry)];
      return hypercorrelation(
        queries,
        supports.map((support) => mul(support, mul(cast(count, support.dtype), 0.25))),
      );
    },
  }),
} satisfies Readonly<Record<string, OpCase>>;
