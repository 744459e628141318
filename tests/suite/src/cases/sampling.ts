import { gridSample, uniformNumbers, type SamplePadding } from '@hypercorr/tensor';
import { gridSampleGridGradientOp, gridSampleInputGradientOp, gridSampleOp, run } from '@hypercorr/tensor/op';
import fc from 'fast-check';
import { float, opCase } from '../case.ts';
import type { Fill } from '../fills.ts';
import type { Cases } from '../records.ts';
import { oneOf } from '../shapes.ts';

type Two = readonly [height: number, width: number];

interface Sampling {
  readonly batch: number;
  readonly channels: number;
  readonly size: Two;
  /** Places of the grid, along both of its axes. */
  readonly to: Two;
  readonly padding: SamplePadding;
  readonly alignCorners: boolean;
}

const side = oneOf(1, 2, 3, 4, 5, 7, 8, 9, 16, 17);

const samplings: fc.Arbitrary<Sampling> = fc.record({
  batch: oneOf(1, 2),
  channels: oneOf(1, 2, 3, 5),
  size: fc.tuple(side, side),
  to: fc.tuple(side, side),
  padding: fc.constantFrom('zeros', 'border'),
  alignCorners: fc.boolean(),
});

const fixed: readonly Sampling[] = [
  { batch: 2, channels: 3, size: [5, 7], to: [4, 6], padding: 'zeros', alignCorners: false },
  { batch: 2, channels: 2, size: [6, 4], to: [5, 3], padding: 'border', alignCorners: true },
  { batch: 1, channels: 1, size: [1, 3], to: [4, 1], padding: 'zeros', alignCorners: true },
  { batch: 1, channels: 2, size: [4, 1], to: [3, 5], padding: 'border', alignCorners: false },
  { batch: 1, channels: 1, size: [1, 1], to: [2, 2], padding: 'zeros', alignCorners: false },
];

const large: readonly Sampling[] = [
  { batch: 2, channels: 12, size: [31, 30], to: [40, 41], padding: 'zeros', alignCorners: false },
  { batch: 1, channels: 70, size: [17, 19], to: [33, 9], padding: 'border', alignCorners: true },
];

/**
 * Coordinates (x, y) of places around the image, up to two pixels outside of it. Between pixels, where samples have
 * derivatives: those that a whole number of pixels away would jump with the last digit.
 */
const places =
  ({ size: [height, width], alignCorners }: Sampling): Fill =>
  (random, count) =>
    uniformNumbers(random, count).map((u, i) => {
      const size = i % 2 === 0 ? width : height;
      const slope = (alignCorners ? size - 1 : size) / 2;
      const position = u * (size + 3) - 2;
      const cell = Math.floor(position);
      const place = cell + 0.1 + 0.8 * (position - cell);
      // A single pixel with its centre in the corners is sampled wherever one looks.
      return Math.fround(slope === 0 ? place : (place - (size - 1) / 2) / slope);
    });

const image = ({ batch, channels, size }: Sampling) => float([batch, channels, ...size]);
const sampled = ({ batch, channels, to }: Sampling) => float([batch, channels, ...to]);
const grid = (geometry: Sampling) => float([geometry.batch, ...geometry.to, 2], places(geometry));

const shared = { geometry: samplings, fixed, large };

export const sampling = {
  gridSampleOp: opCase(gridSampleOp, {
    ...shared,
    inputs: (geometry) => ({ x: image(geometry), grid: grid(geometry) }),
    call: ({ x, grid: at }, { padding, alignCorners }) => gridSample(x, at, { padding, alignCorners }),
    linear: ['x'],
    second: 'refused',
  }),
  gridSampleInputGradientOp: opCase(gridSampleInputGradientOp, {
    ...shared,
    inputs: (geometry) => ({ cotangent: sampled(geometry), grid: grid(geometry) }),
    call: ({ cotangent, grid: at }, { padding, alignCorners, size }) =>
      run(gridSampleInputGradientOp, { cotangent, grid: at }, { padding, alignCorners, size }),
    linear: ['cotangent'],
    second: 'refused',
  }),
  gridSampleGridGradientOp: opCase(gridSampleGridGradientOp, {
    ...shared,
    inputs: (geometry) => ({ cotangent: sampled(geometry), x: image(geometry), grid: grid(geometry) }),
    call: ({ cotangent, x, grid: at }, { padding, alignCorners }) =>
      run(gridSampleGridGradientOp, { cotangent, x, grid: at }, { padding, alignCorners }),
  }),
} satisfies Cases;
