import { readFileSync } from 'node:fs';
import { FormatError } from '@hypercorr/tensor';
import { describe, expect, it } from 'vitest';
import { drawMask, type Outline, type Raster } from '../../src/index.ts';

/** Outlines, and the masks that pycocotools and OpenCV make of them: runs of pixels, row after row. */
interface Fixture {
  readonly polygons: readonly (Record<Raster, number[]> & {
    readonly size: readonly [number, number];
    readonly polygons: number[][];
  })[];
  readonly runs: readonly {
    readonly size: readonly [number, number];
    readonly text: string;
    readonly lengths: number[];
    readonly mask: number[];
  }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../../../../fixtures/coco/masks.json', import.meta.url), 'utf8'),
) as Fixture;

const draw = ([height, width]: readonly [number, number], outline: Outline, raster: Raster = 'coco'): number[] => [
  ...drawMask({ width, height, regions: [{ index: 1, outline }], raster }, 'a.json#1').data,
];

const pixels = (runs: readonly number[]): number[] => runs.flatMap((length, i) => Array.from({ length }, () => i % 2));

it('polygons are filled as by pycocotools, every one of them', () => {
  for (const { size, polygons, coco } of fixture.polygons)
    expect(draw(size, { polygons }), JSON.stringify(polygons)).toEqual(pixels(coco));
});

it("polygons are filled as by RePRI's script: the first, by OpenCV", () => {
  for (const { size, polygons, repri } of fixture.polygons)
    expect(draw(size, { polygons }, 'repri'), JSON.stringify(polygons)).toEqual(pixels(repri));
});

it("runs are read from lists and from COCO's text", () => {
  for (const { size, text, lengths, mask } of fixture.runs) {
    expect(draw(size, { runs: lengths })).toEqual(pixels(mask));
    expect(draw(size, { runs: text })).toEqual(pixels(mask));
  }
});

it('later objects lie over earlier ones', () => {
  const whole = { index: 3, outline: { runs: [0, 4] } };
  const corner = { index: 7, outline: { runs: [3, 1] } };
  expect([...drawMask({ width: 2, height: 2, regions: [whole, corner], raster: 'coco' }, 'a').data]).toEqual([
    3, 3, 3, 7,
  ]);
  expect([...drawMask({ width: 2, height: 2, regions: [corner, whole], raster: 'coco' }, 'a').data]).toEqual([
    3, 3, 3, 3,
  ]);
});

describe('what no picture has is refused', () => {
  it.each<readonly [Outline, string]>([
    [{ runs: [2, 3] }, 'the runs cover 5 pixels, and the image has 6'],
    [{ runs: [7, -1] }, "a run's length must be a whole number; got -1"],
    [{ runs: [5.5, 0.5] }, "a run's length must be a whole number; got 5.5"],
    [{ runs: [0, 6], size: [3, 2] }, 'the runs have the size [3,2], but the image has [2,3] (height before width)'],
    [{ runs: 'P' }, 'the text of the runs is cut off'],
    [{ runs: ' ' }, '" " does not belong in the text of runs; its letters go from 0 to o'],
    [{ runs: 'oooooooo' }, 'a run is longer than any picture'],
    [
      { polygons: [[0, 0, 1, 1, 7, 1]] },
      'an outline goes through x 7, y 1, far outside of the image of 3×2; does it belong to another image?',
    ],
    [
      { polygons: [[0, 0, 1, 1, 0, Infinity]] },
      'an outline goes through x 0, y Infinity, far outside of the image of 3×2; does it belong to another image?',
    ],
    [
      { polygons: [Array.from({ length: 200 }, (_, i) => (i % 4 === 0 ? 3 : 0))] },
      'the outlines are 300 pixels long, too long for an image of 3×2; draw them again',
    ],
  ])('%j', (outline, message) => {
    expect(() => draw([2, 3], outline)).toThrow(new FormatError('annotations', `a.json#1: ${message}`));
  });

  it('more pixels than any photograph', () => {
    expect(() => draw([2 ** 20, 2 ** 20], { runs: [2 ** 40] })).toThrow(
      '[mask] a.json#1 is 1048576×1048576; pictures may have up to',
    );
  });
});
