import type { Mask, RgbImage } from '@hypercorr/datasets';
import { fromArray, scope, type Tensor } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { Baselines, type ObservedImage } from '../../src/baselines/baselines.ts';

const size = 4;

/** An image whose left `columns` are the object; colours and features say so as far as they are told to. */
function observed(columns: number, { colours, features }: { colours: boolean; features: boolean }): ObservedImage {
  const inside = (pixel: number) => pixel % size < columns;
  const pixels = Array.from({ length: size * size }, (_, pixel) => inside(pixel));
  const image: RgbImage = {
    width: size,
    height: size,
    data: Uint8Array.from(pixels.flatMap((is) => (is && colours ? [250, 10, 10] : [10, 10, 250]))),
  };
  const mask: Mask = { width: size, height: size, data: Uint8Array.from(pixels, Number) };
  const informative = [pixels.map((is) => (is ? 1 : -1)), pixels.map(() => 0.1)];
  const blank = [pixels.map(() => 1), pixels.map(() => 1)];
  const map = (channels: readonly number[][]): Tensor<readonly [number, number, number, number], 'float32'> =>
    fromArray(Float32Array.from(channels.flat()), [1, 2, size, size]);
  return { image, mask, features: [map(blank), map(features ? informative : blank)] };
}

async function results(columns: { support: number; query: number }, tells: { colours: boolean; features: boolean }) {
  const [support, query] = scope(() => [observed(columns.support, tells), observed(columns.query, tells)] as const);
  const baselines = new Baselines();
  await baselines.add({ classId: 3, query, supports: [support] });
  for (const map of [...support.features, ...query.features]) map.dispose();
  return Object.fromEntries(
    baselines.results().map(({ name, score, setting }) => [name, { miou: score.miou, setting }]),
  );
}

test('each baseline sees what it can see', async () => {
  const found = await results({ support: 1, query: 3 }, { colours: false, features: true });
  expect(found['everything foreground']?.miou).toBe(75);
  expect(found['support mask copied']?.miou).toBeCloseTo(100 / 3, 9);
  expect(found['feature similarity']?.miou).toBe(100);
  expect(found['feature similarity']?.setting).toMatch(/^tap 2 of 2, threshold -?[\d.]+, the best in hindsight$/);
  // Colours say nothing: the best that a threshold can do is to take all.
  expect(found['colour similarity']?.miou).toBe(75);

  const coloured = await results({ support: 1, query: 3 }, { colours: true, features: false });
  expect(coloured['colour similarity']?.miou).toBe(100);
  expect(coloured['feature similarity']?.miou).toBe(75);
});

test('sums pixels per class over its episodes before dividing, for all four alike', async () => {
  const baselines = new Baselines();
  const tells = { colours: true, features: true };
  const images = scope(() => [1, 2, 3, 4].map((columns) => observed(columns, tells)));
  const [one, two, three, four] = images;
  if (one === undefined || two === undefined || three === undefined || four === undefined)
    throw new Error('four images');
  await baselines.add({ classId: 0, query: one, supports: [two] });
  await baselines.add({ classId: 0, query: two, supports: [one, three] });
  await baselines.add({ classId: 5, query: three, supports: [four] });
  for (const { features } of images) for (const map of features) map.dispose();
  for (const { score } of baselines.results()) {
    expect(score.classes().map(({ id, episodes }) => [id, episodes])).toEqual([
      [0, 2],
      [5, 1],
    ]);
  }
  const [everything, copied] = baselines.results();
  // Class 0: 4 + 8 of 32 pixels. Class 5: 12 of 16.
  expect(everything?.score.miou).toBeCloseTo((100 * (12 / 32 + 12 / 16)) / 2, 9);
  // Class 0: 4 of 8; one and three columns at least half of the votes make three: 8 of 12. Class 5: 12 of 16.
  expect(copied?.score.miou).toBeCloseTo((100 * (12 / 20 + 12 / 16)) / 2, 9);
});

test('void pixels count for nothing', async () => {
  const baselines = new Baselines();
  const [support, query] = scope(
    () => [observed(2, { colours: true, features: true }), observed(2, { colours: true, features: true })] as const,
  );
  const data = query.mask.data.map((label, pixel) => (pixel % size === 3 ? 255 : label));
  await baselines.add({ classId: 0, query: { ...query, mask: { ...query.mask, data } }, supports: [support] });
  for (const map of [...support.features, ...query.features]) map.dispose();
  expect(baselines.results()[0]?.score.miou).toBeCloseTo(200 / 3, 9);
});
