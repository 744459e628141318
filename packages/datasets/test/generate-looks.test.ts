import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  figureClasses,
  looksGenerated,
  pictureTraits,
  renderScene,
  resizeBilinear,
  type RgbImage,
} from '../src/index.ts';
import { decodeImage, encodeJpeg, readImage } from '../src/node.ts';
import { photograph } from './support/pictures.ts';
import { hasSharedData, sharedData, skipReason } from './support/shared-data.ts';

const classes = figureClasses();

/** A scene as its file holds it. */
async function scene(number: number, size: number): Promise<RgbImage> {
  const cls = classes[number % classes.length] ?? expect.fail();
  const { width, height, pixels } = renderScene(classes, cls, number, { seed: 11, size });
  return decodeImage(await encodeJpeg({ width, height, data: pixels }, 92), 'scene');
}

const share = (answers: readonly boolean[]): number => answers.filter(Boolean).length / answers.length;

describe('looksGenerated', () => {
  it('knows generated scenes, at any usual size', async () => {
    const answers: boolean[] = [];
    for (let i = 0; i < 60; i += 1) answers.push(looksGenerated(await scene(i, [112, 160, 224][i % 3] ?? 160)));
    expect(share(answers)).toBeGreaterThanOrEqual(59 / 60);
  });

  it.skipIf(!hasSharedData)(`takes few photographs for scenes${skipReason}`, async () => {
    const folders = ['real/voc2012-subset/JPEGImages', 'real/ccp-clothing/images', 'queries'].map(sharedData);
    const files = folders.flatMap((folder) =>
      readdirSync(folder)
        .filter((name) => name.endsWith('.jpg'))
        .slice(0, 30)
        .map((name) => `${folder}/${name}`),
    );
    const answers: boolean[] = [];
    for (const file of files) answers.push(looksGenerated(await readImage(file)));
    expect(share(answers)).toBeLessThan(0.15);
  });

  it('takes flat and smooth pictures for no scenes', () => {
    const flat = (...colour: readonly number[]): RgbImage => ({
      width: 40,
      height: 30,
      data: Uint8Array.from({ length: 3 * 1200 }, (_, i) => colour[i % 3] ?? 0),
    });
    for (const image of [flat(0, 0, 0), flat(200, 30, 90), photograph(200, 150)])
      expect(looksGenerated(image)).toBe(false);
  });
});

describe('pictureTraits', () => {
  it('are those of colours without lightness, and of lightness without colours', async () => {
    const image = await scene(3, 160);
    const grey = { ...image, data: image.data.map((_, i) => image.data[i - (i % 3)] ?? 0) };
    expect(pictureTraits(grey).colours).toBe(0);
    // Half as bright all over: differences keep their relations, up to rounding.
    const dark = { ...image, data: image.data.map((value) => value / 2) };
    expect(pictureTraits(dark).roughness).toBeCloseTo(pictureTraits(image).roughness, 2);
  });

  it('hardly depend on the size', async () => {
    const image = await scene(5, 320);
    const [large, small] = [image, resizeBilinear(image, { width: 160, height: 160 })].map(pictureTraits);
    expect(Math.abs((large?.roughness ?? 0) - (small?.roughness ?? 1))).toBeLessThan(0.03);
    expect(Math.abs((large?.colours ?? 0) - (small?.colours ?? 1))).toBeLessThan(0.15);
  });

  it('of a ramp grow with the distance: twice as far, twice as different', () => {
    const ramp = {
      width: 96,
      height: 96,
      data: Uint8Array.from({ length: 3 * 96 * 96 }, (_, i) => 2 * (Math.floor(i / 3) % 96)),
    };
    expect(pictureTraits(ramp)).toEqual({ colours: 0, roughness: 0.5 });
  });
});
