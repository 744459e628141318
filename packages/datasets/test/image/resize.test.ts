import { readFileSync } from 'node:fs';
import { ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageDeviation, imageMean, normalise, resizeBilinear, resizeNearest, type RgbImage } from '../../src/index.ts';

interface Cases {
  readonly bilinear: readonly { from: [number, number]; to: [number, number]; contrast: boolean; bytes: string }[];
  readonly nearest: readonly { from: number; to: number; places: readonly number[] }[];
  readonly normalised: string;
}
const cases = JSON.parse(
  readFileSync(new URL('../../../../fixtures/resize/cases.json', import.meta.url), 'utf8'),
) as Cases;

/** The picture of fixtures/resize/make.py. */
function picture(width: number, height: number, contrast: boolean): RgbImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const value = (i * i * 31 + i * 17 + width) % 251;
    return contrast ? (value > 125 ? 255 : 0) : value;
  });
  return { width, height, data };
}

const sizes = fc.record({ width: fc.integer({ min: 1, max: 24 }), height: fc.integer({ min: 1, max: 24 }) });

describe('resizeBilinear', () => {
  it.each(cases.bilinear)(
    "is Pillow's, bit for bit: $from to $to, contrast $contrast",
    ({ from, to, contrast, bytes }) => {
      const resized = resizeBilinear(picture(...from, contrast), { width: to[0], height: to[1] });
      expect([resized.width, resized.height]).toEqual(to);
      expect(Buffer.from(resized.data).equals(Buffer.from(bytes, 'base64'))).toBe(true);
    },
  );

  it('keeps a picture of one colour, at any size', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.tuple(...Array(3).fill(fc.nat(255))), ({ width, height }, to, colour) => {
        const image = {
          width,
          height,
          data: Uint8Array.from({ length: 3 * width * height }, (_, i) => Number(colour[i % 3])),
        };
        const resized = resizeBilinear(image, to);
        expect(resized.data).toEqual(
          Uint8Array.from({ length: 3 * to.width * to.height }, (_, i) => Number(colour[i % 3])),
        );
      }),
    );
  });

  it('gives a copy at the same size, and leaves the picture as it is', () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), (size, contrast) => {
        const image = picture(size.width, size.height, contrast);
        const resized = resizeBilinear(image, size);
        expect(resized).toEqual(image);
        expect(resized.data).not.toBe(image.data);
      }),
    );
  });

  it('mirrors with the picture, up to the rounding of its weights', () => {
    const mirror = ({ width, height, data }: RgbImage): RgbImage => ({
      width,
      height,
      data: data.map(
        (_, i) =>
          data[3 * (width * Math.floor(i / 3 / width) + width - 1 - (Math.floor(i / 3) % width)) + (i % 3)] ?? 0,
      ),
    });
    fc.assert(
      fc.property(sizes, sizes, (from, to) => {
        const image = picture(from.width, from.height, false);
        const a = resizeBilinear(mirror(image), to).data;
        const b = mirror(resizeBilinear(image, to)).data;
        // Sums that end in exactly one half are rounded by the last bits of their weights.
        expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? 0))))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('refuses sizes and data that do not fit', () => {
    const image = picture(3, 2, false);
    expect(() => resizeBilinear(image, { width: 0, height: 4 })).toThrow(
      new ShapeError('resizeBilinear', 'width and height must be whole numbers from 1; got 0×4'),
    );
    expect(() => resizeBilinear(image, { width: 1.5, height: 4 })).toThrow('got 1.5×4');
    expect(() => resizeBilinear({ ...image, width: 4 }, { width: 1, height: 1 })).toThrow(
      'a 4×2 picture has 3 bytes a pixel, 24 in all; got 18',
    );
  });
});

describe('resizeNearest', () => {
  it.each(cases.nearest)("takes PyTorch's pixels: $from to $to", ({ from, to, places }) => {
    const row = Uint8Array.from({ length: from }, (_, i) => i);
    expect([...resizeNearest({ width: from, height: 1, data: row }, { width: to, height: 1 }).data]).toEqual(places);
    expect([...resizeNearest({ width: 1, height: from, data: row }, { width: 1, height: to }).data]).toEqual(places);
  });

  it('has fixtures that tell float32 from float64', () => {
    const inFloat64 = cases.nearest.filter(({ from, to, places }) =>
      places.every((place, i) => place === Math.min(from - 1, Math.floor(i * (from / to)))),
    );
    expect(inFloat64.length).toBeLessThan(cases.nearest.length);
  });

  it('invents no index', () => {
    fc.assert(
      fc.property(sizes, sizes, fc.uint8Array({ minLength: 576, maxLength: 576 }), (from, to, bytes) => {
        const data = bytes.subarray(0, from.width * from.height);
        const resized = resizeNearest({ ...from, data }, to);
        expect(resized.data.every((index) => data.includes(index))).toBe(true);
      }),
    );
  });

  it('refuses data that does not fit', () => {
    expect(() => resizeNearest({ width: 2, height: 2, data: new Uint8Array(3) }, { width: 1, height: 1 })).toThrow(
      'a 2×2 picture has one byte a pixel, 4 in all; got 3',
    );
  });
});

describe('normalise', () => {
  it("is torchvision's, bit for bit, for every byte", () => {
    const ramp = Uint8Array.from({ length: 3 * 256 }, (_, i) => i / 3);
    const expected = new Float32Array(new Uint8Array(Buffer.from(cases.normalised, 'base64')).buffer);
    expect(normalise({ width: 256, height: 1, data: ramp })).toEqual(expected);
  });

  it('rounds once, as pretraining wants it: to other values in 491 of 768 places', () => {
    const ramp = { width: 256, height: 1, data: Uint8Array.from({ length: 3 * 256 }, (_, i) => i / 3) };
    const [stepwise, once] = [normalise(ramp), normalise(ramp, 'once')];
    for (const [i, found] of once.entries()) {
      const [mean, deviation] = [imageMean[i >> 8] ?? NaN, imageDeviation[i >> 8] ?? NaN];
      const exact = ((i & 255) / 255 - mean) / deviation;
      expect(found).toBe(Math.fround(exact));
      // Rounding in steps keeps the error of the largest step, which the subtraction does not make smaller.
      expect(Math.abs((stepwise[i] ?? NaN) - exact)).toBeLessThan(2 ** -23 / deviation);
    }
    expect(once.filter((value, i) => value !== stepwise[i]).length).toBe(491);
  });

  it('puts channels before rows before columns', () => {
    const image = { width: 2, height: 1, data: Uint8Array.of(0, 0, 0, 255, 255, 255) };
    const out = normalise(image);
    expect(out.length).toBe(6);
    expect([...out].map((value) => Math.sign(value))).toEqual([-1, 1, -1, 1, -1, 1]);
  });
});
