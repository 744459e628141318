import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blankCanvas } from '../../src/composites/canvas.ts';
import { afterwards, colourMatrix } from '../../src/composites/colouring.ts';
import { compose } from '../../src/composites/compose.ts';
import { planComposite, type CompositePicture, type Layer } from '../../src/composites/plan-composite.ts';
import {
  halved,
  halvedPhotograph,
  halvingsFor,
  reduced,
  textureOf,
  withAlpha,
  type Texture,
} from '../../src/composites/texture.ts';
import { squareOf, type Rgb } from '../support/cut-outs.ts';
import { halfMask, photograph } from '../support/pictures.ts';

const [red, blue]: [Rgb, Rgb] = [
  [255, 0, 0],
  [0, 0, 255],
];
const neutral = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };
const plain: CompositePicture = {
  background: { kind: 'generated', seed: 1 },
  layers: [],
  colours: neutral,
  grain: 0,
  seed: 1,
};

function square(colour: Rgb, side = 16): Texture {
  const texture = textureOf(squareOf(colour, side));
  if (texture === undefined) throw new Error('the square is empty');
  return texture;
}

function layer(more: Partial<Layer>): Layer {
  return {
    cutOut: { image: 'square.png' },
    asked: true,
    x: 0.5,
    y: 0.5,
    scale: 0.5,
    stretch: 1,
    angle: 0,
    mirrored: false,
    colours: neutral,
    ...more,
  };
}

const size = { width: 32, height: 32 };
const black = { ...size, data: new Uint8Array(3 * 32 * 32) };

/** Composes red asked objects and blue others on black. */
function composed(layers: readonly Layer[]) {
  const textures = layers.map(({ asked }) => square(asked ? red : blue));
  return compose({ ...plain, layers }, textures, black, blankCanvas(size));
}

/** The columns and rows that a mask marks, as long as they are a rectangle. */
function rectangleOf(data: Uint8Array, width = 32): readonly number[] {
  const marked = [...data.keys()].filter((i) => data[i] === 1);
  const [columns, rows] = [marked.map((i) => i % width), marked.map((i) => Math.floor(i / width))];
  const box = [Math.min(...columns), Math.max(...columns) + 1, Math.min(...rows), Math.max(...rows) + 1] as const;
  expect(marked.length).toBe((box[1] - box[0]) * (box[3] - box[2]));
  return box;
}

