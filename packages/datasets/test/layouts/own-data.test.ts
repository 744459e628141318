import { FormatError } from '@hypercorr/tensor';
import { describe, expect, it } from 'vitest';
import {
  encodeMaskPng,
  encodePng,
  parseClassNames,
  parseManifest,
  sampleName,
  vocPalette,
  type Dataset,
} from '../../src/index.ts';
import { checkDataset, openDataset, openParts, readSample, type Layout } from '../../src/node.ts';
import { columns, jpeg } from '../support/benchmarks.ts';
import { testFolder } from '../support/folder.ts';
import { colourTypes, plainPng } from '../support/pictures.ts';

const folder = testFolder();
/** Without the folder's path. */
const inside = (text: string): string => text.replaceAll(`${folder.path('')}/`, '');
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Classes with their samples' names and the first row of their masks. */
async function rows({
  classes,
}: Dataset): Promise<Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>> {
  const read = async ({ samples }: Dataset['classes'][number]) =>
    Object.fromEntries(
      await Promise.all(
        samples.map(
          async (sample) => [inside(sample.image), [...(await readSample(sample)).mask.data.subarray(0, 4)]] as const,
        ),
      ),
    );
  return Object.fromEntries(await Promise.all(classes.map(async (each) => [each.name, await read(each)] as const)));
}

const faultsOf = async (layout: Layout, root = folder.path('')): Promise<string[]> =>
  (await checkDataset({ layout, root })).faults.map(({ kind, file, message }) => inside(`${kind} ${file}: ${message}`));

