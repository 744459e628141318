import { describe, expect, it } from 'vitest';
import { encodePng, type Episode, type EpisodePlan, type Source } from '../../src/index.ts';
import {
  compositeSource,
  mixedSource,
  openCutOuts,
  openDataset,
  cutOutsOf,
  episodeSource,
  Prefetcher,
  type CompositeOptions,
  type CompositePlan,
} from '../../src/node.ts';
import { alphaPng, squareOf, writeSquares, type Rgb } from '../support/cut-outs.ts';
import { testFolder } from '../support/folder.ts';
import { photograph, writeClass } from '../support/pictures.ts';

/** A reader's thread takes a second or two to start. */
const patience = { timeout: 60_000 };

const folder = testFolder();
const size = { width: 48, height: 40 };
const colours: Readonly<Record<string, Rgb>> = {
  red: [255, 0, 0],
  green: [0, 255, 0],
  blue: [0, 0, 255],
};

async function writeBackgrounds(): Promise<readonly string[]> {
  return Promise.all(
    [1, 2].map((i) => folder.write(`backgrounds/${i}.png`, encodePng(photograph(120 + 70 * i, 100, i)))),
  );
}

async function read<Plan>(
  source: Source<Episode, Plan>,
  { start = 0, end, workers = 0 }: { readonly start?: number; readonly end: number; readonly workers?: number },
): Promise<readonly Episode[]> {
  const items: Episode[] = [];
  for await (const { item } of new Prefetcher(source, { start, end, workers })) items.push(item);
  return items;
}

const bytesOf = ({ query, supports }: Episode): readonly Uint8Array[] =>
  [query, ...supports].flatMap(({ image, mask, pixels }) => [image.data, mask.data, new Uint8Array(pixels.buffer)]);

/** Whether two lists of episodes are the same to the bit; `toEqual` on so many numbers takes seconds. */
function same(a: readonly Episode[], b: readonly Episode[]): boolean {
  const [one, other] = [a.flatMap(bytesOf), b.flatMap(bytesOf)];
  return (
    one.length === other.length && one.every((bytes, i) => Buffer.compare(bytes, other[i] ?? new Uint8Array()) === 0)
  );
}

