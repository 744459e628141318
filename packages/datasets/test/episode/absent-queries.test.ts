import { FormatError, OptionError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { absentQueries, encodeMaskPng, type Dataset, type Sample, type SampleClass } from '../../src/index.ts';
import { showsClass } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';

/** Classes with so many samples each. */
function dataset(...sizes: number[]): Dataset {
  const classes = sizes.map((size, id) => ({
    id: 10 * id,
    name: `class-${id}`,
    samples: Array.from({ length: size }, (_, i) => ({ image: `class-${id}/${i}.jpg`, mask: `class-${id}/${i}.png` })),
  }));
  return { name: 'drawn', root: '.', classes };
}

const cases = fc.record({
  sizes: fc.array(fc.integer({ min: 4, max: 9 }), { minLength: 2, maxLength: 5 }),
  seed: fc.maxSafeInteger(),
  shots: fc.integer({ min: 1, max: 3 }),
  queries: fc.integer({ min: 1, max: 6 }),
});

/** No photograph shows another class. */
const shows = () => false;

describe('absentQueries', () => {
  it('takes the query from another class, and distinct supports from the class', async () => {
    await fc.assert(
      fc.asyncProperty(cases, async ({ sizes, seed, shots, queries }) => {
        const from = dataset(...sizes);
        const { plans, shownByAll } = await absentQueries(from, { seed, shots, queries, shows });
        expect(shownByAll).toEqual([]);
        expect(plans.map(({ index }) => index)).toEqual(plans.map((_, i) => i));
        for (const { id, name, samples } of from.classes) {
          const own = plans.filter(({ classId }) => classId === id);
          expect(own).toHaveLength(queries);
          for (const { className, query, supports } of own) {
            expect(className).toBe(name);
            expect(samples.includes(query)).toBe(false);
            expect(new Set(supports).size).toBe(shots);
            expect(supports.every((sample) => samples.includes(sample))).toBe(true);
          }
        }
      }),
    );
  });

  it('depends on the seed and the class alone: more queries begin with the same ones', async () => {
    const plan = async (seed: number, queries: number) =>
      (await absentQueries(dataset(6, 6, 6), { seed, shots: 1, queries, shows })).plans;
    const [few, many] = [await plan(4, 3), await plan(4, 5)];
    const ofFirst = (plans: typeof few) => plans.filter(({ classId }) => classId === 0);
    expect(ofFirst(many).slice(0, 3)).toEqual(ofFirst(few));
    expect(await plan(4, 3)).toEqual(few);
    expect(await plan(5, 3)).not.toEqual(few);
  });

  it('draws the other classes alike often, however many photographs they have', async () => {
    const { plans } = await absentQueries(dataset(4, 40, 4), { seed: 0, shots: 1, queries: 1000, shows });
    const ofSmall = plans.filter(({ classId, query }) => classId === 0 && query.image.startsWith('class-2/')).length;
    expect(ofSmall).toBeGreaterThan(440);
    expect(ofSmall).toBeLessThan(560);
  });

  it('takes no photograph that shows the class, and finds the only one that does not', async () => {
    const only = 'class-1/7.jpg';
    const isShown = ({ image }: Sample, { id }: SampleClass): boolean => id === 0 && image !== only;
    const { plans, shownByAll } = await absentQueries(dataset(4, 60), {
      seed: 1,
      shots: 1,
      queries: 4,
      shows: isShown,
    });
    expect(shownByAll).toEqual([]);
    expect(plans.filter(({ classId }) => classId === 0).map(({ query }) => query.image)).toEqual([
      only,
      only,
      only,
      only,
    ]);
  });

  it('names classes that every photograph shows', async () => {
    const isShown = (_: Sample, { id }: SampleClass): boolean => id === 0;
    const { plans, shownByAll } = await absentQueries(dataset(4, 4), { seed: 1, shots: 1, queries: 2, shows: isShown });
    expect(shownByAll).toEqual(['class-0']);
    expect(plans.map(({ classId }) => classId)).toEqual([10, 10]);
    const alone = await absentQueries(dataset(4), { seed: 1, shots: 1, queries: 2, shows });
    expect(alone).toEqual({ plans: [], shownByAll: ['class-0'] });
  });

  it('refuses classes that are too small, and options that do not exist', async () => {
    await expect(absentQueries(dataset(2, 9), { seed: 0, shots: 2, queries: 1, shows })).rejects.toThrow(FormatError);
    const wrong = { seed: 0, shots: 1, query: 1, shows } as unknown as Parameters<typeof absentQueries>[1];
    await expect(absentQueries(dataset(4, 4), wrong)).rejects.toThrow(OptionError);
  });
});

describe('showsClass', () => {
  const folder = testFolder();

  /** A sample of class `index`, in a mask that shows the classes of these indices. */
  async function indexed(name: string, index: number, shown: readonly number[]): Promise<Sample> {
    const data = Uint8Array.from({ length: 8 }, (_, i) => shown[i] ?? 0);
    const mask = await folder.write(`${name}.png`, encodeMaskPng({ width: 8, height: 1, data }));
    return { image: `${name}.jpg`, mask, foreground: index };
  }

  it('asks the mask, where it has numbers of several classes: a single pixel is enough', async () => {
    const [both, one] = [await indexed('both', 1, [1, 2, 255]), await indexed('one', 1, [1, 1])];
    const second = { id: 1, name: 'second', samples: [await indexed('own', 2, [2])] };
    const ask = showsClass();
    expect(await ask(both, second)).toBe(true);
    expect(await ask(one, second)).toBe(false);
    // Remembered, and the same when asked again.
    expect(await ask(both, second)).toBe(true);
  });

  it('knows the own photographs of a class, whatever the mask is', async () => {
    const own = { image: 'a.jpg', mask: 'a-first.png' };
    const first = { id: 0, name: 'first', samples: [own] };
    const ask = showsClass();
    expect(await ask({ image: 'a.jpg', mask: 'a-second.png' }, first)).toBe(true);
    expect(await ask({ image: 'b.jpg', mask: 'b-second.png' }, first)).toBe(false);
  });

  it('sees objects in annotations, hidden ones too', async () => {
    const polygons = [[0, 0, 4, 0, 4, 4, 0, 4]];
    const drawn = {
      width: 8,
      height: 8,
      raster: 'coco' as const,
      regions: [2, 1].map((index) => ({ index, outline: { polygons } })),
    };
    const sample = { image: 'a.jpg', mask: 'a.json#1', foreground: 1, drawn };
    const of = (index: number) => ({ id: index, name: 'x', samples: [elsewhere(index)] });
    const ask = showsClass();
    expect([await ask(sample, of(2)), await ask(sample, of(3))]).toEqual([true, false]);
  });

  it('takes a mask that cannot be read to show everything', async () => {
    const broken = { image: 'a.jpg', mask: folder.path('none.png'), foreground: 1 };
    expect(await showsClass()(broken, { id: 0, name: 'x', samples: [elsewhere(2)] })).toBe(true);
  });
});

/** A sample of another photograph, of class `index`. */
function elsewhere(index: number): Sample {
  return { image: 'other.jpg', mask: 'other.png', foreground: index };
}
