import { deflateSync } from 'node:zlib';
import { FormatError } from '@hypercorr/tensor';
import { decode } from 'fast-png';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readPng } from '../../src/mask/read-png.ts';
import { channelsOf, plainPng, pngOf, type PlainPng } from '../support/pictures.ts';

/** The depths that there are of each colour type. */
const depths = {
  grey: [1, 2, 4, 8, 16],
  rgb: [8, 16],
  palette: [1, 2, 4, 8],
  'grey and alpha': [8, 16],
  rgba: [8, 16],
} as const;
type ColourType = keyof typeof depths;

const kinds = fc
  .constantFrom<ColourType>('grey', 'rgb', 'palette', 'grey and alpha', 'rgba')
  .chain((colourType) =>
    fc.record({ colourType: fc.constant(colourType), depth: fc.constantFrom<number>(...depths[colourType]) }),
  );
const sizes = fc.record({ width: fc.integer({ min: 1, max: 19 }), height: fc.integer({ min: 1, max: 19 }) });
const palette = Array.from({ length: 768 }, (_, i) => (i * 7) % 256);
/** A palette for the colour type that needs one. */
const paletteOf = (colourType: ColourType, depth: number): Pick<PlainPng, 'palette'> =>
  colourType === 'palette' ? { palette: palette.slice(0, 3 * 2 ** depth) } : {};

describe('the samples of a PNG', () => {
  it('are as they were written at every depth, interlaced or not', () => {
    const pictures = fc
      .record({ kind: kinds, size: sizes, interlace: fc.boolean(), seed: fc.nat() })
      .map(({ kind, size, interlace, seed }) => {
        const length = size.width * size.height * channelsOf[kind.colourType];
        const samples = Array.from({ length }, (_, i) => (Math.imul(i + seed, 0x9e3779b1) >>> 11) % 2 ** kind.depth);
        return { ...kind, ...size, interlace, samples };
      });
    fc.assert(
      fc.property(pictures, ({ height, samples, ...picture }) => {
        const colours = paletteOf(picture.colourType, picture.depth);
        const { data, ...read } = readPng(plainPng({ ...picture, ...colours, samples }), 'a.png');
        expect([...data]).toEqual(samples);
        expect(read).toEqual({
          width: picture.width,
          height,
          depth: picture.depth,
          channels: channelsOf[picture.colourType],
          palette: colours.palette && triples(colours.palette),
          orientation: 1,
        });
      }),
      { numRuns: 200 },
    );
  });

  it('are those that fast-png finds, whatever the filters, in one chunk or several', () => {
    const filtered = fc.record({
      kind: kinds.filter(({ depth }) => depth >= 8),
      size: sizes,
      noise: fc.infiniteStream(fc.nat({ max: 255 })),
      filters: fc.infiniteStream(fc.nat({ max: 4 })),
      chunkBytes: fc.constantFrom(1, 7, 100, Infinity),
    });
    fc.assert(
      fc.property(filtered, ({ kind, size, noise, filters, chunkBytes }) => {
        const rowBytes = (size.width * channelsOf[kind.colourType] * kind.depth) / 8;
        const rows = Array.from({ length: size.height }, () => [
          next(filters),
          ...Array.from({ length: rowBytes }, () => next(noise)),
        ]);
        const png = pngOf({
          ...kind,
          ...size,
          ...paletteOf(kind.colourType, kind.depth),
          rows: Uint8Array.from(rows.flat()),
          chunkBytes,
        });
        expect([...readPng(png, 'a.png').data]).toEqual([...decode(png).data]);
      }),
    );
  });

  it.each([2, 4, 16])("are libpng's, interlaced and filtered: a palette of %i", async (colours) => {
    const [width, height] = [37, 23];
    const data = Uint8Array.from(
      { length: width * height * 3 },
      (_, i) => (Math.floor(i / 3) % colours) * Math.floor(255 / (colours - 1)),
    );
    const picture = sharp(data, { raw: { width, height, channels: 3 } });
    const write = (progressive: boolean) =>
      picture
        .clone()
        .png({ palette: true, colours, dither: 0, effort: 1, adaptiveFiltering: true, progressive })
        .toBuffer();
    const [plain, interlaced] = await Promise.all([write(false), write(true)]);
    expect([plain[24], plain[28], interlaced[24], interlaced[28]]).toEqual([
      Math.log2(colours),
      0,
      Math.log2(colours),
      1,
    ]);
    const read = readPng(interlaced, 'a.png');
    expect(read).toEqual(readPng(plain, 'a.png'));
    // The encoder picks its own colours; its decoder tells which.
    expect([...read.data].flatMap((index) => read.palette?.[index])).toEqual([
      ...(await sharp(interlaced).removeAlpha().toColourspace('srgb').raw().toBuffer()),
    ]);
  });

  it('are not the places in a palette that is but proposed', () => {
    const png = pngOf({
      width: 1,
      height: 1,
      depth: 8,
      colourType: 'rgb',
      palette: [1, 2, 3],
      rows: Uint8Array.from([0, 7, 8, 9]),
    });
    expect(readPng(png, 'a.png')).toEqual({
      width: 1,
      height: 1,
      depth: 8,
      channels: 3,
      palette: undefined,
      orientation: 1,
      data: Uint8Array.from([7, 8, 9]),
    });
  });
});

