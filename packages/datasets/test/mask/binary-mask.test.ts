import { FormatError, ShapeError } from '@hypercorr/tensor';
import { expect, it } from 'vitest';
import { binaryMask, decodeMask, encodeMaskPng, greyMask, maskMeaning, type Foreground } from '../../src/index.ts';

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
  expect(binary(values, 'binary')).toEqual(expected);
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

/** A row with this many pixels of each value. */
const areas = (
  counts: Readonly<Record<number, number>>,
): { readonly meaning: string; readonly doubt: string | undefined } => {
  const data = Uint8Array.from(
    Object.entries(counts).flatMap(([value, count]) => Array.from({ length: count }, () => Number(value))),
  );
  const { of, doubt } = maskMeaning(greyMask({ width: data.length, height: 1, data }), 'a.png');
  return {
    meaning: Object.keys(counts)
      .map((value) => `${value}→${of[Number(value)]}`)
      .join(' '),
    doubt,
  };
};

it.each([
  // Black and white, with stray pixels.
  [{ 0: 800, 1: 5, 255: 195 }, '0→0 1→0 255→1', '5 pixels are 1, and 195 are 255: it is read as black and white'],
  [{ 0: 800, 1: 1, 2: 1, 255: 198 }, '0→0 1→0 2→0 255→1', '2 pixels are 1 or 2, and 198 are 255'],
  [{ 0: 800, 3: 5, 255: 100 }, '0→0 3→0 255→1', '5 pixels are 3'],
  // A number, and a border that is void.
  [
    { 0: 800, 3: 6, 255: 100 },
    '0→0 3→1 255→255',
    '255 is taken for void (11.0 % of the pixels), and 3 for the object (0.7 %',
  ],
  [{ 0: 800, 3: 100, 255: 60 }, '0→0 3→1 255→255', undefined],
  [{ 0: 900, 1: 100 }, '0→0 1→1', undefined],
  [{ 0: 900, 1: 95, 255: 5 }, '0→0 1→1 255→255', undefined],
  // A background of 255.
  [
    { 1: 70, 255: 930 },
    '1→1 255→0',
    'no pixel is 0, and 93.0 % of the pixels are 255: that is taken for the background',
  ],
  [{ 1: 600, 255: 400 }, '1→1 255→255', undefined],
])('the areas of %j say %s', (counts, meaning, doubt) => {
  const told = areas(counts);
  expect(told.meaning).toBe(meaning);
  if (doubt === undefined) expect(told.doubt).toBeUndefined();
  else expect(told.doubt).toContain(doubt);
});

it('a mask of numbers that is void for the most part is doubted', () => {
  const data = Uint8Array.from({ length: 100 }, (_, i) => (i < 60 ? 255 : i < 70 ? 4 : 0));
  const doubtOf = (index: number) => maskMeaning(greyMask({ width: 100, height: 1, data }), 'a.png', index).doubt;
  expect(doubtOf(4)).toBe('255 is taken for void: 60.0 % of the pixels are neither object nor background');
  data.fill(0, 0, 20);
  expect(doubtOf(4)).toBeUndefined();
});

it.each([
  ['binary', [0, 90, 255, 1], [0, 0, 1, 0]],
  ['index', [0, 90, 255], [0, 1, 255]],
  ['nonzero', [0, 90, 255, 1], [0, 1, 1, 1]],
] as const)('read as %s, %j are %j', (foreground, values, expected) => {
  expect(binary(values, foreground)).toEqual([...expected]);
});
