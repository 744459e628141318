import { readFileSync } from 'node:fs';
import { FormatError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIndices, decodeMask, encodeMaskPng } from '../../src/index.ts';
import { decodeNonzero } from '../../src/mask/decode-mask.ts';
import { halfMask, plainPng, pngOf, type PlainPng, type PngRows } from '../support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from '../support/shared-data.ts';

const decode = (png: PlainPng): { data: number[]; encoding: string; values: readonly number[] } => {
  const { mask, encoding, values } = decodeMask(plainPng(png), 'a.png');
  return { data: [...mask.data], encoding, values };
};
const bytes = fc.array(fc.nat(255), { minLength: 6, maxLength: 6 });

/** A palette whose index 0 is the first of these colours. */
const coloured = (palette: readonly number[], samples: readonly number[]): PlainPng => ({
  width: samples.length,
  samples,
  colourType: 'palette',
  palette,
});

describe('a palette', () => {
  const [black, red, white] = [
    [0, 0, 0],
    [255, 0, 0],
    [255, 255, 255],
  ] as const;

  it('has black for background where black is one of two colours, whichever number it has', () => {
    expect(decode(coloured([...red, ...black], [1, 0, 1])).data).toEqual([0, 255, 0]);
    expect(decode(coloured([...white, ...black], [1, 0, 1])).data).toEqual([0, 255, 0]);
    // Its usual number: the indices are the numbers of classes.
    expect(decode(coloured([...black, ...red], [0, 1, 0])).data).toEqual([0, 1, 0]);
    expect(decode(coloured([...black, ...red, 9, 9, 9], [0, 2, 0])).data).toEqual([0, 2, 0]);
  });

  it('whose numbers may have been changed is doubted', () => {
    const doubtOf = (palette: readonly number[], samples: readonly number[]) =>
      decodeIndices(plainPng(coloured(palette, samples)), 'a.png').doubt;
    expect(doubtOf([...red, ...black, ...white], [0, 1, 2])).toBe(
      'its palette has a colour for 0, and black for 1: a program that optimises pictures may have changed the numbers',
    );
    expect(doubtOf([...black, ...red, ...white], [0, 1, 2])).toBeUndefined();
    expect(doubtOf([...red, ...black, ...white], [0, 2, 2])).toBeUndefined();
  });
});

it('what is not black is drawn, in colours, greys and palettes', () => {
  const drawn = (png: PlainPng) => [...decodeNonzero(plainPng(png), 'a.png').mask.data];
  expect(drawn({ width: 3, samples: [0, 0, 0, 255, 0, 0, 0, 0, 1], colourType: 'rgb' })).toEqual([0, 255, 255]);
  expect(drawn({ width: 3, samples: [0, 1, 255] })).toEqual([0, 255, 255]);
  expect(drawn({ width: 3, samples: [0, 256, 65535], depth: 16 })).toEqual([0, 255, 255]);
  expect(drawn(coloured([9, 0, 0, 0, 0, 0, 7, 7, 7], [0, 1, 2]))).toEqual([255, 0, 255]);
  expect(drawn(coloured([0, 0, 0, 0, 0, 0], [0, 1, 0]))).toEqual([0, 255, 0]);
  expect(() => drawn({ width: 2, samples: [255, 0, 255, 255], colourType: 'grey and alpha' })).toThrow(
    'a.png is transparent in places',
  );
});

