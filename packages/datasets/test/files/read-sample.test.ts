import { chmod, mkdir } from 'node:fs/promises';
import { FormatError } from '@hypercorr/tensor';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { encodeMaskPng, resizeBilinear, resizeNearest, vocPalette } from '../../src/index.ts';
import { readImage, readMask, readSample, writeMaskPng, writePng } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { halfMask, photograph, writePair } from '../support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

const folder = testFolder();

it('pictures come back from the files that they were written to', async () => {
  const image = photograph(9, 5);
  const mask = halfMask(9, 5, 3);
  await writePng(folder.path('a.png'), image);
  await writeMaskPng(folder.path('b.png'), mask, { palette: vocPalette() });
  expect(await readImage(folder.path('a.png'))).toEqual(image);
  expect(await readMask(folder.path('b.png'))).toEqual({
    mask: halfMask(9, 5, 1),
    encoding: 'indexed',
    values: [0, 3],
  });
  expect((await readMask(folder.path('b.png'), 2)).mask).toEqual(halfMask(9, 5, 0));
});

describe('a sample', () => {
  it('is read, at its own size or resized', async () => {
    const image = photograph(40, 30);
    const sample = await writePair(folder, 'a', image, halfMask(40, 30));
    expect(await readSample(sample)).toEqual({ sample, image, mask: halfMask(40, 30, 1) });
    const size = { width: 16, height: 24 };
    const resized = { sample, image: resizeBilinear(image, size), mask: resizeNearest(halfMask(40, 30, 1), size) };
    expect(await readSample(sample, size)).toEqual(resized);
    expect(await readSample(sample, size, { originalMask: true })).toEqual({
      ...resized,
      originalMask: halfMask(40, 30, 1),
    });
  });

  it('of very many pixels is reduced for a network, and its mask with it', async () => {
    const large = { width: 6000, height: 5600 };
    const plain = sharp({ create: { ...large, channels: 3, background: { r: 10, g: 200, b: 30 } } });
    const image = await folder.write('large.jpg', await plain.jpeg().toBuffer());
    const marks = sharp({ create: { ...large, channels: 3, background: 'black' } })
      .composite([
        { input: { create: { width: 3000, height: 5600, channels: 3, background: 'white' } }, left: 3000, top: 0 },
      ])
      .toColourspace('b-w');
    const mask = await folder.write('large.png', await marks.png().toBuffer());
    const read = await readSample({ image, mask }, undefined, { reduce: true });
    expect(read.image.data.length).toBe(3 * read.image.width * read.image.height);
    expect(Math.abs(read.image.width * read.image.height - 2 ** 24)).toBeLessThan(6000);
    expect([read.mask.width, read.mask.height]).toEqual([read.image.width, read.image.height]);
    expect(read.mask.data.reduce((a, b) => a + b, 0) / read.mask.data.length).toBeCloseTo(0.5, 3);
    const small = await readSample({ image, mask }, { width: 4, height: 2 }, { originalMask: true });
    expect([...small.mask.data]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect(small.originalMask).toMatchObject(large);
    expect(small.image.data[1]).toBeGreaterThan(190);
  });

  it('of a class keeps void', async () => {
    const mask = { width: 4, height: 1, data: Uint8Array.of(0, 5, 15, 255) };
    const sample = { ...(await writePair(folder, 'a', photograph(4, 1), mask)), foreground: 15 };
    expect([...(await readSample(sample)).mask.data]).toEqual([0, 0, 1, 255]);
  });

  it('with a mask of another size is refused, naming both', async () => {
    const sample = await writePair(folder, 'a', photograph(40, 30), halfMask(41, 30));
    await expect(readSample(sample)).rejects.toThrow(
      new FormatError(
        'mask',
        `${sample.mask} is 41×30, and its photograph ${sample.image} is 40×30; a mask has its photograph's size`,
      ),
    );
  });

  it('turned by EXIF, with a mask that is not, is refused with that hint', async () => {
    const { width, height, data } = photograph(40, 30);
    const turned = sharp(data, { raw: { width, height, channels: 3 } }).withMetadata({ orientation: 8 });
    const image = await folder.write('a.jpg', await turned.jpeg().toBuffer());
    const mask = await folder.write('a.png', encodeMaskPng(halfMask(40, 30)));
    await expect(readSample({ image, mask })).rejects.toThrow(
      `${mask} is 40×30, and its photograph ${image} is 30×40; was the mask drawn before the photograph was turned by its EXIF orientation?`,
    );
  });

  it('with an empty mask is refused', async () => {
    const sample = await writePair(folder, 'a', photograph(4, 4), halfMask(4, 4, 0));
    await expect(readSample(sample)).rejects.toThrow(
      new FormatError('mask', `${sample.mask} is empty: it marks no pixel as the object; mark it, or remove the pair`),
    );
    const other = { ...(await writePair(folder, 'b', photograph(4, 4), halfMask(4, 4, 3))), foreground: 7 };
    await expect(readSample(other)).rejects.toThrow(
      `${other.mask} is empty: it marks no pixel as the object (index 7)`,
    );
  });
});

describe('a file that cannot be read', () => {
  it('is named, with the reason', async () => {
    await expect(readImage(folder.path('no.jpg'))).rejects.toThrow(
      new FormatError('image', `${folder.path('no.jpg')} cannot be read: there is no such file`),
    );
    await expect(readMask(folder.path('no.png'))).rejects.toThrow(
      `[mask] ${folder.path('no.png')} cannot be read: there is no such file`,
    );
    await mkdir(folder.path('a'));
    await expect(readImage(folder.path('a'))).rejects.toThrow('cannot be read: it is a folder');
  });

  it.skipIf(process.getuid?.() === 0)('may be forbidden (root may read everything)', async () => {
    await chmod(await folder.write('a.jpg', ''), 0);
    await expect(readImage(folder.path('a.jpg'))).rejects.toThrow('cannot be read: it may not be read');
  });
});

it.skipIf(!hasSharedData)(`real samples are read${skipReason}`, async () => {
  const fss = await readSample({
    image: sharedData('fss-sample/eiffel-tower/2.jpg'),
    mask: sharedData('fss-sample/eiffel-tower/2.png'),
    foreground: 'bright',
  });
  expect([fss.image.width, fss.image.height]).toEqual([224, 224]);
  expect(new Set(fss.mask.data)).toEqual(new Set([0, 1]));

  const voc = {
    image: sharedData('voc-sample/VOC2012/JPEGImages/2011_000006.jpg'),
    mask: sharedData('voc-sample/VOC2012/SegmentationClassAug/2011_000006.png'),
  };
  expect(new Set((await readSample({ ...voc, foreground: 15 }, { width: 400, height: 400 })).mask.data)).toEqual(
    new Set([0, 1, 255]),
  );
  await expect(readSample(voc)).rejects.toThrow('2011_000006.png is an indexed mask of several classes (9, 15, 18)');
});
