import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cocoClasses,
  formatCocoList,
  formatPascalList,
  parseCocoList,
  parsePascalList,
  type ListedPair,
} from '../../src/index.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("PASCAL-5i's lists", () => {
  const parse = (text: string): readonly ListedPair[] => parsePascalList(bytes(text), 'fold0.txt');

  it('hold an image and its class, counted from 1, a line', () => {
    expect(parse('2007_000033__01\r\n\n2007_000129__20\n')).toEqual([
      { image: '2007_000033', classId: 0 },
      { image: '2007_000129', classId: 19 },
    ]);
  });

  it.each([
    ['2007_000033', '"2007_000033"'],
    ['2007_000033__00', '"2007_000033__00"'],
    ['2007_000033__21', '"2007_000033__21"'],
    ['../2007__01', '"../2007__01"'],
    ['2007_000033__01 2007_000061__04', '"2007_000033__01 2007_000061__04"'],
  ])('of another form are refused: %s', (line, shown) => {
    expect(() => parse(`2007_000032__01\n${line}\n`)).toThrow(
      new FormatError(
        'list',
        `fold0.txt: line 2 should be an image and its class, from 01 to 20, as 2007_000033__01; got ${shown}`,
      ),
    );
  });

  it('have a pair once', () => {
    expect(() => parse('a__01\na__02\na__01')).toThrow(new FormatError('list', 'fold0.txt: line 3 repeats a__01'));
    expect(() => parsePascalList(Uint8Array.of(0xff, 0xfe), 'fold0.txt')).toThrow(
      new FormatError('list', 'fold0.txt is not UTF-8 text; save it as UTF-8'),
    );
  });

  it('come back as they were written', () => {
    const pairs = fc.uniqueArray(
      fc.record({ image: fc.stringMatching(/^[\w-]{1,8}$/), classId: fc.nat({ max: 19 }) }),
      { selector: ({ image, classId }) => `${image} ${classId}` },
    );
    fc.assert(
      fc.property(pairs, (list) => {
        expect(parse(formatPascalList(list))).toEqual(list);
      }),
    );
  });
});

describe("COCO-20i's lists", () => {
  const parse = (json: unknown): readonly ListedPair[] => parseCocoList(bytes(JSON.stringify(json)), 'fold0.json');

  it('hold images by class', () => {
    expect(parse({ 4: ['val2014/a.jpg'], 0: ['val2014/b.jpg', 'val2014/a.jpg'], 8: [] })).toEqual([
      { image: 'val2014/b.jpg', classId: 0 },
      { image: 'val2014/a.jpg', classId: 0 },
      { image: 'val2014/a.jpg', classId: 4 },
    ]);
    expect(cocoClasses.length).toBe(80);
  });

  it.each([
    [[], 'fold0.json should be an object, {"0": ["val2014/NAME.jpg", …], …}; got []'],
    [{ 80: [] }, 'fold0.json: classes are numbered from 0 to 79; got "80"'],
    [{ person: [] }, 'fold0.json: classes are numbered from 0 to 79; got "person"'],
    [{ 0: 'a' }, 'fold0.json: class 0 should have a list of images; got "a"'],
    [{ 0: ['a', 'b', 'a'] }, 'fold0.json: class 0 has "a" twice'],
    [{ 0: [7] }, "fold0.json: a file's name is expected; got 7"],
    [
      { 0: ['val2014/../../a.jpg'] },
      `fold0.json names "val2014/../../a.jpg", which leads out of its folder; names are relative to the dataset's folder and stay in it`,
    ],
  ])('of another form are refused: %j', (json, message) => {
    expect(() => parse(json)).toThrow(new FormatError('list', message));
  });

  it('that are no JSON are refused', () => {
    expect(() => parseCocoList(bytes('{"0": ['), 'fold0.json')).toThrow(
      '[list] fold0.json is not JSON, or it is cut off: ',
    );
  });

  it('come back as they were written', () => {
    const pairs = parse({ 0: ['val2014/b.jpg', 'val2014/a.jpg'], 79: ['val2014/a.jpg'] });
    expect(parseCocoList(bytes(formatCocoList(pairs)), 'x.json')).toEqual(pairs);
  });
});
