import type { Mask, RgbImage } from '@hypercorr/datasets';
import { describe, expect, test } from 'vitest';
import { classColour, drawOverlay } from '../../src/pictures/index.ts';

const grey = (width: number, height: number): RgbImage => ({
  width,
  height,
  data: new Uint8Array(3 * width * height).fill(100),
});
const pixel = ({ data, width }: RgbImage, x: number, y: number) => [
  ...data.subarray(3 * (y * width + x), 3 * (y * width + x) + 3),
];

/** A square of `index` from `from` to `to` on both axes. */
function square(size: number, from: number, to: number, index = 1): Mask {
  const inside = (place: number) => place >= from && place < to;
  const data = Uint8Array.from({ length: size * size }, (_, i) =>
    inside(i % size) && inside(Math.floor(i / size)) ? index : 0,
  );
  return { width: size, height: size, data };
}

describe('drawOverlay', () => {
  test('tints what the mask marks, in the class’s colour, and leaves the rest as it is', () => {
    const image = grey(20, 20);
    const drawn = drawOverlay(image, square(20, 5, 15), { opacity: 0.5 });
    expect(pixel(drawn, 10, 10)).toEqual(classColour(1).map((value) => Math.round(50 + value / 2)));
    expect(pixel(drawn, 0, 0)).toEqual([100, 100, 100]);
    expect(
      image.data.every((value) => value === 100),
      'the image itself is not drawn on',
    ).toBe(true);
  });

  test('draws a coloured line inside the edge and a white one outside', () => {
    const drawn = drawOverlay(grey(20, 20), square(20, 5, 15), { opacity: 0 });
    expect(pixel(drawn, 5, 10)).toEqual([...classColour(1)]);
    expect(pixel(drawn, 4, 10)).toEqual([255, 255, 255]);
    expect(pixel(drawn, 6, 10)).toEqual([100, 100, 100]);
    expect(pixel(drawn, 3, 10)).toEqual([100, 100, 100]);
  });

  test('the line grows with the picture', () => {
    const drawn = drawOverlay(grey(800, 800), square(800, 200, 600), { opacity: 0 });
    const coloured = [200, 201, 202, 203].map((x) => pixel(drawn, x, 400)[0] === classColour(1)[0]);
    expect(coloured).toEqual([true, true, true, false]);
  });

  test('the picture’s border is no edge of the object', () => {
    const drawn = drawOverlay(grey(10, 10), square(10, 0, 10), { opacity: 0 });
    expect(drawn.data.every((value) => value === 100)).toBe(true);
  });

  test('classes and void have colours of their own', () => {
    const colours = Array.from({ length: 256 }, (_, index) => classColour(index).join());
    expect(new Set(colours.slice(0, 64)).size).toBe(64);
    expect(classColour(255)).toEqual([128, 128, 128]);
    const drawn = drawOverlay(grey(20, 20), square(20, 5, 15, 2), { opacity: 1 });
    expect(pixel(drawn, 10, 10)).toEqual([...classColour(2)]);
  });

  test('refuses a mask of another size, and says both', () => {
    expect(() => drawOverlay(grey(4, 3), square(4, 0, 1))).toThrow(
      '[drawOverlay] the image is 4×3, the mask 4×4; resize one of them first',
    );
  });
});