describe('a composite', () => {
  it('shows an object where it is placed, and marks it', () => {
    const { image, mask } = composed([layer({ x: 0.75 })]);
    expect(rectangleOf(mask.data)).toEqual([16, 32, 8, 24]);
    for (let i = 0; i < mask.data.length; i += 1)
      expect([...image.data.subarray(3 * i, 3 * i + 3)]).toEqual(mask.data[i] === 1 ? [255, 0, 0] : [0, 0, 0]);
  });

  it('cuts an object off at the border', () => {
    expect(rectangleOf(composed([layer({ x: 0, y: 1 })]).mask.data)).toEqual([0, 8, 24, 32]);
  });

  it('stretches an object and turns it', () => {
    expect(rectangleOf(composed([layer({ stretch: 4, scale: 0.25 })]).mask.data)).toEqual([8, 24, 14, 18]);
    const turned = composed([layer({ stretch: 4, scale: 0.25, angle: Math.PI / 2 })]).mask.data;
    expect(rectangleOf(turned)).toEqual([14, 18, 8, 24]);
  });

  it('mirrors an object', () => {
    const left = withAlpha(photograph(16, 16), halfMask(16, 16, 1));
    // A pixel at the right end keeps the other half in the box.
    left.data[4 * 16 * 8 - 1] = 200;
    const texture = textureOf(left);
    if (texture === undefined) throw new Error('the half is empty');
    const of = (mirrored: boolean) =>
      [...compose({ ...plain, layers: [layer({ mirrored })] }, [texture], black, blankCanvas(size)).mask.data].reduce(
        (sum, marked, i) => sum + marked * Math.sign((i % 32) - 15.5),
        0,
      );
    expect(of(false)).toBeLessThan(-100);
    expect(of(true)).toBeGreaterThan(100);
  });

  it('marks only what others leave visible, and not what lies behind', () => {
    const over = composed([layer({}), layer({ asked: false, x: 0.75 })]);
    expect(rectangleOf(over.mask.data)).toEqual([8, 16, 8, 24]);
    const under = composed([layer({ asked: false, x: 0.75 }), layer({})]);
    expect(rectangleOf(under.mask.data)).toEqual([8, 24, 8, 24]);
  });

  it('brings an object to the front that others hide, and enlarges one that is too small to be seen', () => {
    const { mask } = composed([layer({}), layer({ asked: false, scale: 0.9 })]);
    expect(mask.data.filter((marked) => marked === 1).length).toBeGreaterThan(200);
    const tiny = composed([layer({ scale: 0.01, x: 0.01 })]);
    expect(tiny.mask.data.includes(1)).toBe(true);
  });

  it('marks exactly the pixels that show more of the asked objects than of all else', () => {
    const cutOuts = {
      name: 'squares',
      root: '',
      classes: ['a', 'b'].map((name) => ({ name, cutOuts: [{ image: `${name}.png` }] })),
    };
    fc.assert(
      fc.property(fc.nat(100_000), (index) => {
        const { pictures } = planComposite(cutOuts, { seed: 2, shots: 1 }, index);
        for (const picture of pictures) {
          const layers = picture.layers.map(({ asked, x, y, scale, stretch, angle, mirrored }) =>
            layer({ asked, x, y, scale, stretch, angle, mirrored }),
          );
          const { image, mask } = composed(layers);
          for (let i = 0; i < mask.data.length; i += 1) {
            const share = image.data[3 * i] ?? 0;
            if (share > 128) expect(mask.data[i]).toBe(1);
            if (share < 127) expect(mask.data[i]).toBe(0);
          }
          expect(mask.data.includes(1)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('fills the picture with a part of the background, mirrored or not', () => {
    const data = Uint8Array.from({ length: 3 * 64 * 32 }, (_, i) => (i % 3 === 0 ? 4 * (Math.floor(i / 3) % 64) : 0));
    const of = (mirrored: boolean, x: number) => {
      const background = { kind: 'photograph', file: 'a.jpg', zoom: 1, x, y: 0, mirrored } as const;
      return compose({ ...plain, background }, [], { width: 64, height: 32, data }, blankCanvas(size)).image.data;
    };
    const row = (start: number) => Array.from({ length: 32 }, (_, x) => 4 * (start + x));
    const reds = (pixels: Uint8Array) => Array.from({ length: 32 }, (_, x) => pixels[3 * x]);
    expect(reds(of(false, 0))).toEqual(row(0));
    expect(reds(of(false, 1))).toEqual(row(32));
    expect(reds(of(true, 0.5))).toEqual(row(16).toReversed());
  });
});

describe('a texture', () => {
  it('is trimmed to its object, with its colours multiplied by alpha', () => {
    const data = new Uint8Array(4 * 5 * 4);
    data.set([200, 100, 50, 255], 4 * (5 * 1 + 2));
    data.set([200, 100, 50, 51], 4 * (5 * 1 + 3));
    const texture = textureOf({ width: 5, height: 4, data });
    expect(texture).toMatchObject({ width: 4, height: 3, fullSide: 2 });
    expect([...(texture?.data.subarray(16, 32) ?? [])]).toEqual([
      0, 0, 0, 0, 200, 100, 50, 255, 40, 20, 10, 51, 0, 0, 0, 0,
    ]);
  });

  it('is none where every pixel is almost transparent', () => {
    const data = new Uint8Array(16).fill(127);
    expect(textureOf({ width: 2, height: 2, data })).toBeUndefined();
  });

  it('halves to the rounded mean of four pixels, transparent ones around an odd side', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 7 }), fc.nat(), (across, down, seed) => {
        const [width, height] = [across + 2, down + 2];
        const inside = (x: number, y: number) => x >= 1 && y >= 1 && x <= across && y <= down;
        const data = Uint8Array.from({ length: 4 * width * height }, (_, i) => {
          const pixel = Math.floor(i / 4);
          return inside(pixel % width, Math.floor(pixel / width)) ? (seed * 7 + i * 91) % 256 : 0;
        });
        const half = halved({ width, height, data, fullSide: 9 });
        const at = (x: number, y: number, channel: number) =>
          x < width && y < height ? (data[4 * (y * width + x) + channel] ?? 0) : 0;
        for (let i = 0; i < half.data.length; i += 1) {
          const [pixel, c] = [Math.floor(i / 4), i % 4];
          const [x, y] = [2 * (pixel % half.width) - 1, 2 * Math.floor(pixel / half.width) - 1];
          const border = x < 0 || y < 0 || x > across || y > down;
          const sum = at(x, y, c) + at(x + 1, y, c) + at(x, y + 1, c) + at(x + 1, y + 1, c);
          expect(half.data[i]).toBe(border ? 0 : Math.floor((sum + 2) / 4));
        }
      }),
      { numRuns: 60 },
    );
  });

  it('is reduced to about the size that it is drawn at', () => {
    const texture = square(red, 64);
    for (const [drawn, side] of [
      [200, 64],
      [54, 64],
      [53, 32],
      [27, 32],
      [20, 16],
      [0.5, 2],
    ] as const) {
      const small = reduced(texture, halvingsFor(64, drawn));
      expect([small.width, small.height, small.fullSide]).toEqual([side + 2, side + 2, 64]);
      // The square stays opaque.
      expect(small.data[4 * (small.width + 1) + 3]).toBe(255);
    }
    expect(halvingsFor(7, 3)).toBe(2);
  });
});

it('a halved photograph has means of four pixels', () => {
  const data = Uint8Array.of(0, 0, 0, 4, 8, 12, 99, 99, 99, 8, 8, 8, 4, 0, 0, 99, 99, 99);
  expect(halvedPhotograph({ width: 3, height: 2, data })).toEqual({
    width: 1,
    height: 1,
    data: Uint8Array.of(4, 4, 5),
  });
});

describe('colours', () => {
  const apply = (matrix: readonly number[], [r, g, b]: Rgb): number[] =>
    [0, 1, 2].map((row) =>
      [r, g, b, 1].reduce((sum, value, column) => sum + (matrix[4 * row + column] ?? 0) * value, 0),
    );

  it('stay where nothing is changed', () => {
    expect(apply(colourMatrix(neutral), [10, 200, 30]).map(Math.round)).toEqual([10, 200, 30]);
  });

  it('change as asked', () => {
    expect(apply(colourMatrix({ ...neutral, brightness: 0.5 }), [10, 200, 30])).toEqual([5, 100, 15]);
    expect(apply(colourMatrix({ ...neutral, contrast: 0.5 }), [28, 228, 128])).toEqual([78, 178, 128]);
    const grey = 0.299 * 10 + 0.587 * 200 + 0.114 * 30;
    for (const value of apply(colourMatrix({ ...neutral, saturation: 0 }), [10, 200, 30]))
      expect(value).toBeCloseTo(grey, 6);
    // A third of a turn takes red to green, green to blue and blue to red.
    const turned = apply(colourMatrix({ ...neutral, hue: (2 * Math.PI) / 3 }), [10, 200, 30]);
    expect(turned.map(Math.round)).toEqual([30, 10, 200]);
  });

  it('change one way after the other', () => {
    const first = colourMatrix({ brightness: 1.2, contrast: 0.7, saturation: 0.4, hue: 0.3 });
    const second = colourMatrix({ brightness: 0.8, contrast: 1.1, saturation: 1.2, hue: -0.1 });
    const [r = 0, g = 0, b = 0] = apply(first, [10, 200, 30]);
    const [both, apart] = [apply(afterwards(first, second), [10, 200, 30]), apply(second, [r, g, b])];
    for (const [i, value] of both.entries()) expect(value).toBeCloseTo(apart[i] ?? 0, 6);
  });
});
