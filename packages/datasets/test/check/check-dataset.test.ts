import { rm, symlink } from 'node:fs/promises';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeMaskPng } from '../../src/index.ts';
import { checkDataset, encodeJpeg, type Census } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { halfMask, photograph, writeClass } from '../support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

const folder = testFolder();
const check = (options: { shots?: number; classes?: string[] } = {}): Promise<Census> =>
  checkDataset({ layout: 'fss', root: folder.path('data'), ...options });
const jpeg = async (width = 40, height = 30): Promise<Uint8Array> => encodeJpeg(photograph(width, height), 90);
/** Faults as "severity kind file: message", paths inside the dataset alone. */
const told = ({ faults }: Census): string[] =>
  faults.map(({ severity, kind, file, message }) =>
    `${severity} ${kind} ${file}: ${message}`.replaceAll(folder.path('data/'), ''),
  );

it('a sound dataset has a census and no faults', async () => {
  await writeClass(folder, 'data/apple', 2);
  await writeClass(folder, 'data/cat', 3);
  const progress: [number, number][] = [];
  const census = await checkDataset({
    layout: 'fss',
    root: folder.path('data'),
    onProgress: (done, of) => progress.push([done, of]),
  });
  expect(census).toEqual({
    name: 'data',
    images: 5,
    classes: [
      { id: 0, name: 'apple', images: 2, usable: 2, foreground: 0.5 },
      { id: 1, name: 'cat', images: 3, usable: 3, foreground: 0.5 },
    ],
    encodings: { '0/255': 5 },
    sizes: { smallest: { width: 40, height: 30 }, largest: { width: 40, height: 30 } },
    faults: [],
  });
  expect(progress).toEqual([
    [1, 5],
    [2, 5],
    [3, 5],
    [4, 5],
    [5, 5],
  ]);
});

it('every fault is found at once', async () => {
  await writeClass(folder, 'data/cat', 3);
  await folder.write('data/cat/4.jpg', await jpeg());
  await folder.write('data/cat/5.png', encodeMaskPng(halfMask(40, 30)));
  await folder.write('data/cat/1.jpeg', await jpeg());
  await folder.write('data/cat/notes.txt', 'notes');
  await folder.write('data/README.md', '');
  await folder.write('data/lists/all.txt', '');

  const pairs: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ['1', (await jpeg()).subarray(0, 300), encodeMaskPng(halfMask(40, 30))],
    ['2', await jpeg(), encodeMaskPng(halfMask(40, 30)).subarray(0, 60)],
    ['3', await jpeg(), encodeMaskPng(halfMask(30, 40))],
    ['4', await jpeg(), encodeMaskPng(halfMask(40, 30, 0))],
    // Two things wrong with one pair.
    ['5', Buffer.from('hello'), encodeMaskPng(halfMask(40, 30, 0))],
  ];
  for (const [name, image, mask] of pairs) {
    await folder.write(`data/dog/${name}.jpg`, image);
    await folder.write(`data/dog/${name}.png`, mask);
  }
  const census = await check();
  expect(told(census)).toEqual([
    'warning stray README.md: this belongs to no sample',
    'warning stray lists: this folder holds no photographs, so it is no class',
    'warning stray cat/1.jpeg: 1.jpg has the same name and is used instead',
    'error missing-mask cat/4.jpg: there is no mask 4.png for this photograph',
    'error missing-image cat/5.png: there is no photograph 5.jpg for this mask',
    'warning stray cat/notes.txt: this belongs to no sample',
    expect.stringMatching(/^error image dog\/1\.jpg: dog\/1\.jpg is cut off or damaged: .*; copy it again$/),
    'error mask dog/2.png: dog/2.png is cut off or damaged: the file ends too early; copy or make it again',
    'error size dog/3.png: dog/3.png is 30×40, and its photograph dog/3.jpg is 40×30; was one of them turned?',
    'error empty dog/4.png: dog/4.png is empty: it marks no pixel as the object; mark it, or remove the pair',
    'error image dog/5.jpg: dog/5.jpg is not a JPEG, PNG or WebP: it holds text (a download page, or a Git LFS pointer?)',
    'error empty dog/5.png: dog/5.png is empty: it marks no pixel as the object; mark it, or remove the pair',
    'error few-images dog: 0 usable images, and 1 shot needs 2, one of them the query',
  ]);
  expect(census).toMatchObject({ images: 8, encodings: { '0/255': 5, empty: 2 } });
  expect(census.classes.map(({ images, usable }) => [images, usable])).toEqual([
    [3, 3],
    [5, 0],
  ]);
});

