import { FormatError, ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { episodePlans, everyQuery, pickClasses, sampleEpisode, splitClasses, type Dataset } from '../../src/index.ts';

/** Classes with so many samples each. */
function dataset(...sizes: number[]): Dataset {
  const classes = sizes.map((size, id) => ({
    id,
    name: `class-${id}`,
    samples: Array.from({ length: size }, (_, i) => ({ image: `class-${id}/${i}.jpg`, mask: `class-${id}/${i}.png` })),
  }));
  return { name: 'drawn', root: '.', classes };
}

const cases = fc.record({
  sizes: fc.array(fc.integer({ min: 4, max: 9 }), { minLength: 1, maxLength: 6 }),
  seed: fc.maxSafeInteger(),
  shots: fc.integer({ min: 1, max: 3 }),
  index: fc.nat(2 ** 31),
});

describe('sampleEpisode', () => {
  it('takes the query and distinct supports from one class', () => {
    fc.assert(
      fc.property(cases, ({ sizes, seed, shots, index }) => {
        const from = dataset(...sizes);
        const plan = sampleEpisode(from, { seed, shots }, index);
        const { samples, name } = from.classes.find(({ id }) => id === plan.classId) ?? expect.fail();
        const taken = [plan.query, ...plan.supports];
        expect(plan.index).toBe(index);
        expect(plan.className).toBe(name);
        expect(taken.length).toBe(shots + 1);
        expect(new Set(taken).size).toBe(shots + 1);
        expect(taken.every((sample) => samples.includes(sample))).toBe(true);
      }),
    );
  });

  it('is decided by seed and index alone', () => {
    fc.assert(
      fc.property(cases, ({ sizes, seed, shots, index }) => {
        expect(sampleEpisode(dataset(...sizes), { seed, shots }, index)).toEqual(
          sampleEpisode(dataset(...sizes), { seed, shots }, index),
        );
      }),
    );
    const plans = (seed: number): string =>
      JSON.stringify([...episodePlans(dataset(9, 9, 9), { seed, shots: 1, end: 20 })]);
    expect(plans(1)).not.toBe(plans(2));
  });

  it('draws classes, queries and supports alike often', () => {
    const from = dataset(5, 5, 5, 5);
    const draws = 4000;
    const counts = {
      class: new Map<number, number>(),
      query: new Map<string, number>(),
      support: new Map<string, number>(),
    };
    const count = <K>(map: Map<K, number>, name: K): unknown => map.set(name, (map.get(name) ?? 0) + 1);
    for (const { classId, query, supports } of episodePlans(from, { seed: 7, shots: 2, end: draws })) {
      count(counts.class, classId);
      count(counts.query, query.image);
      for (const support of supports) count(counts.support, support.image);
    }
    // Six standard deviations of a binomial count; the seed is fixed.
    const near = (map: Map<unknown, number>, of: number): void => {
      const expected = of / map.size;
      for (const value of map.values()) expect(Math.abs(value - expected)).toBeLessThan(6 * Math.sqrt(expected));
    };
    expect([counts.class.size, counts.query.size, counts.support.size]).toEqual([4, 20, 20]);
    near(counts.class, draws);
    near(counts.query, draws);
    near(counts.support, 2 * draws);
  });

  it('goes on from any number as if it had never stopped', () => {
    const options = { seed: 3, shots: 1 };
    const all = [...episodePlans(dataset(4, 5, 6), { ...options, end: 30 })];
    expect(all.map(({ index }) => index)).toEqual(Array.from({ length: 30 }, (_, i) => i));
    expect([...episodePlans(dataset(4, 5, 6), { ...options, start: 11, end: 30 })]).toEqual(all.slice(11));
  });

  it('names the classes that are too small', () => {
    expect(() => sampleEpisode(dataset(9, 2, 9, 3), { seed: 0, shots: 3 }, 0)).toThrow(
      new FormatError(
        'episodes',
        '3-shot episodes need 4 images a class, one of them the query, and drawn has fewer of class-1 (2), class-3 (3); ' +
          'ask for fewer shots, or leave these classes out',
      ),
    );
    expect(() => sampleEpisode(dataset(1, 1, 1, 1, 1, 1, 1, 1, 1, 1), { seed: 0, shots: 1 }, 0)).toThrow(
      'class-7 (1) and 2 more; leave these classes out',
    );
    expect(() => sampleEpisode(dataset(), { seed: 0, shots: 1 }, 0)).toThrow(
      new FormatError('episodes', 'drawn has no classes'),
    );
  });

  it('refuses what is not whole', () => {
    expect(() => sampleEpisode(dataset(3), { seed: 0, shots: 0 }, 0)).toThrow(
      new ShapeError('episodes', 'shots must be a whole number from 1; got 0'),
    );
    expect(() => sampleEpisode(dataset(3), { seed: 0.5, shots: 1 }, 0)).toThrow('a seed is a safe integer, got 0.5');
    expect(() => sampleEpisode(dataset(3), { seed: 0, shots: 1 }, -1)).toThrow(ShapeError);
  });
});

describe('everyQuery', () => {
  it('has each sample as the query once, in order, with supports of its class', () => {
    fc.assert(
      fc.property(cases, ({ sizes, seed, shots }) => {
        const from = dataset(...sizes);
        const plans = everyQuery(from, { seed, shots });
        expect(plans.map(({ query }) => query)).toEqual(from.classes.flatMap(({ samples }) => samples));
        expect(plans.map(({ index }) => index)).toEqual([...plans.keys()]);
        for (const { query, supports, className } of plans) {
          expect(supports.length).toBe(shots);
          expect(new Set([query, ...supports]).size).toBe(shots + 1);
          expect(supports.every(({ image }) => image.startsWith(className))).toBe(true);
        }
        expect(everyQuery(from, { seed, shots })).toEqual(plans);
      }),
    );
  });

  it('refuses classes that are too small', () => {
    expect(() => everyQuery(dataset(2), { seed: 0, shots: 2 })).toThrow('class-0 (2)');
  });
});

describe('splitClasses', () => {
  it('deals every class once', () => {
    fc.assert(
      fc.property(
        fc.nat(6),
        fc.nat(6),
        fc.nat(3),
        fc.option(fc.nat(), { nil: undefined }),
        (train, test, left, seed) => {
          const from = dataset(...Array<number>(train + test + left).fill(2));
          const split = splitClasses(from, { train, test }, seed === undefined ? {} : { seed });
          expect([split.train.classes.length, split.test.classes.length]).toEqual([train, test]);
          const dealt = [...split.train.classes, ...split.test.classes];
          expect(new Set(dealt).size).toBe(train + test);
          expect(dealt.every((each) => from.classes.includes(each))).toBe(true);
          if (seed === undefined) expect(dealt).toEqual(from.classes.slice(0, train + test));
        },
      ),
    );
  });

  it('names its parts, and shuffles by the seed', () => {
    const from = dataset(...Array<number>(40).fill(2));
    const ids = (seed: number): number[] =>
      splitClasses(from, { train: 20 }, { seed }).train.classes.map(({ id }) => id);
    expect(splitClasses(from, { train: 1 }).train.name).toBe('drawn/train');
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });

  it('refuses more classes than there are, and fractions', () => {
    expect(() => splitClasses(dataset(2, 2), { train: 2, test: 1 })).toThrow(
      new ShapeError('splitClasses', 'the parts need 3 classes; drawn has 2'),
    );
    expect(() => splitClasses(dataset(2, 2), { train: 0.5 })).toThrow(
      'a part must have a whole number of classes; got 0.5 for train',
    );
  });
});

describe('pickClasses', () => {
  it('keeps the order of the names and the ids', () => {
    expect(pickClasses(dataset(1, 2, 3), ['class-2', 'class-0']).classes.map(({ id }) => id)).toEqual([2, 0]);
  });

  it('lists unknown and repeated names', () => {
    expect(() => pickClasses(dataset(1, 1), ['class-0', 'cat', 'dog'])).toThrow(
      new FormatError('classes', 'drawn has no class cat, dog; it has class-0, class-1'),
    );
    expect(() => pickClasses(dataset(1, 1), ['class-0', 'class-0'])).toThrow(
      'a class may be named once; these are named twice: class-0',
    );
    expect(() => pickClasses(dataset(...Array<number>(20).fill(1)), ['cat'])).toThrow(
      'it has class-0, class-1, class-2, class-3, class-4, class-5, class-6, class-7 and 12 more',
    );
  });
});
