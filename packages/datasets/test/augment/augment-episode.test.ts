import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changeColours } from '../../src/augment/colour.ts';
import { crop, drawBox } from '../../src/augment/crop.ts';
import { flipHorizontally } from '../../src/augment/flip.ts';
import { augmentEpisode, augmentations, type Episode, type ReadSample } from '../../src/index.ts';
import { drawPlace, surrounded } from '../../src/augment/zoom.ts';
import { Draws } from '../../src/generate/draws.ts';
import { key } from '@hypercorr/tensor';

/** A picture whose every pixel tells its place: red is the column, green the row; the object is a rectangle. */
function itemOf(width: number, height: number): ReadSample {
  const pixels = Array.from({ length: width * height }, (_, i) => [i % width, Math.floor(i / width)] as const);
  return {
    sample: { image: 'a.jpg', mask: 'a.png' },
    image: { width, height, data: Uint8Array.from(pixels.flatMap(([x, y]) => [x, y, 7])) },
    mask: {
      width,
      height,
      data: Uint8Array.from(pixels, ([x, y]) => (x >= width / 2 && y >= height / 2 ? 1 : y === 0 ? 255 : 0)),
    },
  };
}

function episodeOf(index: number, size = 24): Episode<ReadSample> {
  const [query, support] = [itemOf(size, size), itemOf(size, size)];
  return {
    plan: { index, classId: 0, className: 'a', query: query.sample, supports: [support.sample] },
    query,
    supports: [support],
  };
}

const bytesOf = ({ query, supports }: Episode<ReadSample>): number[] =>
  [query, ...supports].flatMap(({ image, mask }) => [...image.data, ...mask.data]);

describe('an augmented episode', () => {
  const options = { seed: 3, augment: augmentations };

  test('depends on the seed, the number and the place, and leaves the pictures that came in as they are', () => {
    const episode = episodeOf(5);
    const before = bytesOf(episode);
    const once = augmentEpisode(episode, options);
    expect(bytesOf(once)).toEqual(bytesOf(augmentEpisode(episodeOf(5), options)));
    expect(bytesOf(once)).not.toEqual(bytesOf(augmentEpisode(episode, { ...options, seed: 4 })));
    expect(bytesOf(once)).not.toEqual(bytesOf(augmentEpisode(episodeOf(6), options)));
    expect([...once.query.image.data]).not.toEqual([...(once.supports[0]?.image.data ?? [])]);
    expect(bytesOf(episode)).toEqual(before);
    expect(bytesOf(augmentEpisode(episode, { ...options, augment: [] }))).toEqual(before);
  });

  test('keeps its sizes, the values of its masks and an object in each of them', () => {
    fc.assert(
      fc.property(fc.nat(10_000), (index) => {
        const { query, supports } = augmentEpisode(episodeOf(index), options);
        for (const { image, mask } of [query, ...supports]) {
          expect([image.width, image.height, image.data.length, mask.width, mask.height, mask.data.length]).toEqual([
            24, 24, 1728, 24, 24, 576,
          ]);
          expect(mask.data.includes(1)).toBe(true);
          expect([...mask.data].filter((value) => ![0, 1, 255].includes(value))).toEqual([]);
        }
      }),
      { numRuns: 50 },
    );
  });

  test('is flipped in about half of the cases, mask and photograph together', () => {
    const flips = Array.from({ length: 400 }, (_, index) => {
      const { image, mask } = augmentEpisode(episodeOf(index, 6), { seed: 0, augment: ['flip'] }).query;
      const flipped = image.data[0] === 5;
      expect([...mask.data]).toEqual([...(flipped ? flipHorizontally(itemOf(6, 6).mask, 1) : itemOf(6, 6).mask).data]);
      return Number(flipped);
    });
    // Within four deviations of 200.
    expect(Math.abs(flips.reduce((sum, flip) => sum + flip, 0) - 200)).toBeLessThan(40);
  });
});

test('twice left to right is as it was, and once reverses each row', () => {
  const { image } = itemOf(5, 3);
  const flipped = flipHorizontally(image, 3);
  expect([...flipped.data.subarray(0, 9)]).toEqual([4, 0, 7, 3, 0, 7, 2, 0, 7]);
  expect(flipHorizontally(flipped, 3)).toEqual(image);
});