describe('samples', () => {
  it('of 8 bits are the values, grey or palette', () => {
    // Distinct colours, none of them black or white.
    const palette = Array.from(
      { length: 768 },
      (_, i) => [1 + Math.floor(i / 6), 7, Math.floor(i / 3) % 200][i % 3] ?? 0,
    );
    fc.assert(
      fc.property(bytes, (samples) => {
        expect(decode({ width: 3, samples, colourType: 'palette', palette }).data).toEqual(samples);
        expect(decode({ width: 6, samples }).data).toEqual(samples);
      }),
    );
  });

  it.each([1, 2, 4] as const)(
    'of %i bits are unpacked: palette indices as they are, grey levels scaled up',
    (depth) => {
      const samples = Array.from({ length: 3 * 11 }, (_, i) => (i * i + i) % 2 ** depth);
      const palette = Array.from({ length: 3 * 2 ** depth }, (_, i) => 10 + i);
      expect(decode({ width: 11, samples, depth, colourType: 'palette', palette }).data).toEqual(samples);
      expect(decode({ width: 11, samples, depth }).data).toEqual(
        samples.map((value) => (value * 255) / (2 ** depth - 1)),
      );
    },
  );

  it('of 16 bits are indices, or grey levels', () => {
    expect(decode({ width: 3, samples: [0, 7, 255], depth: 16 })).toEqual({
      data: [0, 7, 255],
      encoding: 'indexed',
      values: [0, 7, 255],
    });
    expect(decode({ width: 2, samples: [0, 65535], depth: 16 })).toEqual({
      data: [0, 255],
      encoding: '0/255',
      values: [0, 255],
    });
    expect(decode({ width: 3, samples: [0, 40000, 65535], depth: 16 }).encoding).toBe('grey');
    expect(() => decode({ width: 2, samples: [0, 1000], depth: 16 })).toThrow(
      new FormatError(
        'mask',
        'a.png has 16-bit values up to 1000, neither indices below 256 nor grey levels; save it with 8 bits a pixel',
      ),
    );
  });

  it('of equal red, green and blue are one value, and nearly equal ones their brightness', () => {
    expect(decode({ width: 2, samples: [0, 0, 0, 9, 9, 9], colourType: 'rgb' }).data).toEqual([0, 9]);
    // FSS-1000 has such pixels in masks of 0 and 1.
    expect(decode({ width: 3, samples: [1, 1, 0, 0, 1, 1, 1, 0, 0], colourType: 'rgb' }).data).toEqual([1, 1, 0]);
    expect(decode({ width: 2, samples: [0, 0, 0, 255, 9, 9, 9, 255], colourType: 'rgba' }).data).toEqual([0, 9]);
    expect(decode({ width: 2, samples: [3, 255, 0, 255], colourType: 'grey and alpha' }).data).toEqual([3, 0]);
  });

  it('are the indices of a palette and the greys of a mask that have transparent colours', () => {
    const transparent = (picture: Pick<PngRows, 'colourType' | 'palette'>, alphas: readonly number[]): number[] => {
      const png = pngOf({
        width: 3,
        height: 1,
        depth: 8,
        rows: Uint8Array.from([0, 0, 1, 2]),
        more: [['tRNS', Uint8Array.from(alphas)]],
        ...picture,
      });
      return [...decodeMask(png, 'a.png').mask.data];
    };
    expect(transparent({ colourType: 'palette', palette: [0, 0, 0, 128, 0, 0, 0, 128, 0] }, [0, 255, 128])).toEqual([
      0, 1, 2,
    ]);
    expect(transparent({ colourType: 'grey' }, [0, 0])).toEqual([0, 1, 2]);
  });

  it('in colours or transparent are refused', () => {
    expect(() => decode({ width: 2, samples: [0, 0, 0, 0, 0, 0, 0, 0, 0, 128, 0, 0], colourType: 'rgb' })).toThrow(
      new FormatError(
        'mask',
        'a.png is coloured: red, green and blue are 128, 0, 0 at x 1, y 1; save it with one number a pixel, as a greyscale or palette PNG, or read it as nonzero: what is not black is the object',
      ),
    );
    expect(() => decode({ width: 2, samples: [9, 255, 9, 0], colourType: 'grey and alpha' })).toThrow(
      'a.png is transparent in places; save it without',
    );
  });
});

describe('the encoding', () => {
  const ramp = Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
  it.each([
    ['empty', { samples: [0, 0] }],
    ['0/1', { samples: [0, 1] }],
    ['0/1', { samples: [1, 1] }],
    ['0/255', { samples: [0, 255] }],
    ['0/255', { samples: [0, 1], depth: 1 }],
    ['grey', { samples: [0, 3, 130, 255] }],
    ['grey', { samples: [0, 200] }],
    ['indexed', { samples: [0, 15] }],
    ['indexed', { samples: [0, 15, 255] }],
    ['0/1', { samples: [0, 1], colourType: 'palette', palette: [0, 0, 0, 128, 0, 0] }],
    ['indexed', { samples: [0, 200], colourType: 'palette', palette: ramp }],
    // Void alone, in PASCAL VOC's colours.
    ['indexed', { samples: [0, 255], colourType: 'palette', palette: [0, 0, 0, ...ramp.slice(3, 765), 224, 224, 192] }],
    ['0/255', { samples: [0, 255], colourType: 'palette', palette: ramp }],
  ] as const)('%s: %o', (encoding, png) => {
    expect(decode({ width: 2, ...png }).encoding).toBe(encoding);
  });

  it('of a black and white palette follows its colours, whatever their numbers', () => {
    const whiteFirst = { samples: [0, 1, 1, 0], colourType: 'palette', palette: [255, 255, 255, 0, 0, 0] } as const;
    expect(decode({ width: 2, ...whiteFirst })).toEqual({
      data: [255, 0, 0, 255],
      encoding: '0/255',
      values: [0, 255],
    });
  });
});

