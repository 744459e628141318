import type { Mask, RgbImage } from '@hypercorr/datasets';
import { defaultEngine, fromArray } from '@hypercorr/tensor';
import { afterEach, describe, expect, test } from 'vitest';
import { colourSimilarity } from '../../src/baselines/colour-similarity.ts';
import { featureSimilarity } from '../../src/baselines/feature-similarity.ts';

const image = (...colours: readonly (readonly number[])[]): RgbImage => ({
  width: colours.length,
  height: 1,
  data: Uint8Array.from(colours.flat()),
});
const mask = (...indices: readonly number[]): Mask => ({
  width: indices.length,
  height: 1,
  data: Uint8Array.from(indices),
});

describe('colourSimilarity', () => {
  const [red, green, blue, dark] = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [9, 9, 9],
  ];
  if (red === undefined || green === undefined || blue === undefined || dark === undefined)
    throw new Error('four colours');

  test('is f / (f + g), f and g the shares of foreground and background with that colour', () => {
    // Foreground: red twice of two. Background: red once of four, green three times.
    const support = { image: image(red, red, red, green, green, green), mask: mask(1, 1, 0, 0, 0, 0) };
    const scores = colourSimilarity(image(red, green, blue), [support], 4);
    expect([...scores]).toEqual([Math.fround(1 / (1 + 0.25)), 0, 0.5]);
  });

  test('leaves void pixels out, and counts all shots together', () => {
    const first = { image: image(red, dark), mask: mask(1, 255) };
    const second = { image: image(green, dark), mask: mask(1, 0) };
    expect([...colourSimilarity(image(red, green, dark), [first, second], 8)]).toEqual([1, 1, 0]);
  });

  test('tells colours apart as finely as its levels', () => {
    const support = { image: image([0, 0, 0], [40, 0, 0]), mask: mask(1, 0) };
    expect([...colourSimilarity(image([0, 0, 0]), [support], 4)]).toEqual([0.5]);
    expect([...colourSimilarity(image([0, 0, 0]), [support], 8)]).toEqual([1]);
  });
});

describe('featureSimilarity', () => {
  const engine = defaultEngine();
  const before = engine.memory().tensors;
  afterEach(() => expect(engine.memory().tensors).toBe(before));
  const map = (channels: readonly (readonly number[])[]) =>
    fromArray(Float32Array.from(channels.flat()), [1, channels.length, 1, channels[0]?.length ?? 0]);

  test('is the cosine to the mean of the features that the mask marks', async () => {
    // Positions of the support: (3, 0), (1, 4), (−5, −5); the first two are the object, their mean is (2, 2).
    using support = map([
      [3, 1, -5],
      [0, 4, -5],
    ]);
    using query = map([
      [1, -1, 0],
      [1, -1, 2],
    ]);
    const scores = await featureSimilarity(query, [{ features: support, mask: mask(1, 1, 0) }], {
      width: 3,
      height: 1,
    });
    for (const [i, expected] of [1, -1, Math.SQRT1_2].entries()) expect(scores[i]).toBeCloseTo(expected, 4);
  });

  test('resizes the mask to the map and the scores to the query, corners on corners', async () => {
    using support = map([[1, -1]]);
    using query = map([[1, -1]]);
    const scores = await featureSimilarity(query, [{ features: support, mask: mask(1, 1, 0, 0, 0) }], {
      width: 5,
      height: 1,
    });
    for (const [i, expected] of [1, 0.5, 0, -0.5, -1].entries()) expect(scores[i]).toBeCloseTo(expected, 4);
  });

  test('averages the shots’ means, whatever the size of their objects', async () => {
    using first = map([
      [1, 1, 1, 9],
      [0, 0, 0, 9],
    ]);
    using second = map([[0], [1]]);
    using query = map([[1], [1]]);
    const shots = [
      { features: first, mask: mask(1, 1, 1, 0) },
      { features: second, mask: mask(1) },
    ];
    expect((await featureSimilarity(query, shots, { width: 1, height: 1 }))[0]).toBeCloseTo(1, 4);
  });
});