describe('images, masks and classes.json', () => {
  const write = async (name: string, mask: Uint8Array): Promise<void> => {
    await folder.write(`images/${name}.jpg`, await jpeg(4, 2));
    await folder.write(`masks/${name}.png`, mask);
  };

  it('find the classes of a photograph in its mask, whatever PNG it is', async () => {
    await folder.write('classes.json', '{"1": "cat", "2": "dog", "3": "cow"}');
    await write('both', encodeMaskPng(columns(4, 2, [1, 1], [2, 2], [1, 255])));
    await write('palette', encodeMaskPng(columns(4, 2, [2, 2], [2, 0]), { palette: vocPalette() }));
    // VOC's colours of 1 and 2, as viewers save a palette's mask.
    await write(
      'colours',
      encodePng({
        width: 4,
        height: 2,
        data: Uint8Array.from([1, 2].flatMap(() => [128, 0, 0, 0, 128, 0, 0, 0, 0, 224, 224, 192])),
      }),
    );
    await write('deep', plainPng({ width: 4, samples: [0, 1, 0, 0, 0, 0, 0, 0], depth: 16 }));
    await write(
      'rgb',
      plainPng({
        width: 4,
        samples: [0, 0, 0, 2, 2, 2, 0, 0, 0, 0, 0, 0, ...Array.from({ length: 12 }, () => 0)],
        colourType: 'rgb',
      }),
    );
    expect(await rows(await openDataset({ layout: 'indexed', root: folder.path('') }))).toEqual({
      cat: { 'images/both.jpg': [1, 0, 0, 255], 'images/colours.jpg': [1, 0, 0, 255], 'images/deep.jpg': [0, 1, 0, 0] },
      dog: {
        'images/both.jpg': [0, 1, 1, 255],
        'images/colours.jpg': [0, 1, 0, 255],
        'images/palette.jpg': [1, 1, 0, 0],
        'images/rgb.jpg': [0, 1, 0, 0],
      },
      cow: {},
    });
    expect(colourTypes.rgb).toBe(2);
  });

  it('of a single class may be black and white', async () => {
    await folder.write('classes.json', '["cat"]');
    await write('a', encodeMaskPng(columns(4, 2, [1, 255], [3, 0])));
    await write('b', encodeMaskPng(columns(4, 2, [1, 1], [1, 0], [2, 255])));
    expect(await rows(await openDataset({ layout: 'indexed', root: folder.path('') }))).toEqual({
      cat: { 'images/a.jpg': [1, 0, 0, 0], 'images/b.jpg': [1, 0, 255, 255] },
    });
  });

  it('that hold none of the classes are an error with the numbers', async () => {
    await folder.write('classes.json', '["cat", "dog"]');
    await write('a', encodeMaskPng(columns(4, 2, [1, 255], [3, 0])));
    const reason = 'no mask holds a number that classes.json names (1, 2); 0 is the background, and 255 is void';
    expect((await faultsOf('indexed'))[0]).toBe(`nothing ${folder.path('')}: ${reason}`);
    const opened = openDataset({ layout: 'indexed', root: folder.path('') });
    await expect(opened.catch(({ message }: Error) => inside(message))).resolves.toContain(
      `holds nothing that can be used: ${reason}`,
    );
  });

  it('are checked', async () => {
    await folder.write('classes.json', '{"cat": 1}');
    await write('a', encodeMaskPng(columns(4, 2, [1, 1], [1, 9])));
    await write('b', encodeMaskPng(columns(4, 2, [1, 1])).subarray(0, 40));
    await folder.write('images/c.jpg', '');
    expect(await faultsOf('indexed')).toEqual([
      'missing-mask images/c.jpg: there is no mask c.png for this photograph',
      'classes masks/a.png: classes.json does not name 9',
      'mask masks/b.png: masks/b.png is cut off or damaged: the file ends too early; copy or make it again',
      'few-images classes.json: 1 usable images, and 1 shot needs 2, one of them the query',
    ]);
    // A photograph of two classes is one photograph, and what is wrong with it is told once.
    await folder.write('images/d.jpg', await jpeg(4, 2, 'grey'));
    await folder.write('masks/d.png', encodeMaskPng(columns(4, 2, [1, 1], [3, 2])));
    await folder.write('classes.json', '{"cat": 1, "dog": 2}');
    const { images, classes, faults } = await checkDataset({ layout: 'indexed', root: folder.path('') });
    expect([images, classes.map((each) => each.images)]).toEqual([2, [2, 1]]);
    expect(faults.filter(({ kind }) => kind === 'colours')).toHaveLength(1);
    await expect(openDataset({ layout: 'indexed', root: folder.path('images') })).rejects.toThrow(
      'classes.json cannot be read: there is no such file',
    );
  });

  it.each([
    ['["background", "cat"]', [[1, 'cat']]],
    ['["BACKGROUND", "cat"]', [[1, 'cat']]],
    ['["Back ground", "cat"]', [[1, 'cat']]],
    ['["bg", "cat"]', [[1, 'cat']]],
    ['["__ignore__", "_background_", "cat"]', [[1, 'cat']]],
    ['["__ignore__", "cat"]', [[1, 'cat']]],
    [
      '["backgrounds", "cat"]',
      [
        [1, 'backgrounds'],
        [2, 'cat'],
      ],
    ],
    [
      '["cat", "dog"]',
      [
        [1, 'cat'],
        [2, 'dog'],
      ],
    ],
    [
      '{"_background_": 0, "dog": 7, "cat": 3}',
      [
        [3, 'cat'],
        [7, 'dog'],
      ],
    ],
  ])('are named: %s', (json, names) => {
    expect([...parseClassNames(bytes(json), 'classes.json')]).toEqual(names);
  });

  it.each([
    ['7', 'classes.json should be an object, {"1": "cat", "2": "dog"}, or a list of names; got 7'],
    ['{"cat": 255}', 'classes.json: a class is a name and an index from 0 to 254; got "cat" and 255'],
    ['{"1": ""}', 'classes.json: a class is a name and an index from 0 to 254; got "" and 1'],
    ['{"cat": 1, "dog": 1}', 'classes.json has two names for index 1'],
    ['["cat", "cat"]', 'classes.json has the name "cat" twice'],
    ['{}', 'classes.json names no class beside the background'],
  ])('are refused: %s', (json, message) => {
    expect(() => parseClassNames(bytes(json), 'classes.json')).toThrow(new FormatError('classes', message));
  });
});

