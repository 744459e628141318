import { mkdir, symlink } from 'node:fs/promises';
import { FormatError } from '@hypercorr/tensor';
import { describe, expect, it } from 'vitest';
import { checkDataset, openDataset, parseClassList, readClassList } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { writeClass } from '../support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

const folder = testFolder();

/** Files without content: opening a dataset looks at names alone. */
const touch = async (...names: string[]): Promise<void> => {
  for (const name of names) await folder.write(name, '');
};

describe("FSS-1000's layout", () => {
  it('pairs photographs and masks by name, classes in order', async () => {
    const cats = await writeClass(folder, 'data/cat', 2);
    const apples = await writeClass(folder, 'data/apple', 1);
    expect(await openDataset({ layout: 'fss', root: folder.path('data') })).toEqual({
      name: 'data',
      root: folder.path('data'),
      classes: [
        { id: 0, name: 'apple', samples: apples },
        { id: 1, name: 'cat', samples: cats },
      ],
    });
  });

  it('passes over what belongs to no sample', async () => {
    await touch(
      'cat/1.jpg',
      'cat/1.png',
      'cat/1.jpeg',
      'cat/2.jpg',
      'cat/3.png',
      'cat/notes.txt',
      'cat/more/1.jpg',
      'cat/.DS_Store',
    );
    await touch('README.md', '.git/config', '__MACOSX/1.jpg', 'lists/train.txt');
    const { classes } = await openDataset({ layout: 'fss', root: folder.path('') });
    expect(classes.map(({ name, samples }) => [name, samples.length])).toEqual([['cat', 1]]);
  });

  it('may be linked', async () => {
    await touch('elsewhere/cat/1.jpg', 'elsewhere/cat/1.png');
    await mkdir(folder.path('data'));
    await symlink(folder.path('elsewhere/cat'), folder.path('data/cat'));
    expect((await openDataset({ layout: 'fss', root: folder.path('data') })).classes[0]?.samples.length).toBe(1);
  });

  it('takes .jpeg, .jfif and upper case where nothing else has the name', async () => {
    await touch('cat/1.JPG', 'cat/1.PNG', 'cat/2.jpeg', 'cat/2.png', 'cat/3.jfif', 'cat/3.png');
    const { classes } = await openDataset({ layout: 'fss', root: folder.path('') });
    expect(classes[0]?.samples.map(({ image }) => image)).toEqual([
      folder.path('cat/1.JPG'),
      folder.path('cat/2.jpeg'),
      folder.path('cat/3.jfif'),
    ]);
  });
});

describe('a folder of classes', () => {
  it('pairs images and masks of the same name', async () => {
    await touch(
      'cat/images/a.jpg',
      'cat/images/b.webp',
      'cat/images/c.png',
      'cat/masks/a.png',
      'cat/masks/b.png',
      'cat/masks/c.png',
    );
    const { classes } = await openDataset({ layout: 'folder', root: folder.path('') });
    expect(classes).toEqual([
      {
        id: 0,
        name: 'cat',
        samples: ['a.jpg', 'b.webp', 'c.png'].map((file) => ({
          image: folder.path(`cat/images/${file}`),
          mask: folder.path(`cat/masks/${file.slice(0, 1)}.png`),
          foreground: 'auto',
        })),
      },
    ]);
  });

  it("may lie as FSS-1000's", async () => {
    await touch('cat/a.jpg', 'cat/a.png');
    const { classes } = await openDataset({ layout: 'folder', root: folder.path('') });
    expect(classes[0]?.samples).toEqual([
      { image: folder.path('cat/a.jpg'), mask: folder.path('cat/a.png'), foreground: 'auto' },
    ]);
  });

  it('pairs names with spaces, of any script, and with accents written in either way', async () => {
    const [composed, apart] = ['café'.normalize('NFC'), 'café'.normalize('NFD')];
    await touch('cat/images/my cat (1).jpg', 'cat/images/東京 🙂.jpg', `cat/images/${composed}.jpg`);
    await touch('cat/masks/my cat (1).png', 'cat/masks/東京 🙂.png', `cat/masks/${apart}.png`);
    const { classes } = await openDataset({ layout: 'folder', root: folder.path('') });
    expect(classes[0]?.samples.map(({ image, mask }) => [image, mask])).toEqual([
      [folder.path(`cat/images/${composed}.jpg`), folder.path(`cat/masks/${apart}.png`)],
      [folder.path('cat/images/my cat (1).jpg'), folder.path('cat/masks/my cat (1).png')],
      [folder.path('cat/images/東京 🙂.jpg'), folder.path('cat/masks/東京 🙂.png')],
    ]);
  });

  it('passes over what systems leave behind', async () => {
    await touch(
      'cat/images/a.jpg',
      'cat/masks/a.png',
      'cat/images/._a.jpg',
      'cat/masks/._a.png',
      'cat/images/Thumbs.db',
      'cat/images/thumbs.db',
      'cat/Icon\r',
    );
    await touch(
      'desktop.ini',
      '@eaDir/a.jpg',
      '$RECYCLE.BIN/a.jpg',
      '.ipynb_checkpoints/a.jpg',
      'System Volume Information/x',
      'lost+found/a.jpg',
    );
    const { classes, faults } = await checkDataset({ layout: 'folder', root: folder.path('') });
    expect(classes.map(({ name, images }) => [name, images])).toEqual([['cat', 1]]);
    expect(faults.filter(({ kind }) => kind === 'stray' || kind === 'missing-mask')).toEqual([]);
  });
});

