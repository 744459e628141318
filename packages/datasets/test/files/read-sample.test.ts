import { chmod, mkdir } from 'node:fs/promises';
import { FormatError } from '@hypercorr/tensor';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  encodeMaskPng,
  resizeBilinear,
  resizeNearest,
  vocPalette,
  type ReadSample,
  type Sample,
} from '../../src/index.ts';
import { readImage, readMask, readSample, writeMaskPng, writePng } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';
import { halfMask, photograph, pngOf, writePair } from '../support/pictures.ts';
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

  describe('that EXIF turns', () => {
    const { width, height, data } = photograph(40, 30);
    // A corner, so that every orientation looks different.
    const stored = halfMask(40, 30);
    stored.data.fill(0, 40 * 9);
    const turnedJpeg = (orientation: number): Promise<Buffer> =>
      sharp(data, { raw: { width, height, channels: 3 } })
        .withMetadata({ orientation })
        .jpeg()
        .toBuffer();
    const written = async (orientation: number, mask: Uint8Array): Promise<Sample> => ({
      image: await folder.write('a.jpg', await turnedJpeg(orientation)),
      mask: await folder.write('a.png', mask),
    });
    /** The stored mask as a viewer turns it. */
    const seen = async (orientation: number): Promise<number[]> => {
      const turned = sharp(stored.data, { raw: { width, height, channels: 1 } }).withMetadata({ orientation });
      return [
        ...(await sharp(await turned.png().toBuffer(), { autoOrient: true })
          .toColourspace('b-w')
          .raw()
          .toBuffer()),
      ];
    };
    const pixels = ({ mask }: ReadSample): number[] => [...mask.data].map((value) => 255 * value);
    const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;

    it.each(orientations)('by orientation %i, has a mask that is turned by its own', async (orientation) => {
      const exif = Uint8Array.of(0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 18, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0);
      const rows = Uint8Array.from({ length: 41 * 30 }, (_, i) =>
        i % 41 === 0 ? 0 : (stored.data[40 * Math.floor(i / 41) + (i % 41) - 1] ?? 0),
      );
      const mask = pngOf({ width, height, depth: 8, colourType: 'grey', rows, more: [['eXIf', exif]] });
      expect(pixels(await readSample(await written(orientation, mask)))).toEqual(await seen(orientation));
    });

    it.each(orientations)(
      'by orientation %i, has a mask that was drawn over the stored pixels',
      async (orientation) => {
        const sample = { ...(await written(orientation, encodeMaskPng(stored))), overStored: true };
        const read = await readSample(sample);
        expect([read.mask.width, read.mask.height]).toEqual([read.image.width, read.image.height]);
        expect(pixels(read)).toEqual(await seen(orientation));
      },
    );

    it('has a mask of the stored size, which is turned without asking, and no other', async () => {
      expect(pixels(await readSample(await written(8, encodeMaskPng(stored))))).toEqual(await seen(8));
      // Of equal sizes, the mask may be turned already.
      expect(pixels(await readSample(await written(3, encodeMaskPng(stored))))).toEqual([...stored.data]);
      const sample = await written(3, encodeMaskPng(halfMask(30, 40)));
      await expect(readSample(sample)).rejects.toThrow(
        `${sample.mask} is 30×40, and its photograph ${sample.image} is 40×30; was one of them turned?`,
      );
    });
  });

  it('says why the meaning of its mask is a guess', async () => {
    const data = Uint8Array.from({ length: 120 }, (_, i) => (i === 7 ? 1 : i < 60 ? 255 : 0));
    const sample = await writePair(folder, 'a', photograph(12, 10), { width: 12, height: 10, data });
    const { mask, doubt } = await readSample({ ...sample, foreground: 'auto' });
    expect(doubt).toContain('1 pixel is 1, and 59 are 255');
    expect(mask.data.reduce((sum, value) => sum + value, 0)).toBe(59);
    expect(await readSample({ ...sample, foreground: 'binary' })).not.toHaveProperty('doubt');
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
    foreground: 'binary',
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