describe('memory', () => {
  const grey = { width: 4, height: 4, depth: 8, colourType: 'grey' } as const;
  /** Milliseconds of the processor, and MB of arrays that were made (and are not collected yet). */
  const costOf = (run: () => void): { readonly milliseconds: number; readonly megabytes: number } => {
    const [start, before] = [process.cpuUsage(), process.memoryUsage().arrayBuffers];
    run();
    const { user, system } = process.cpuUsage(start);
    return { milliseconds: (user + system) / 1000, megabytes: (process.memoryUsage().arrayBuffers - before) / 1e6 };
  };
  const bomb = new Uint8Array(50_000_000);

  it('is taken for what the header needs, however much the pixels inflate to', () => {
    const png = pngOf({ ...grey, rows: bomb });
    const { milliseconds, megabytes } = costOf(() => expect(readPng(png, 'a.png').data).toEqual(new Uint8Array(16)));
    expect(milliseconds).toBeLessThan(100);
    expect(megabytes).toBeLessThan(20);
  });

  it('is not taken for profiles and texts', () => {
    const profile = Buffer.concat([Buffer.from('bomb\0\0'), deflateSync(bomb)]);
    const png = pngOf({
      ...grey,
      rows: new Uint8Array(20),
      more: [
        ['iCCP', profile],
        ['zTXt', profile],
      ],
    });
    const { milliseconds, megabytes } = costOf(() => expect(readPng(png, 'a.png').data).toEqual(new Uint8Array(16)));
    expect(milliseconds).toBeLessThan(100);
    expect(megabytes).toBeLessThan(20);
  });

  it('is not taken for a size that so small a file cannot have', () => {
    const png = pngOf({ width: 16384, height: 16384, depth: 16, colourType: 'rgba', rows: new Uint8Array(20) });
    const { megabytes } = costOf(() =>
      expect(() => readPng(png, 'a.png')).toThrow(
        /^\[mask\] a\.png is cut off or damaged: \d+ compressed bytes cannot hold 16384×16384 pixels; copy or make it again$/,
      ),
    );
    expect(megabytes).toBeLessThan(20);
  });
});

/** Of a file's bytes. */
const interlacingAt = 28;

it.each([
  [
    'too few pixels',
    pngOf({ width: 4, height: 4, depth: 8, colourType: 'grey', rows: new Uint8Array(19) }),
    'of its compressed pixels, it inflates to 19 bytes, not to 20',
  ],
  [
    'an unknown filter',
    pngOf({ width: 1, height: 1, depth: 8, colourType: 'grey', rows: Uint8Array.from([5, 0]) }),
    'a row has the filter 5, which does not exist',
  ],
  [
    'indices without a palette',
    pngOf({ width: 1, height: 1, depth: 8, colourType: 'palette', rows: new Uint8Array(2) }),
    'it has no palette, but its pixels are palette indices',
  ],
  [
    'a palette that is cut',
    pngOf({ width: 1, height: 1, depth: 8, colourType: 'palette', palette: [1, 2, 3, 4], rows: new Uint8Array(2) }),
    'its palette has 4 bytes; it is 1 to 256 colours of 3',
  ],
  [
    'a depth that its colours do not have',
    pngOf({ width: 1, height: 1, depth: 4, colourType: 'rgb', rows: new Uint8Array(3) }),
    'its header says colour type 2 at 4 bits, which does not exist',
  ],
  [
    'pixels that are not of zlib',
    pngOf({
      width: 1,
      height: 1,
      depth: 8,
      colourType: 'grey',
      rows: new Uint8Array(2),
      more: [['IDAT', Uint8Array.of(7, 7)]],
    }),
    'its pixels are not a zlib stream',
  ],
  [
    'interlacing of another kind',
    pngOf({ width: 1, height: 1, depth: 8, colourType: 'grey', rows: new Uint8Array(2) }).map((byte, at) =>
      at === interlacingAt ? 2 : byte,
    ),
    'its header says compression 0, filter 0 and interlacing 2, which do not exist',
  ],
  [
    "Apple's chunk for telephones",
    pngOf({
      width: 1,
      height: 1,
      depth: 8,
      colourType: 'grey',
      rows: new Uint8Array(2),
      more: [['CgBI', new Uint8Array(4)]],
    }),
    'it has a chunk CgBI, which PNG does not know',
  ],
  [
    "a chunk's name that a terminal obeys",
    pngOf({
      width: 1,
      height: 1,
      depth: 8,
      colourType: 'grey',
      rows: new Uint8Array(2),
      more: [['A\u001b[m', new Uint8Array()]],
    }),
    'the name of a chunk is not four letters',
  ],
])('a PNG is refused: %s', (_, png, reason) => {
  expect(() => readPng(png, 'a.png')).toThrow(
    new FormatError('mask', `a.png is cut off or damaged: ${reason}; copy or make it again`),
  );
});

function triples(values: readonly number[]): number[][] {
  return Array.from({ length: values.length / 3 }, (_, i) => values.slice(3 * i, 3 * i + 3));
}

function next<T>(stream: IterableIterator<T>): T {
  const { value, done } = stream.next();
  if (done === true) throw new Error('the stream has no end');
  return value;
}