describe('episodes of composites', () => {
  const sourceOf = async (more: Partial<CompositeOptions> = {}) =>
    compositeSource(await openCutOuts(await writeSquares(folder, colours)), { seed: 4, shots: 2, size, ...more });

  it('depend on the seed and their number alone, in this thread and in others', patience, async () => {
    const source = await sourceOf({ backgrounds: await writeBackgrounds() });
    const all = await read(source, { end: 12 });
    expect(all).toHaveLength(12);
    expect(same(await read(source, { start: 5, end: 12 }), all.slice(5))).toBe(true);
    expect(same(await read(source, { end: 12, workers: 2 }), all)).toBe(true);
    expect(same(all.slice(0, 6), all.slice(6))).toBe(false);
    const other = await sourceOf({ seed: 5, backgrounds: await writeBackgrounds() });
    expect(same(await read(other, { end: 12 }), all)).toBe(false);
  });

  it('have pictures of the asked size, and masks that mark something', async () => {
    for (const { query, supports } of await read(await sourceOf(), { end: 20 })) {
      expect(supports).toHaveLength(2);
      for (const { image, mask, pixels } of [query, ...supports]) {
        expect([image.width, image.height, image.data.length]).toEqual([48, 40, 3 * 48 * 40]);
        expect([mask.width, mask.height, pixels.length]).toEqual([48, 40, 3 * 48 * 40]);
        expect(mask.data.includes(1)).toBe(true);
        expect([...new Set(mask.data)].every((value) => value === 0 || value === 1)).toBe(true);
      }
    }
  });

  it('mark the asked class and no other', async () => {
    // Colours change, but none so far that another channel is the largest.
    const channels = Object.keys(colours);
    let marked = 0;
    for (const { plan, query } of await read(await sourceOf({ distractors: 6 }), { end: 40 })) {
      const own = channels.indexOf(plan.className);
      const { image, mask } = query;
      for (let i = 0; i < mask.data.length; i += 1) {
        const [values, left] = [[...image.data.subarray(3 * i, 3 * i + 3)], mask.data[i - 1] === 1];
        // Along borders, pixels mix two objects.
        if (mask.data[i] !== 1 || !left || mask.data[i + 1] !== 1) continue;
        if (mask.data[i - size.width] !== 1 || mask.data[i + size.width] !== 1) continue;
        marked += 1;
        const most = Math.max(...values);
        if (most < 255 && most > 40) expect(values.indexOf(most)).toBe(own);
      }
    }
    expect(marked).toBeGreaterThan(2000);
  });

  it('can be made of the marked objects of photographs', async () => {
    await writeClass(folder, 'marked/cat', 3);
    await writeClass(folder, 'marked/doggy', 3);
    const cutOuts = cutOutsOf(await openDataset({ layout: 'fss', root: folder.path('marked') }));
    const [first] = await read(compositeSource(cutOuts, { seed: 0, shots: 1, size }), { end: 1 });
    expect(first?.query.mask.data.includes(1)).toBe(true);
    expect(first?.query.sample.mask).toMatch(/\.png$/);
  });

  it('leave out what is faulty, and say which file it is', async () => {
    await folder.write('cut-outs/red/0.png', await alphaPng(squareOf([9, 9, 9], 10)));
    const source = await sourceOf({ sameCutOut: 0 });
    await folder.write('cut-outs/red/0.png', await alphaPng({ width: 4, height: 4, data: new Uint8Array(64) }));
    await folder.write('cut-outs/green/2.png', 'damaged');
    await folder.write('cut-outs/blue/2.png', encodePng(photograph(8, 8)));
    const faults: string[] = [];
    const prefetcher = new Prefetcher(source, {
      end: 40,
      workers: 0,
      onFault: ({ error }) => faults.push(error.message),
    });
    let count = 0;
    for await (const _ of prefetcher) count += 1;
    expect(count + prefetcher.skipped).toBe(40);
    expect(faults.map((each) => each.replace(folder.path(''), '')).sort()).toEqual([
      expect.stringMatching(/\[cut-out\].*blue\/2\.png has no alpha, which/),
      expect.stringMatching(/\[cut-out\].*red\/0\.png is empty: every pixel is transparent/),
      expect.stringMatching(/\[image\].*green\/2\.png is not a JPEG, PNG or WebP/),
    ]);
  });

  it('refuse options out of their range, and nothing to draw from', async () => {
    const cutOuts = await openCutOuts(await writeSquares(folder, colours));
    const make = (more: object) => () => compositeSource(cutOuts, { seed: 0, shots: 1, size, ...more });
    expect(make({ shots: 0 })).toThrow('[composites] shots must be a whole number from 1; got 0');
    expect(make({ scales: [0.5, 0.2] })).toThrow('scales must be two numbers, 0 < least ≤ most ≤ 2; got 0.5 and 0.2');
    expect(make({ distractors: -1 })).toThrow('distractors must be a whole number from 0; got -1');
    expect(make({ sameCutOut: 2 })).toThrow('sameCutOut must be between 0 and 1; got 2');
    expect(make({ backgrounds: [] })).toThrow('backgrounds is empty');
    expect(make({ size: { width: 0, height: 3 } })).toThrow('width and height must be whole numbers from 1; got 0×3');
    expect(make({ distractor: 3 })).toThrow(/distractor/);
    const none = { name: 'none', root: '', classes: [] };
    expect(() => compositeSource(none, { seed: 0, shots: 1, size })).toThrow('[composites] none has no classes');
    const empty = { ...none, classes: [{ name: 'cat', cutOuts: [] }] };
    expect(() => compositeSource(empty, { seed: 0, shots: 1, size })).toThrow('the class cat of none has no cut-outs');
    expect(() => make({})().plan(-1)).toThrow("an episode's number must be whole, from 0; got -1");
  });
});

describe('the plans of composites', () => {
  const cutOuts = {
    name: 'drawn',
    root: '',
    classes: ['a', 'b', 'c', 'd'].map((name) => ({
      name,
      cutOuts: [1, 2, 3].map((hand) => ({ image: `${name}/${hand}.png` })),
    })),
  };
  const plans = (more: Partial<CompositeOptions>): readonly CompositePlan[] => {
    const source = compositeSource(cutOuts, { seed: 7, shots: 1, size, ...more });
    return Array.from({ length: 600 }, (_, index) => source.plan(index));
  };
  const layersOf = (all: readonly CompositePlan[]) =>
    all.flatMap(({ pictures }) => pictures.flatMap((each) => each.layers));
  const classOf = (image: string) => image.charAt(0);

  it('show the query and the support as they say, by different hands', () => {
    for (const plan of plans({ sameCutOut: 0 })) {
      const [ofQuery, ofSupport] = plan.pictures.map(({ layers }) =>
        layers.filter(({ asked }) => asked).map((each) => each.cutOut.image),
      );
      expect(ofQuery).toContain(plan.query.image);
      expect(ofSupport).toContain(plan.supports[0]?.image);
      expect(plan.supports[0]?.image).not.toBe(plan.query.image);
      expect(cutOuts.classes[plan.classId]?.name).toBe(plan.className);
    }
    for (const { query, supports } of plans({ sameCutOut: 1 })) expect(supports[0]?.image).toBe(query.image);
  });

  it('ask for one class, and have up to as many others as asked, of other classes, each equally likely', () => {
    const all = plans({ distractors: 3 });
    const seen = new Map<string, number>();
    for (const { className, pictures } of all) {
      for (const { layers } of pictures) {
        const others = layers.filter(({ asked }) => !asked).map(({ cutOut }) => classOf(cutOut.image));
        expect(others.length).toBeLessThanOrEqual(3);
        expect(others).not.toContain(className);
        expect(layers.filter(({ asked }) => asked).every(({ cutOut }) => classOf(cutOut.image) === className)).toBe(
          true,
        );
        for (const other of others) seen.set(other, (seen.get(other) ?? 0) + 1);
      }
    }
    const counts = [...seen.values()];
    // 1,800 others on average; four deviations of a quarter of them are 73.
    expect(counts).toHaveLength(4);
    for (const count of counts) expect(Math.abs(count - 450)).toBeLessThan(90);
    expect(layersOf(plans({ distractors: 0 })).every(({ asked }) => asked)).toBe(true);
  });

  it('draw sizes log-uniformly in the range', () => {
    const scales = layersOf(plans({ scales: [0.1, 0.4], distractors: 0 })).map(({ scale }) => scale);
    expect(Math.min(...scales)).toBeGreaterThanOrEqual(0.1);
    expect(Math.max(...scales)).toBeLessThanOrEqual(0.4);
    expect(scales.filter((scale) => scale < 0.2).length / scales.length).toBeGreaterThan(0.4);
    expect(scales.filter((scale) => scale > 0.2).length / scales.length).toBeGreaterThan(0.4);
  });

  it('take backgrounds from photographs, except for some generated ones', () => {
    const backgrounds = plans({ backgrounds: ['a.jpg', 'b.jpg'] }).flatMap(({ pictures }) =>
      pictures.map((each) => each.background),
    );
    const files = backgrounds.flatMap((each) => (each.kind === 'photograph' ? [each.file] : []));
    expect(new Set(files)).toEqual(new Set(['a.jpg', 'b.jpg']));
    expect(files.length / backgrounds.length).toBeGreaterThan(0.86);
    expect(files.length).toBeLessThan(backgrounds.length);
    expect(plans({}).every(({ pictures }) => pictures.every(({ background }) => background.kind === 'generated'))).toBe(
      true,
    );
  });
});

