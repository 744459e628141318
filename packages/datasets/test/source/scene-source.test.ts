import { ShapeError, fold, key } from '@hypercorr/tensor';
import { describe, expect, it } from 'vitest';
import { Draws, figureClasses, imageDeviation, imageMean, partOf, renderScene } from '../../src/index.ts';
import { Prefetcher, sceneSource, type LabelledImage } from '../../src/node.ts';

const size = 24;
const batch = 5;
const options = { seed: 3, size, set: 'backbone', imagesPerClass: 2, batch, key: key(8) } as const;

async function items(range: { readonly start?: number; readonly end: number }): Promise<LabelledImage[]> {
  const found: LabelledImage[] = [];
  for await (const { item } of new Prefetcher(sceneSource(options), { ...range, workers: 0 })) found.push(item);
  return found;
}

/** A step's pictures as the pretraining has always drawn them: pixel by pixel, each value rounded once. */
function stepOf(step: number) {
  const all = figureClasses();
  const classes = all.filter(({ set }) => set === 'backbone');
  const draws = new Draws(fold(options.key, step));
  const pictures = Array.from({ length: batch }, () => {
    const number = draws.below(options.imagesPerClass * classes.length);
    const mirrored = draws.chance(0.5);
    const cls = classes[number % classes.length];
    if (cls === undefined) throw new Error('the class is not there');
    const scene = renderScene(all, cls, Math.floor(number / classes.length), { size, seed: options.seed });
    const sourceOf = (place: number): number => {
      const [row, column] = [Math.floor(place / size), place % size];
      return row * size + (mirrored ? size - 1 - column : column);
    };
    const places = Array.from({ length: size * size }, (_, place) => sourceOf(place));
    const pixels = [0, 1, 2].flatMap((channel) =>
      places.map((source) =>
        Math.fround(
          ((scene.pixels[3 * source + channel] ?? 0) / 255 - (imageMean[channel] ?? 0)) /
            (imageDeviation[channel] ?? 1),
        ),
      ),
    );
    return { mirrored, pixels, labels: places.map((source) => scene.labels[source] ?? 0) };
  });
  return { pictures, draws };
}

describe('generated pictures with labels', () => {
  it('are those that a step draws, mirrored or not, to the bit', async () => {
    const found = await items({ end: 2 * batch });
    const expected = [stepOf(0), stepOf(1)].flatMap(({ pictures }) => pictures);
    expect(new Set(expected.map(({ mirrored }) => mirrored))).toEqual(new Set([true, false]));
    expect(found.map(({ pixels, labels }) => ({ pixels: [...pixels], labels: [...labels] }))).toEqual(
      expected.map(({ pixels, labels }) => ({ pixels, labels })),
    );
  });

  it('leave the rest of a step’s random numbers to the step', () => {
    const { draws } = stepOf(3);
    const after = sceneSource(options).drawsAfter(3);
    expect(Array.from({ length: 100 }, () => after.unit())).toEqual(Array.from({ length: 100 }, () => draws.unit()));
  });

  it('are the same from any start on, and show no class of another set', async () => {
    expect(await items({ start: 7, end: 9 })).toEqual((await items({ end: 9 })).slice(7));
    const source = sceneSource(options);
    const all = figureClasses();
    const shown = Array.from({ length: 300 }, (_, index) => source.plan(index).classId);
    expect(new Set(shown).size).toBeGreaterThan(50);
    expect(shown.filter((id) => all[id]?.set !== 'backbone')).toEqual([]);
    const labels = new Set((await items({ end: 20 })).flatMap((item) => [...new Set(item.labels)]));
    const ids = [...labels].flatMap((label) => partOf(label)?.classId ?? []);
    expect(ids.length).toBeGreaterThan(0);
    expect(ids.filter((id) => all[id]?.set !== 'backbone')).toEqual([]);
  });

  it('in a worker are those of this thread, and are remembered as a whole', { timeout: 60_000 }, async () => {
    const source = sceneSource(options);
    expect(source.cacheBytes).toBe(5 * size * size * 2 * 60);
    const found: LabelledImage[] = [];
    for await (const { item } of new Prefetcher(source, { end: 12, workers: 1 })) found.push(item);
    expect(found).toEqual(await items({ end: 12 }));
  });

  it('come in whole numbers', () => {
    expect(() => sceneSource({ ...options, batch: 0 })).toThrow(
      new ShapeError('scenes', 'batch must be a whole number from 1; got 0'),
    );
  });
});