it('what is used though it may not be as meant is a warning', async () => {
  const { width, height, data } = photograph(40, 30);
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  await folder.write('data/cat/1.jpg', await picture.clone().withMetadata({ orientation: 3 }).jpeg().toBuffer());
  await folder.write('data/cat/2.jpg', await picture.clone().toColourspace('b-w').jpeg().toBuffer());
  await folder.write('data/cat/3.jpg', await picture.clone().toColourspace('cmyk').jpeg().toBuffer());
  await folder.write('data/cat/4.jpg', await picture.clone().ensureAlpha(0.5).png().toBuffer());
  await folder.write('data/cat/5.jpg', await jpeg());
  for (const n of [1, 2, 3, 4]) await folder.write(`data/cat/${n}.png`, encodeMaskPng(halfMask(40, 30, 1)));
  await folder.write('data/cat/5.png', encodeMaskPng({ width: 40, height: 30, data: new Uint8Array(1200).fill(1) }));
  const census = await check();
  expect(told(census)).toEqual([
    'warning turned cat/1.jpg: its EXIF orientation turns it, and its mask says none: was the mask drawn over the turned picture?',
    'warning colours cat/2.jpg: it is greyscale; it will be converted to RGB',
    'warning colours cat/3.jpg: it is CMYK; it will be converted to RGB',
    'warning transparent cat/4.jpg: it has an alpha channel; its transparent pixels will be white',
    'warning full cat/5.png: every pixel is the object: is the mask inverted?',
  ]);
  expect(census).toMatchObject({ classes: [{ usable: 5, foreground: 0.6 }], encodings: { '0/1': 5 } });
});

it('a half of a pair in another form is named with what is missing', async () => {
  for (const name of ['a', 'b']) {
    await folder.write(`data/cat/images/${name}.jpg`, await jpeg());
    await folder.write(`data/cat/masks/${name}.png`, encodeMaskPng(halfMask(40, 30)));
  }
  await folder.write('data/cat/images/c.jpg', await jpeg());
  await folder.write('data/cat/masks/c.gif', 'GIF89a');
  await folder.write('data/cat/images/d.tif', '');
  await folder.write('data/cat/masks/d.png', encodeMaskPng(halfMask(40, 30)));
  await folder.write('data/cat/masks/e.bmp', '');
  await folder.write('data/cat/images/f.bmp', '');
  expect(told(await checkDataset({ layout: 'folder', root: folder.path('data') }))).toEqual([
    'error missing-mask cat/images/c.jpg: there is no mask c.png for this photograph; c.gif is there, and a mask must be a PNG',
    'error missing-image cat/masks/d.png: there is no photograph d.jpg for this mask; d.tif is there, and a photograph must be a JPEG, PNG or WebP',
    'warning stray cat/masks/e.bmp: a mask must be a PNG',
    'warning stray cat/images/f.bmp: a photograph must be a JPEG, PNG or WebP',
  ]);
  for (const name of ['a', 'b', 'c']) await rm(folder.path(`data/cat/images/${name}.jpg`));
  await expect(checkDataset({ layout: 'folder', root: folder.path('data') })).rejects.toThrow(
    'd.tif is there, and a photograph must be a JPEG, PNG or WebP',
  );
  await folder.write('data/cat/classes.json', '["cat"]');
  await expect(checkDataset({ layout: 'indexed', root: folder.path('data/cat') })).rejects.toThrow(
    'd.tif is there, and a photograph must be a JPEG, PNG or WebP',
  );
});

it('masks of several classes are an error in a folder, where only one is meant', async () => {
  await folder.write('data/cat/1.jpg', await jpeg());
  const mask = { width: 40, height: 30, data: Uint8Array.from({ length: 1200 }, (_, i) => i % 3) };
  await folder.write('data/cat/1.png', encodeMaskPng(mask));
  const census = await checkDataset({ layout: 'folder', root: folder.path('data') });
  expect(told(census)[0]).toBe(
    'error classes cat/1.png: cat/1.png is an indexed mask of several classes (1, 2); save a mask of one class alone',
  );
  expect(census.encodings).toEqual({ indexed: 1 });
});

describe('of the classes that are asked for', () => {
  it('alone are checked', async () => {
    await writeClass(folder, 'data/apple', 1);
    await writeClass(folder, 'data/cat', 2);
    const census = await check({ classes: ['cat'] });
    expect(census).toMatchObject({ images: 2, faults: [], classes: [{ id: 1, name: 'cat' }] });
    expect(told(await check({ classes: ['cat'], shots: 5 }))).toEqual([
      'error few-images cat: 2 usable images, and 5 shots need 6, one of them the query',
    ]);
    await expect(check({ classes: ['dog'] })).rejects.toThrow('data has no class dog');
  });
});

it('a file that cannot be read is a fault like the others', async () => {
  await writeClass(folder, 'data/cat', 3);
  await rm(folder.path('data/cat/1.png'));
  await symlink(folder.path('nowhere'), folder.path('data/cat/1.png'));
  expect(told(await check())).toEqual(['error mask cat/1.png: cat/1.png cannot be read: there is no such file']);
});

it('shots are whole', async () => {
  await expect(check({ shots: 0 })).rejects.toThrow('[checkDataset] shots must be a whole number from 1; got 0');
});

it.skipIf(!hasSharedData)(`the real sample is sound${skipReason}`, async () => {
  const census = await checkDataset({ layout: 'fss', root: sharedData('fss-sample'), shots: 4 });
  expect(census).toMatchObject({
    images: 5,
    encodings: { '0/1': 5 },
    faults: [],
    sizes: { largest: { width: 224, height: 224 } },
  });
});
