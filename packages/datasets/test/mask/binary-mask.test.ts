import { FormatError, ShapeError } from '@hypercorr/tensor';
import { expect, it } from 'vitest';
import { binaryMask, decodeMask, encodeMaskPng, type Foreground } from '../../src/index.ts';

const binary = (values: readonly number[], foreground?: Foreground): number[] => {
  const png = encodeMaskPng({ width: values.length, height: 1, data: Uint8Array.from(values) });
  return [...binaryMask(decodeMask(png, 'a.png'), 'a.png', foreground).data];
};

it.each([
  [
    [0, 0, 0],
    [0, 0, 0],
  ],
  [
    [0, 1, 1],
    [0, 1, 1],
  ],
  [
    [0, 255, 0],
    [0, 1, 0],
  ],
  [
    [0, 127, 128, 200, 255],
    [0, 0, 1, 1, 1],
  ],
  [
    [0, 15, 255, 15],
    [0, 1, 255, 1],
  ],
  [
    [0, 90, 0],
    [0, 1, 0],
  ],
])('by the encoding: %o is %o', (values, expected) => {
  expect(binary(values)).toEqual(expected);
});

it.each([
  [
    [0, 1, 1],
    [0, 1, 1],
  ],
  [
    [0, 1, 255],
    [0, 0, 1],
  ],
  [
    [0, 127, 128, 255],
    [0, 0, 1, 1],
  ],
  // FSS-1000's rule knows no void and no class numbers.
  [
    [0, 90, 255],
    [0, 0, 1],
  ],
])('by brightness: %o is %o', (values, expected) => {
  expect(binary(values, 'bright')).toEqual(expected);
});

it('by index, with 255 as void', () => {
  expect(binary([0, 5, 15, 18, 255], 15)).toEqual([0, 0, 1, 0, 255]);
  expect(binary([0, 5, 15], 7)).toEqual([0, 0, 0]);
  expect(binary([0, 1, 255], 1)).toEqual([0, 1, 255]);
});

it('several classes are an error that lists them', () => {
  expect(() => binary([0, 5, 15, 18, 255])).toThrow(
    new FormatError('mask', 'a.png is an indexed mask of several classes (5, 15, 18); save a mask of one class alone'),
  );
});

it.each([0, 255, -1, 1.5])('%d is no index of an object', (index) => {
  expect(() => binary([0, 1], index)).toThrow(
    new ShapeError('mask', `an object's index must be a whole number from 1 to 254; got ${index}`),
  );
});
