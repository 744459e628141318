import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  formatEpisodes,
  numpyEpisodes,
  parseEpisodes,
  pickClasses,
  planEpisodes,
  sampleName,
  type Dataset,
} from '../../src/index.ts';

const classes = [3, 1].map((id) => ({
  id,
  name: `class-${id}`,
  samples: Array.from({ length: 5 }, (_, i) => ({
    image: `data/class-${id}/${i}.jpg`,
    mask: `data/class-${id}/${i}.png`,
  })),
}));
const dataset: Dataset = { name: 'drawn', root: './data/', classes };
const row = (value: object): string => `${JSON.stringify(value)}\n`;
const parse = (text: string) => parseEpisodes(new TextEncoder().encode(text), dataset, 'f');
const good = row({ class_id: 1, query: 'class-1/0.jpg', supports: ['class-1/4.jpg'] });

describe('a file of episodes', () => {
  it('gives back the episodes that were written', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('hypercorr', 'numpy-legacy'),
        fc.constantFrom('in-order', 'random'),
        (seed, shots, sampler, queries) => {
          const plans = planEpisodes(dataset, { sampler, queries, seed, shots, episodes: 7 });
          expect(parse(formatEpisodes(dataset, plans))).toEqual(plans);
        },
      ),
    );
  });

  it("calls images by their lists' names, or by their paths", () => {
    expect(sampleName(dataset, { image: 'data/class-1/0.jpg', mask: '' })).toBe('class-1/0.jpg');
    expect(sampleName({ root: 'C:\\sets\\data' }, { image: 'C:\\sets\\data\\cat\\0.jpg', mask: '' })).toBe('cat/0.jpg');
    expect(sampleName(dataset, { name: '2007_000033', image: 'data/JPEGImages/2007_000033.jpg', mask: '' })).toBe(
      '2007_000033',
    );
    expect(sampleName(dataset, { image: 'elsewhere/0.jpg', mask: '' })).toBe('elsewhere/0.jpg');
    expect(formatEpisodes(dataset, numpyEpisodes(dataset, { seed: 0, shots: 1, queries: 'in-order', end: 1 }))).toMatch(
      /^\{"class_id":3,"query":"class-3\/0.jpg","supports":\["class-3\/\d.jpg"\]\}\n$/,
    );
  });

  it('finds images however their accents are spelt', () => {
    const samples = ['e\u0301', 'u\u0308'].map((name) => ({ image: `data/${name}.jpg`, mask: '' }));
    const accents = { name: 'accents', root: 'data', classes: [{ id: 0, name: 'cat', samples }] };
    const text = row({ class_id: 0, query: '\u00e9.jpg', supports: ['\u00fc.jpg'] });
    expect(parseEpisodes(new TextEncoder().encode(text), accents, 'f')[0]?.query).toBe(samples[0]);
  });

  it('may have blank lines, Windows line ends and a byte order mark', () => {
    expect(parse(`\uFEFF${good.replace('\n', '\r\n')}\n${good}`)).toHaveLength(2);
  });

  it.each([
    ['', 'f holds no episodes; it should have a JSON object a line'],
    [`${good}{"class_id": 1`, 'f, line 2 is not JSON, or it is cut off: '],
    [
      row({ class_id: 1, query: 'class-1/0.jpg', supports: [] }),
      'f, line 1 should be {"class_id": 0, "query": "IMAGE", "supports": ["IMAGE"]}; got {"class_id":1,',
    ],
    [
      row({ class_id: '1', query: 'class-1/0.jpg', supports: ['class-1/1.jpg'] }),
      'f, line 1 should be {"class_id": 0,',
    ],
    [row({ class_id: 1, query: 'class-1/0.jpg', supports: [7] }), 'f, line 1 should be {"class_id": 0,'],
    ['null\n', 'f, line 1 should be {"class_id": 0,'],
    [
      row({ class_id: 2, query: 'class-1/0.jpg', supports: ['class-1/1.jpg'] }),
      'f, line 1: there is no class 2 in drawn; its classes are 1, 3',
    ],
    [
      row({ class_id: 3, query: 'class-1/0.jpg', supports: ['class-3/1.jpg'] }),
      'f, line 1: class class-3 (3) of drawn has no image "class-1/0.jpg"',
    ],
    [
      row({ class_id: 1, query: 'class-1/0.jpg', supports: ['../../etc/passwd'] }),
      'f, line 1: class class-1 (1) of drawn has no image "../../etc/passwd"',
    ],
    [
      row({ class_id: 1, query: 'class-1/0.jpg', supports: ['class-1/0.jpg'] }),
      'f, line 1: "class-1/0.jpg" is its own support',
    ],
    [
      good + row({ class_id: 1, query: 'class-1/0.jpg', supports: ['class-1/1.jpg', 'class-1/2.jpg'] }),
      'f has episodes of different shots: 1 supports in the first episode, 2 in number 2; one evaluation has one number of shots',
    ],
    ['\u0000', 'f, line 1 is not JSON'],
  ])('is refused by its line: %j', (text, message) => {
    expect(() => parse(text)).toThrow(FormatError);
    expect(() => parse(text)).toThrow(message);
  });
});

it('picked classes keep their pairs, in their order', () => {
  const [three, one] = classes;
  const pairs = [0, 1, 2, 3, 4].flatMap((i) =>
    [three, one].flatMap((each) =>
      each?.samples[i] === undefined ? [] : [{ classId: each.id, sample: each.samples[i] }],
    ),
  );
  const queries = (of: Dataset) =>
    planEpisodes(of, { sampler: 'hypercorr', queries: 'in-order', seed: 0, shots: 1 }).map(({ query }) => query.image);
  expect(queries({ ...dataset, pairs }).slice(0, 3)).toEqual([
    'data/class-3/0.jpg',
    'data/class-1/0.jpg',
    'data/class-3/1.jpg',
  ]);
  expect(queries(pickClasses({ ...dataset, pairs }, ['class-1']))).toEqual(
    [0, 1, 2, 3, 4].map((i) => `data/class-1/${i}.jpg`),
  );
});