describe('a manifest', () => {
  it('is read without the lines that cannot be used, and all of them are told', async () => {
    await folder.write('1.jpg', await jpeg(4, 2));
    await folder.write('1.png', encodeMaskPng(columns(4, 2, [1, 1])));
    const line = (more: object): string => JSON.stringify({ image: '1.jpg', mask: '1.png', class: 'cat', ...more });
    const twice = line({ class: 'dog' });
    const lines = [line({}), '{', line({ image: '../1.jpg' }), twice, twice];
    await folder.write('manifest.jsonl', lines.join('\n'));
    const opened = await openDataset({ layout: 'manifest', root: folder.path('') });
    expect(await rows(opened)).toEqual({ cat: { '1.jpg': [1, 0, 0, 0] } });
    expect(opened.leftOut?.map(({ file }) => inside(file))).toEqual(
      [2, 3, 5].map((number) => `manifest.jsonl, line ${number}`),
    );
    expect((await faultsOf('manifest')).slice(0, 3)).toEqual([
      expect.stringContaining('annotation manifest.jsonl, line 2: manifest.jsonl, line 2 is not JSON'),
      expect.stringContaining('names "../1.jpg", which leads out of its folder'),
      expect.stringContaining('repeats the image and class of an earlier line'),
    ]);
    await folder.write('manifest.jsonl', '{');
    await expect(openDataset({ layout: 'manifest', root: folder.path('') })).rejects.toThrow(
      /nothing that can be used: the first fault: .*line 1 is not JSON/,
    );
  });

  it('names files and classes with accents in either spelling', async () => {
    const [composed, apart] = ['\u00e9t\u00e9', 'e\u0301te\u0301'];
    await folder.write(`${apart}/1.jpg`, await jpeg(4, 2));
    await folder.write(`${apart}/1.png`, encodeMaskPng(columns(4, 2, [1, 1])));
    await folder.write('2.jpg', await jpeg(4, 2));
    await folder.write('2.png', encodeMaskPng(columns(4, 2, [2, 1])));
    const lines = [
      { image: `${composed}/1.jpg`, mask: `${composed}/1.png`, class: composed },
      { image: '2.jpg', mask: '2.png', class: apart },
    ];
    await folder.write('manifest.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    expect(await rows(await openDataset({ layout: 'manifest', root: folder.path('') }))).toEqual({
      [composed]: { [`${apart}/1.jpg`]: [1, 0, 0, 0], '2.jpg': [1, 1, 0, 0] },
    });
  });

  const write = async (...lines: readonly object[]): Promise<void> => {
    for (const name of ['a', 'b']) await folder.write(`in/${name}.jpg`, await jpeg(4, 2));
    await folder.write('in/a.png', encodeMaskPng(columns(4, 2, [1, 255])));
    await folder.write('in/b.png', encodeMaskPng(columns(4, 2, [1, 1], [1, 2], [1, 255])));
    await folder.write('manifest.jsonl', lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };
  const a = { image: 'in/a.jpg', mask: 'in/a.png', class: 'cat' };
  const b = { image: './in/b.jpg', mask: 'in\\b.png', class: 'dog', index: 2 };

  it('names photographs, masks and classes', async () => {
    await write(a, b, { ...b, class: 'cat', index: 1 });
    const { all, parts } = await openParts({ layout: 'manifest', root: folder.path('') });
    expect(await rows(all)).toEqual({
      cat: { 'in/a.jpg': [1, 0, 0, 0], 'in/b.jpg': [1, 0, 255, 0] },
      dog: { 'in/b.jpg': [0, 1, 255, 0] },
    });
    expect(parts).toBe(undefined);
    // Wherever it lies: files of episodes are to fit other folders.
    const open = await openDataset({ layout: 'manifest', root: folder.path('manifest.jsonl') });
    expect(open.classes.map((each) => each.samples.map((sample) => sampleName(open, sample)))).toEqual([
      ['in/a.jpg', 'in/b.jpg'],
      ['in/b.jpg'],
    ]);
  });

  it('may begin with a byte order mark, and end its lines as Windows does', () => {
    const [first, second] = [a, { ...b, index: 1 }];
    expect(parseManifest(bytes(`\uFEFF${JSON.stringify(first)}\r\n${JSON.stringify(second)}\r\n`), 'm.jsonl')).toEqual([
      first,
      { ...second, image: 'in/b.jpg', mask: 'in/b.png' },
    ]);
  });

  it('may divide them', async () => {
    await write({ ...a, split: 'trn' }, { ...b, split: 'test' }, { ...b, class: 'cat', index: 1, split: 'val' });
    const { parts } = await openParts({ layout: 'manifest', root: folder.path('manifest.jsonl') });
    const classes = Object.values(parts ?? {}).map((part) =>
      part.classes.map(({ id, name, samples }) => [id, name, samples.length]),
    );
    expect(classes).toEqual([[[0, 'cat', 1]], [[0, 'cat', 1]], [[1, 'dog', 1]]]);
    await write({ ...a, split: 'train' }, b);
    await expect(openDataset({ layout: 'manifest', root: folder.path('') })).rejects.toThrow(
      'gives a split to 1 of its 2 lines; give one to every line, or to none',
    );
  });

  it('is checked', async () => {
    await write(a, { ...a, image: 'in/c.jpg' }, { ...b, class: 'cat', mask: 'c.png' });
    expect(await faultsOf('manifest')).toEqual([
      'missing-image in/c.jpg: the manifest names this photograph, but it is missing',
      'missing-mask c.png: the manifest names this mask, but it is missing',
      'few-images manifest.jsonl, class cat: 1 usable images, and 1 shot needs 2, one of them the query',
    ]);
  });

  it.each([
    [{ ...a, image: '../a.jpg' }, ' names "../a.jpg", which leads out of its folder; '],
    [
      { ...a, mask: '/etc/passwd' },
      ' names "/etc/passwd", which is absolute; names are relative to the dataset\'s folder and stay in it',
    ],
    [{ ...a, mask: 'C:\\a.png' }, ' names "C:\\\\a.png", which is absolute; '],
    [{ ...a, mask: 'x\\..\\..\\a.png' }, ' names "x\\\\..\\\\..\\\\a.png", which leads out of its folder; '],
    [{ ...a, image: 'a\u0000.jpg' }, ' names "a\\u0000.jpg", which leads out of its folder; '],
    [{ ...a, image: '' }, ': a file\'s name is expected; got ""'],
    [{ ...a, class: 3 }, ': a class is a name; got 3'],
    [{ ...a, index: 255 }, ': an index must be a whole number from 1 to 254; got 255'],
    [{ ...a, split: 'toString' }, ': a split is train, validation, test; got "toString"'],
    [{ ...a, masks: 1 }, ' has "masks"; a line has image, mask, class, index, split'],
    [[a], ' should be an object, {"image", "mask", "class"}; got ['],
  ])('is refused with its line: %j', (line, message) => {
    const text = `${JSON.stringify({ ...a, class: 'first' })}\n\n${JSON.stringify(line)}`;
    expect(() => parseManifest(bytes(text), 'm.jsonl')).toThrow(`[manifest] m.jsonl, line 3${message}`);
  });

  it('has a line once, and one at least', () => {
    const line = JSON.stringify(a);
    const again = JSON.stringify({ ...a, mask: 'in/b.png' });
    const message =
      'm.jsonl, line 2 repeats the image and class of an earlier line; draw all objects of a class into one mask';
    for (const second of [line, again])
      expect(() => parseManifest(bytes(`${line}\n${second}`), 'm.jsonl')).toThrow(new FormatError('manifest', message));
    expect(() => parseManifest(bytes('\n'), 'm.jsonl')).toThrow(new FormatError('manifest', 'm.jsonl has no lines'));
    expect(() => parseManifest(bytes('{'), 'm.jsonl')).toThrow(
      '[manifest] m.jsonl, line 1 is not JSON, or it is cut off: ',
    );
  });
});
