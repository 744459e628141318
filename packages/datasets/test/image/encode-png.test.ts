import { ShapeError } from '@hypercorr/tensor';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeMask, encodeMaskPng, encodePng, foregroundOf, vocPalette } from '../../src/index.ts';
import { decodeImage } from '../../src/node.ts';
import { halfMask, photograph } from '../support/pictures.ts';

it('a photograph comes back from its PNG', async () => {
  const image = photograph(13, 7);
  expect(await decodeImage(encodePng(image), 'a.png')).toEqual(image);
});

it("a mask's numbers come back, with and without a palette", () => {
  const mask = { width: 4, height: 2, data: Uint8Array.of(0, 1, 2, 20, 255, 7, 0, 1) };
  expect(decodeMask(encodeMaskPng(mask), 'a.png')).toMatchObject({
    mask,
    encoding: 'indexed',
    values: [0, 1, 2, 7, 20, 255],
  });
  expect(decodeMask(encodeMaskPng(mask, { palette: vocPalette() }), 'a.png')).toMatchObject({
    mask,
    encoding: 'indexed',
    values: [0, 1, 2, 7, 20, 255],
  });
});

it('any mask comes back through a palette of as many colours as it needs', () => {
  const masks = fc
    .integer({ min: 1, max: 9 })
    .chain((width) => fc.tuple(fc.constant(width), fc.array(fc.nat(20), { minLength: width, maxLength: width })));
  fc.assert(
    fc.property(masks, ([width, data]) => {
      const mask = { width, height: 1, data: Uint8Array.from(data) };
      expect(
        decodeMask(encodeMaskPng(mask, { palette: vocPalette().slice(0, Math.max(...data) + 1) }), 'a.png').mask,
      ).toEqual(mask);
    }),
  );
});

it('refuses an index without a colour', () => {
  expect(() => encodeMaskPng(halfMask(4, 4, 3), { palette: vocPalette().slice(0, 3) })).toThrow(
    new ShapeError('encodeMaskPng', 'a palette has up to 256 colours, one for each index; got 3 for indices up to 3'),
  );
});

it("PASCAL VOC's colours are the published ones", () => {
  const palette = vocPalette();
  expect(palette.length).toBe(256);
  // Aeroplane, bicycle, person, monitor, void.
  expect([1, 2, 15, 20, 255].map((index) => palette[index])).toEqual([
    [128, 0, 0],
    [0, 128, 0],
    [192, 128, 128],
    [0, 64, 128],
    [224, 224, 192],
  ]);
});

it('void is not foreground', () => {
  expect(foregroundOf({ width: 4, height: 1, data: Uint8Array.of(0, 1, 255, 1) })).toEqual(Float32Array.of(0, 1, 0, 1));
});