describe('a mixture of sources', () => {
  const parts = async () => {
    await writeClass(folder, 'marked/cat', 3);
    const dataset = await openDataset({ layout: 'fss', root: folder.path('marked') });
    const cutOuts = await openCutOuts(await writeSquares(folder, colours));
    const options = { seed: 3, shots: 1, size };
    return [
      { source: episodeSource(dataset, options), share: 3 },
      { source: compositeSource(cutOuts, options), share: 1 },
    ] satisfies readonly { readonly source: Source<Episode, EpisodePlan>; readonly share: number }[];
  };

  it('draws each item from a source by the shares, and the same one each time', async () => {
    const [photographs, composites] = await parts();
    if (photographs === undefined || composites === undefined) throw new Error('a part is missing');
    const mixed = mixedSource<Episode, EpisodePlan>([photographs, composites], 1);
    const drawn = Array.from({ length: 1000 }, (_, index) => mixed.plan(index));
    // Within four deviations of a quarter.
    expect(Math.abs(drawn.reduce((sum, { part }) => sum + part, 0) - 250)).toBeLessThan(55);
    for (const [index, { part, plan }] of drawn.entries())
      expect(plan).toEqual((part === 0 ? photographs : composites).source.plan(index));
    expect(mixedSource<Episode, EpisodePlan>([photographs, composites], 1).plan(77)).toEqual(drawn[77]);
    const other = mixedSource<Episode, EpisodePlan>([photographs, composites], 2);
    expect(drawn.some(({ part }, index) => part !== other.plan(index).part)).toBe(true);
    expect(mixed.unit).toBe('episode');
    expect(mixed.length).toBeUndefined();
  });

  it('reads each item as its source does, in this thread and in others', patience, async () => {
    const [photographs, composites] = await parts();
    if (photographs === undefined || composites === undefined) throw new Error('a part is missing');
    const mixed = mixedSource<Episode, EpisodePlan>([{ ...photographs, share: 1 }, composites], 1);
    const own = await Promise.all(
      [photographs, composites].map(({ source }) => read<EpisodePlan>(source, { end: 10 })),
    );
    const expected = Array.from({ length: 10 }, (_, index) => own[mixed.plan(index).part]?.[index]);
    const found = expected.filter((item) => item !== undefined);
    expect(new Set(Array.from({ length: 10 }, (_, index) => mixed.plan(index).part))).toEqual(new Set([0, 1]));
    expect(same(await read(mixed, { end: 10 }), found)).toBe(true);
    expect(same(await read(mixed, { end: 10, workers: 2 }), found)).toBe(true);
  });

  it('refuses shares that are not positive, sources with an end, and none at all', async () => {
    const [part] = await parts();
    if (part === undefined) throw new Error('a part is missing');
    expect(() => mixedSource([], 0)).toThrow('[mixedSource] a mixture needs at least one source');
    expect(() => mixedSource([{ ...part, share: 0 }], 0)).toThrow('a share must be a positive number; got 0');
    expect(() => mixedSource([{ source: { ...part.source, length: 5 }, share: 1 }], 0)).toThrow(
      'every source must be without an end; one has 5 items',
    );
  });
});