it('classes can be picked; their ids are their places among all', async () => {
  await touch('a/1.jpg', 'a/1.png', 'b/1.jpg', 'b/1.png', 'c/1.jpg', 'c/1.png');
  const { classes } = await openDataset({ layout: 'fss', root: folder.path(''), classes: ['c', 'a'] });
  expect(classes.map(({ id, name }) => [id, name])).toEqual([
    [2, 'c'],
    [0, 'a'],
  ]);
  await expect(openDataset({ layout: 'fss', root: folder.path(''), classes: ['d'] })).rejects.toThrow(
    'has no class d; it has a, b, c',
  );
});

it('classes are found however accents are spelt, and named as lists need them', async () => {
  await touch('cafe\u0301/1.jpg', 'cafe\u0301/1.png', 'a, b/1.jpg', 'a, b/1.png');
  const root = folder.path('');
  const { classes } = await openDataset({ layout: 'fss', root, classes: ['cafe\u0301', 'a, b'] });
  expect(classes.map(({ name }) => name)).toEqual(['caf\u00e9', 'a, b']);
  await expect(openDataset({ layout: 'fss', root, classes: ['a', ' b'] })).rejects.toThrow(
    'has no class a, " b"; it has "a, b", caf\u00e9',
  );
});

describe('a folder that is no dataset', () => {
  const open = (name: string, layout: 'fss' | 'folder' = 'fss'): Promise<unknown> =>
    openDataset({ layout, root: folder.path(name) });

  it('is refused with what is expected', async () => {
    await mkdir(folder.path('empty'));
    await expect(open('empty')).rejects.toThrow(
      new FormatError(
        'dataset',
        `${folder.path('empty')} holds no class folders with photographs and masks; FSS-1000 has <class>/1.jpg beside <class>/1.png`,
      ),
    );
    await expect(open('empty', 'folder')).rejects.toThrow(
      'it should have <class>/images/NAME.jpg and <class>/masks/NAME.png',
    );
    await expect(open('none')).rejects.toThrow(
      new FormatError('dataset', `${folder.path('none')} cannot be read: there is no such file`),
    );
  });

  it('is refused with a hint to the folder inside, or around it', async () => {
    await touch('outer/data/cat/1.jpg', 'outer/data/cat/1.png');
    await expect(open('outer')).rejects.toThrow(`. ${folder.path('outer/data')} has them: is that the dataset?`);
    await expect(open('outer/data/cat')).rejects.toThrow(
      `. It looks like a class folder: the dataset may be ${folder.path('outer/data')}`,
    );
  });
});

describe('readClassList', () => {
  it('has a name a line', async () => {
    for (const mark of ['', '\uFEFF'])
      expect(
        await readClassList(await folder.write('list.txt', `${mark}cat\r\n\n# animals\n  dog # a comment\n`)),
      ).toEqual(['cat', 'dog']);
  });

  it('keeps what belongs to a name, and takes quotes from it', async () => {
    const list = await folder.write('list.txt', 'C#\nlion, king of beasts\n" x" # padded\n"a # ""b"""\ncafe\u0301\n');
    expect(await readClassList(list)).toEqual(['C#', 'lion, king of beasts', ' x', 'a # "b"', 'café']);
  });

  it.each([
    ['cat, dog,', ['cat', 'dog']],
    ['"lion, king of beasts",C#, "" , " x"', ['lion, king of beasts', 'C#', ' x']],
    ['"the ""cat"""', ['the "cat"']],
    ['"cat, "dog" house', ['"cat', '"dog" house']],
    ['cafe\u0301', ['café']],
  ])('has names separated by commas: %s', (text, names) => {
    expect(parseClassList(text)).toEqual(names);
  });

  it('refuses files that are not there, or empty', async () => {
    await expect(readClassList(folder.path('list.txt'))).rejects.toThrow(
      `[classes] ${folder.path('list.txt')} cannot be read: there is no such file`,
    );
    await expect(readClassList(await folder.write('list.txt', '\n'))).rejects.toThrow(
      'holds no class names; write one a line',
    );
    await expect(readClassList(await folder.write('list.txt', Buffer.from('\uFEFFcat\n', 'utf16le')))).rejects.toThrow(
      'list.txt is not UTF-8 text; save it as UTF-8',
    );
  });
});

describe.skipIf(!hasSharedData)(`real data${skipReason}`, () => {
  it("is opened: FSS-1000's sample", async () => {
    const { classes } = await openDataset({ layout: 'fss', root: sharedData('fss-sample') });
    expect(classes.map(({ id, name, samples }) => [id, name, samples.length])).toEqual([[0, 'eiffel-tower', 5]]);
  });

  it('has the published split of FSS-1000: 520, 240 and 240 classes, no class in two', async () => {
    const lists = await Promise.all(
      ['trn', 'val', 'test'].map((name) => readClassList(sharedData(`splits/fss/${name}.txt`))),
    );
    expect(lists.map(({ length }) => length)).toEqual([520, 240, 240]);
    expect(new Set(lists.flat()).size).toBe(1000);
  });
});