test('a crop holds the pixels of its rectangle', () => {
  const { width, height, data } = crop(itemOf(9, 8).image, { left: 2, top: 3, width: 4, height: 2 }, 3);
  expect([width, height]).toEqual([4, 2]);
  expect([...data]).toEqual([3, 4].flatMap((y) => [2, 3, 4, 5].flatMap((x) => [x, y, 7])));
});

test('a zoom reduces the photograph and its mask alike', () => {
  for (let index = 0; index < 40; index += 1) {
    const { image, mask } = augmentEpisode(episodeOf(index), { seed: 0, augment: ['zoom'] }).query;
    // The object is where column and row, which the colours tell, are from the middle on; row 0 is void.
    const wrong = [...mask.data].filter((value, i) => {
      const [x, y] = [image.data[3 * i] ?? 0, image.data[3 * i + 1] ?? 0];
      const [isObject, isBackground] = [x >= 14 && y >= 14, x <= 9 || (y <= 9 && y >= 3)];
      return (isObject && value !== 1) || (isBackground && value === 1);
    });
    expect(wrong).toEqual([]);
  }
});

test('a picture without the object is reduced and cropped like the others', () => {
  const empty = (item: ReadSample): ReadSample => ({
    ...item,
    mask: { ...item.mask, data: item.mask.data.map(() => 0) },
  });
  for (const kind of ['zoom', 'crop'] as const) {
    const episode = episodeOf(3);
    const changed = (query: ReadSample) => augmentEpisode({ ...episode, query }, { seed: 0, augment: [kind] }).query;
    const { image, mask } = changed(empty(episode.query));
    expect(image).toEqual(changed(episode.query).image);
    expect(image).not.toEqual(episode.query.image);
    expect(mask.data.includes(1)).toBe(false);
  }
});

test('what surrounds a picture are its mirror images', () => {
  const row = { width: 3, height: 1, data: Uint8Array.of(1, 2, 3) };
  expect([...surrounded(row, { left: 4, top: 0 }, { width: 11, height: 1 }, 1).data]).toEqual([
    3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1,
  ]);
  const { image } = itemOf(4, 3);
  const [inside, around] = [{ left: 1, top: 2 }, surrounded(image, { left: 1, top: 2 }, { width: 6, height: 6 }, 3)];
  expect(crop(around, { ...inside, width: 4, height: 3 }, 3)).toEqual(image);
});

test('places lie in the picture, which keeps half of its side at least', () => {
  const draws = new Draws(key(2));
  const shares = Array.from({ length: 300 }, () => {
    const { left, top, width, height } = drawPlace({ width: 80, height: 60 }, draws);
    expect(Math.min(left, top, 80 - left - width, 60 - top - height)).toBeGreaterThanOrEqual(0);
    expect(Math.abs(width / 80 - height / 60)).toBeLessThan(0.02);
    return width / 80;
  });
  expect(Math.min(...shares)).toBeGreaterThan(0.49);
  expect(Math.min(...shares)).toBeLessThan(0.55);
  expect(Math.max(...shares)).toBeGreaterThan(0.95);
});

test('boxes lie in the picture, with shares and ratios as asked for; where none is accepted there is none', () => {
  const draws = new Draws(key(1));
  for (let i = 0; i < 500; i += 1) {
    const box = drawBox({ width: 400, height: 300 }, draws, () => true);
    if (box === undefined) continue;
    expect(Math.min(box.left, box.top, 400 - box.left - box.width, 300 - box.top - box.height)).toBeGreaterThanOrEqual(
      0,
    );
    // Sides are rounded to whole pixels.
    expect((box.width * box.height) / 120_000).toBeGreaterThan(0.495);
    expect(box.width / box.height).toBeGreaterThan(0.745);
    expect(box.width / box.height).toBeLessThan(1.345);
  }
  expect(drawBox({ width: 400, height: 300 }, draws, () => false)).toBeUndefined();
});

describe('colours', () => {
  const fixture = JSON.parse(readFileSync(new URL('../../../../fixtures/augment.json', import.meta.url), 'utf8')) as {
    readonly width: number;
    readonly height: number;
    readonly data: readonly number[];
    readonly cases: readonly {
      readonly factors: readonly [number, number, number];
      readonly data: readonly number[];
    }[];
  };

  test.each(fixture.cases)(
    'change by $factors as torchvision changes them',
    ({ factors: [brightness, contrast, saturation], data }) => {
      const image = { width: fixture.width, height: fixture.height, data: Uint8Array.from(fixture.data) };
      expect([...changeColours(image, { brightness, contrast, saturation }).data]).toEqual(data);
    },
  );
});
