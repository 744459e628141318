import { readFileSync } from 'node:fs';
import { FormatError } from '@hypercorr/tensor';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { resizeBilinear, type RgbImage } from '../../src/index.ts';
import { decodeWithAlpha, imageFacts } from '../../src/files/decode-image.ts';
import { decodeImage, decodeReduced, encodeJpeg } from '../../src/node.ts';
import { photograph, plainPng, withSize } from '../support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

const image = photograph(12, 8);
const asSharp = ({ width, height, data }: RgbImage): Sharp => sharp(data, { raw: { width, height, channels: 3 } });
const pixel = ({ width, data }: RgbImage, x: number, y: number): number[] => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

describe('a picture', () => {
  it('keeps its pixels as PNG and WebP, whatever its name says', async () => {
    expect(await decodeImage(await asSharp(image).png().toBuffer(), 'a.jpg')).toEqual(image);
    expect(await decodeImage(await asSharp(image).webp({ lossless: true }).toBuffer(), 'a.jpg')).toEqual(image);
  });

  it('as JPEG is near its pixels', async () => {
    const decoded = await decodeImage(await encodeJpeg(image, 100), 'a.jpg');
    expect([decoded.width, decoded.height]).toEqual([12, 8]);
    const differences = decoded.data.map((value, i) => Math.abs(value - (image.data[i] ?? 0)));
    // Chroma is stored at half size.
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(8);
  });

  it('that is very large is reduced while it is decoded, turned and all', async () => {
    const large = photograph(400, 300);
    const bytes = await asSharp(large).png().withMetadata({ orientation: 6 }).toBuffer();
    const { image: less, size } = await decodeReduced(bytes, 'a.png', { most: 119_999, reduced: 30_000 });
    expect(size).toEqual({ width: 300, height: 400 });
    expect([less.width, less.height, less.data.length]).toEqual([150, 200, 90_000]);
    const expected = resizeBilinear(await decodeImage(bytes, 'a.png'), { width: 150, height: 200 });
    const differences = less.data.map((value, i) => Math.abs(value - (expected.data[i] ?? 0)));
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(3);
    const whole = await decodeReduced(bytes, 'a.png', { most: 120_000 });
    expect(whole).toEqual({ image: await decodeImage(bytes, 'a.png'), size });
    const line = await decodeReduced(await asSharp(photograph(4000, 1)).png().toBuffer(), 'a.png', {
      most: 1000,
      reduced: 250,
    });
    expect(line).toMatchObject({ image: { width: 1000, height: 1 }, size: { width: 4000, height: 1 } });
    await expect(decodeReduced(bytes.subarray(0, 3000), 'a.png', { most: 1 })).rejects.toThrow(
      'a.png is cut off or damaged',
    );
  });

  it('is turned as its EXIF orientation says', async () => {
    const bytes = await asSharp(image).png().withMetadata({ orientation: 6 }).toBuffer();
    const turned = await decodeImage(bytes, 'a.png');
    expect([turned.width, turned.height]).toEqual([8, 12]);
    // A quarter turn clockwise: the lower left corner comes to the upper left.
    expect(pixel(turned, 0, 0)).toEqual(pixel(image, 0, 7));
    expect(await imageFacts(bytes, 'a.png')).toEqual({
      orientation: 6,
      colours: 'RGB',
      transparent: false,
      brightened: false,
    });
  });

  it('of 12 bits in 16, which would be nearly black, is brightened', async () => {
    const deep = (samples: readonly number[]) =>
      plainPng({ width: samples.length / 3, samples, depth: 16, colourType: 'rgb' });
    const twelve = deep([0, 2048, 4095, 1024, 17, 300]);
    expect([...(await decodeImage(twelve, 'a.png')).data]).toEqual([0, 128, 255, 64, 1, 18]);
    expect((await imageFacts(twelve, 'a.png')).brightened).toBe(true);
    // A dark picture of 16 bits has at least one brighter pixel, and one of 8 bits in 16 ends at 255.
    for (const samples of [
      [0, 5000, 4095, 1024, 17, 300],
      [0, 255, 3, 1, 17, 200],
    ])
      expect((await imageFacts(deep(samples), 'a.png')).brightened).toBe(false);
  });

  it('in greyscale has three equal channels', async () => {
    for (const bytes of [
      plainPng({ width: 2, samples: [7, 200] }),
      plainPng({ width: 2, samples: [7 * 257, 200 * 257], depth: 16 }),
    ]) {
      expect([...(await decodeImage(bytes, 'a.png')).data]).toEqual([7, 7, 7, 200, 200, 200]);
      expect((await imageFacts(bytes, 'a.png')).colours).toBe('greyscale');
    }
  });

  it('with a palette has its colours', async () => {
    const bytes = plainPng({ width: 2, samples: [1, 0], depth: 1, colourType: 'palette', palette: [1, 2, 3, 4, 5, 6] });
    expect([...(await decodeImage(bytes, 'a.png')).data]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('in CMYK becomes RGB', async () => {
    const bytes = await asSharp(image).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    const decoded = await decodeImage(bytes, 'a.jpg');
    expect(decoded.data.length).toBe(image.data.length);
    expect((await imageFacts(bytes, 'a.jpg')).colours).toBe('CMYK');
  });

  it('that is transparent lies on white', async () => {
    const bytes = plainPng({ width: 2, samples: [10, 20, 30, 255, 10, 20, 30, 0], colourType: 'rgba' });
    expect([...(await decodeImage(bytes, 'a.png')).data]).toEqual([10, 20, 30, 255, 255, 255]);
    expect((await imageFacts(bytes, 'a.png')).transparent).toBe(true);
  });
});

describe('a file that is no whole picture', () => {
  it('is refused before memory is taken for what its header claims', async () => {
    for (const progressive of [false, true]) {
      const bytes = await asSharp(image).jpeg({ progressive }).toBuffer();
      // The frame header: its marker (C0 or C2), its length, a depth, then height and width.
      const frame = bytes.indexOf(Buffer.from([0xff, progressive ? 0xc2 : 0xc0]));
      bytes.writeUInt16BE(16000, frame + 5);
      bytes.writeUInt16BE(16000, frame + 7);
      await expect(decodeImage(bytes, 'a.jpg')).rejects.toThrow(
        new FormatError(
          'image',
          `a.jpg is cut off or damaged: ${bytes.length} bytes cannot hold 16000×16000 pixels; copy it again`,
        ),
      );
    }
  });

  it.each(['jpeg', 'png', 'webp'] as const)('is refused: half a %s', async (kind) => {
    const bytes = await asSharp(photograph(100, 80))[kind]().toBuffer();
    const half = bytes.subarray(0, bytes.length / 2);
    await expect(decodeImage(half, 'photos/a.jpg')).rejects.toThrow(
      /^\[image\] photos\/a\.jpg is cut off or damaged: .+; copy it again$/,
    );
    await expect(decodeImage(half, 'photos/a.jpg')).rejects.toBeInstanceOf(FormatError);
  });

  it.each([
    ['empty', '', 'the file is empty'],
    ['a GIF', 'GIF89a', 'it is a GIF'],
    ['a PDF', '%PDF-1.7', 'it is a PDF'],
    ["a telephone's picture", '\0\0\0\x18ftypheic', 'it is a HEIF'],
    ['text', '<!doctype html>', 'it holds text (a download page, or a Git LFS pointer?)'],
    ['something else', '\u0001\u0002', 'it is not a known kind of picture'],
  ])('is refused: %s', async (_, content, reason) => {
    await expect(decodeImage(Buffer.from(content), 'a.jpg')).rejects.toThrow(
      new FormatError('image', `a.jpg is not a JPEG, PNG or WebP: ${reason}`),
    );
    await expect(imageFacts(Buffer.from(content), 'a.jpg')).rejects.toThrow(reason);
  });

  it('is told from one that is too large', async () => {
    const large = withSize(plainPng({ width: 1, samples: [0] }), 17_000, 17_000);
    const message =
      '[image] a.png is 17000×17000; pictures may have up to 268435456 pixels (16384×16384). Scale it down, or copy it again if it should be smaller';
    await expect(decodeImage(large, 'a.png')).rejects.toThrow(
      new FormatError('image', message.slice('[image] '.length)),
    );
    await expect(imageFacts(large, 'a.png')).rejects.toThrow(message);
  });

  it('is refused where pixels are missing before its end, which decoders only warn of', async () => {
    const bytes = await encodeJpeg(photograph(100, 80), 90);
    const endOfImage = bytes.subarray(-2);
    await expect(
      decodeImage(Buffer.concat([bytes.subarray(0, bytes.length / 2), endOfImage]), 'a.jpg'),
    ).rejects.toThrow('a.jpg is cut off or damaged: premature end of data segment; copy it again');
  });

  it('is read where stray bytes between its segments do no harm', async () => {
    const bytes = await encodeJpeg(image, 90);
    const secondSegment = 4 + Buffer.from(bytes).readUInt16BE(4);
    const stray = Buffer.concat([bytes.subarray(0, secondSegment), Buffer.alloc(5), bytes.subarray(secondSegment)]);
    expect(await decodeImage(stray, 'a.jpg')).toEqual(await decodeImage(bytes, 'a.jpg'));
  });
});

describe.skipIf(!hasSharedData)(`real photographs${skipReason}`, () => {
  it.each([
    ['400.jpg', 800, 602, 'RGB'],
    ['411.jpg', 235, 382, 'greyscale'],
    ['420.jpg', 4111, 2741, 'RGB'],
    ['463.jpg', 600, 1561, 'RGB'],
  ])('%s is %i×%i, %s', async (name, width, height, colours) => {
    const bytes = readFileSync(sharedData(`queries/${name}`));
    const decoded = await decodeImage(bytes, name);
    expect([decoded.width, decoded.height, decoded.data.length]).toEqual([width, height, 3 * width * height]);
    expect((await imageFacts(bytes, name)).colours).toBe(colours);
  });
});

describe('a picture with alpha', () => {
  const rgba = [10, 20, 30, 0, 40, 50, 60, 255];
  it.each([
    ['colours', plainPng({ width: 2, colourType: 'rgba', samples: rgba }), rgba],
    [
      'greys',
      plainPng({ width: 2, colourType: 'grey and alpha', samples: [7, 9, 8, 255] }),
      [7, 7, 7, 9, 8, 8, 8, 255],
    ],
    [
      'colours of 16 bits',
      plainPng({ width: 2, depth: 16, colourType: 'rgba', samples: rgba.map((value) => 257 * value) }),
      rgba,
    ],
  ])('keeps its %s and its alpha', async (_, png, expected) => {
    const { width, height, data } = await decodeWithAlpha(png, 'a.png');
    expect([width, height, [...data]]).toEqual([2, 1, expected]);
  });

  it('must have one', async () => {
    await expect(decodeWithAlpha(plainPng({ width: 1, samples: [3] }), 'a.png')).rejects.toThrow(
      '[cut-out] a.png has no alpha, which would say what belongs to its object; save it with a transparent background, or put its mask beside it as a PNG of the same name',
    );
    await expect(decodeWithAlpha(new Uint8Array(9), 'a.png')).rejects.toThrow(
      '[image] a.png is not a JPEG, PNG or WebP',
    );
  });
});
