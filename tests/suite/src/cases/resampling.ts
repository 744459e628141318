import { gridSample, resizeBicubic, resizeBilinear, resizeNearest, uniformNumbers } from '@hypercorr/tensor';
import fc from 'fast-check';
import { float, functionCase } from '../case.ts';
import { listed, type Fill } from '../fills.ts';
import { oneOf } from '../shapes.ts';
import { anyKind } from './elementwise.ts';

// Resizing and sampling that is composed of other operations.

type Two = readonly [height: number, width: number];

interface Resize {
  readonly channels: number;
  readonly from: Two;
  readonly to: Two;
}

const side = oneOf(1, 2, 3, 4, 5, 8, 13);
const two: fc.Arbitrary<Two> = fc.tuple(side, side);
const resizes: fc.Arbitrary<Resize> = fc.record({ channels: oneOf(1, 2, 3), from: two, to: two });

const fixedResizes: readonly Resize[] = [
  { channels: 2, from: [5, 7], to: [8, 4] },
  { channels: 1, from: [12, 9], to: [3, 2] },
  { channels: 1, from: [1, 4], to: [3, 1] },
];

const image = ({ channels, from }: Resize) => ({ x: float([2, channels, ...from]) });

interface Sampling {
  readonly size: Two;
  readonly to: Two;
  readonly alignCorners: boolean;
}

const samplings = fc.record({ size: two, to: two, alignCorners: fc.boolean() });
const fixedSamplings: readonly Sampling[] = [
  { size: [5, 7], to: [4, 6], alignCorners: false },
  { size: [4, 3], to: [3, 5], alignCorners: true },
  { size: [1, 2], to: [2, 2], alignCorners: false },
];

/** Coordinates at which no place is near a pixel or in the middle between two, on an axis of up to 13 pixels. */
const places: Fill = (random, size) => {
  // Multiples of 1/4 plus 1/50: times up to 13/2, plus half a pixel, they keep from multiples of 1/2.
  const drawn = uniformNumbers(random, size);
  return drawn.map((u) => Math.fround((Math.floor(u * 24) - 12) / 4 + 0.02));
};

export const resampling = {
  resizeBicubic: functionCase('resizeBicubic', {
    geometry: fc.record({ of: resizes, alignCorners: fc.boolean() }),
    fixed: fixedResizes.flatMap((of) => [
      { of, alignCorners: false },
      { of, alignCorners: true },
    ]),
    inputs: ({ of }) => image(of),
    call: ({ x }, { of: { to }, alignCorners }) => resizeBicubic(x, to, { alignCorners }),
    linear: ['x'],
  }),
  resizeBicubicAntialiased: functionCase('resizeBicubic, antialiased', {
    geometry: resizes,
    fixed: fixedResizes,
    inputs: image,
    call: ({ x }, { to }) => resizeBicubic(x, to, { antialias: true }),
    linear: ['x'],
  }),
  resizeBilinearAntialiased: functionCase('resizeBilinear, antialiased', {
    geometry: resizes,
    fixed: fixedResizes,
    inputs: image,
    call: ({ x }, { to }) => resizeBilinear(x, to, { antialias: true }),
    linear: ['x'],
  }),
  resizeNearestExact: functionCase('resizeNearest at centres', {
    geometry: resizes,
    fixed: fixedResizes,
    inputs: ({ channels, from }) => ({ x: anyKind('int32', [2, channels, ...from]) }),
    call: ({ x }, { to }) => resizeNearest(x, to, { exact: true }),
    exact: true,
  }),
  gridSampleReflected: functionCase('gridSample with reflection', {
    geometry: samplings,
    fixed: fixedSamplings,
    inputs: ({ size, to }) => ({ x: float([2, 3, ...size]), grid: float([2, ...to, 2], places) }),
    call: ({ x, grid }, { alignCorners }) => gridSample(x, grid, { padding: 'reflection', alignCorners }),
    linear: ['x'],
    second: 'refused',
  }),
  gridSampleNearest: functionCase('gridSample of the nearest', {
    geometry: fc.record({
      of: samplings,
      padding: fc.constantFrom('zeros', 'border', 'reflection'),
    }),
    fixed: fixedSamplings.flatMap((of) => [
      { of, padding: 'zeros' as const },
      { of, padding: 'border' as const },
      { of, padding: 'reflection' as const },
    ]),
    inputs: ({ of: { size, to } }) => ({ x: float([2, 3, ...size]), grid: float([2, ...to, 2], places) }),
    call: ({ x, grid }, { of: { alignCorners }, padding }) =>
      gridSample(x, grid, { mode: 'nearest', padding, alignCorners }),
    linear: ['x'],
  }),
  gridSampleNearestFarOff: functionCase('gridSample of the nearest, at places far off', {
    geometry: fc.constant(null),
    fixed: [null],
    inputs: () => ({
      x: float([1, 1, 1, 4], listed(1, 2, 3, 4)),
      grid: float([1, 2, 3, 2], listed(NaN, 0, Infinity, 0, -3e38, 0.25, 5, 0, -1.1, 0, 0.3, -0.4)),
    }),
    call: ({ x, grid }) => gridSample(x, grid, { mode: 'nearest', padding: 'border' }),
    linear: ['x'],
  }),
};