describe('a file that is not a whole PNG', () => {
  const whole = encodeMaskPng(halfMask(20, 20, 1));

  it('is refused wherever it is cut off', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: whole.length - 1 }), (length) => {
        expect(() => decodeMask(whole.subarray(0, length), 'a.png')).toThrow(
          new FormatError('mask', 'a.png is cut off or damaged: the file ends too early; copy or make it again'),
        );
      }),
    );
  });

  it('is refused when a bit is wrong, anywhere after its signature', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: whole.length - 1 }), fc.nat(7), (at, bit) => {
        const wrong = Uint8Array.from(whole);
        wrong[at] = (wrong[at] ?? 0) ^ (1 << bit);
        expect(() => decodeMask(wrong, 'a.png')).toThrow(FormatError);
      }),
    );
  });

  it('is refused when its compressed data ends early, in chunks that are whole', () => {
    const png = Buffer.from(plainPng({ width: 4, samples: Array(16).fill(1) }));
    const tall = plainPng({ width: 4, samples: Array(64).fill(1) });
    // The header of the tall one, with its checksum, before the data of the short one.
    expect(() => decodeMask(Buffer.concat([tall.subarray(0, 33), png.subarray(33)]), 'a.png')).toThrow(
      'a.png is cut off or damaged',
    );
  });

  it.each([
    ['empty', [], 'the file is empty; save it as a greyscale or palette PNG'],
    [
      'a JPEG',
      [0xff, 0xd8, 0xff, 0xe0],
      'it is a JPEG; JPEG changes the values along every border: save the mask as PNG from its source',
    ],
    [
      'text',
      [...Buffer.from('version https://git-lfs')],
      'it holds text (a download page, or a Git LFS pointer?); save it',
    ],
    ['something else', [1, 2, 3], 'it is not a known kind of picture; save it'],
  ])('is refused: %s', (_, content, reason) => {
    expect(() => decodeMask(Uint8Array.from(content), 'a.png')).toThrow(
      `[mask] a.png: a mask must be a PNG, and ${reason}`,
    );
  });

  it('is refused before memory is taken for the size that its header claims', () => {
    expect(() => decodeMask(plainPng({ width: 2 ** 31 - 1, samples: [] }), 'a.png')).toThrow(
      'its header says 2147483647×0 pixels',
    );
    const huge = Buffer.from(plainPng({ width: 1, samples: [0] }));
    huge.writeUInt32BE(2 ** 30, 16);
    expect(() => decodeMask(huge, 'a.png')).toThrow(
      '[mask] a.png is 1073741824×1; pictures may have up to 268435456 pixels (16384×16384). Scale it down, or copy it again if it should be smaller',
    );
  });
});

describe('class numbers', () => {
  const indices = (png: PlainPng): number[] => [...decodeIndices(plainPng(png), 'a.png').mask.data];

  it("are a palette's indices, even where its colours are black and white", () => {
    const png = {
      width: 3,
      samples: [0, 1, 2],
      depth: 8,
      colourType: 'palette',
      palette: [0, 0, 0, 255, 255, 255, 255, 255, 255],
    } as const;
    expect(indices(png)).toEqual([0, 1, 2]);
    expect(decode(png).data).toEqual([0, 255, 255]);
  });

  it("are found in VOC's colours", () => {
    const colours = [
      [0, 0, 0],
      [128, 0, 0],
      [0, 64, 128],
      [224, 224, 192],
    ];
    expect(indices({ width: 4, samples: colours.flat(), colourType: 'rgb' })).toEqual([0, 1, 20, 255]);
    expect(() => indices({ width: 1, samples: [128, 0, 1], colourType: 'rgb' })).toThrow(
      new FormatError(
        'mask',
        'a.png is coloured: red, green and blue are 128, 0, 1 at x 0, y 0; save it with one number a pixel, as a greyscale or palette PNG, or read it as nonzero: what is not black is the object',
      ),
    );
  });

  it('are greys as they are, of 8 bits or 16', () => {
    expect(indices({ width: 3, samples: [0, 20, 255] })).toEqual([0, 20, 255]);
    expect(indices({ width: 3, samples: [0, 20, 255], depth: 16 })).toEqual([0, 20, 255]);
    expect(indices({ width: 2, samples: [7, 7, 7, 0, 0, 0], colourType: 'rgb' })).toEqual([7, 0]);
  });
});

describe.skipIf(!hasSharedData)(`real masks${skipReason}`, () => {
  const read = (name: string): ReturnType<typeof decodeMask> => decodeMask(readFileSync(sharedData(name)), name);

  it('of FSS-1000 hold 0 and 1 in three channels', () => {
    for (const n of [1, 2, 3, 4, 5]) {
      expect(read(`fss-sample/eiffel-tower/${n}.png`)).toMatchObject({
        encoding: '0/1',
        values: [0, 1],
        mask: { width: 224, height: 224 },
      });
    }
  });

  it('of PASCAL VOC keep their class numbers', () => {
    const masks = 'voc-sample/VOC2012/SegmentationClassAug/';
    expect(read(`${masks}2011_000003.png`).values).toEqual([0, 5, 15, 255]);
    expect(read(`${masks}2011_000006.png`).values).toEqual([0, 9, 15, 18, 255]);
    expect(read(`${masks}2011_000025.png`)).toMatchObject({ encoding: 'indexed', values: [0, 6, 7] });
  });
});
