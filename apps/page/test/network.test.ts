import { Segmenter, SupportsError } from '@hypercorr/hsnet';
import { defaultEngine } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { segment } from '../src/segment/network.ts';
import { seededWeights } from './support/seeded-weights.ts';

const engine = defaultEngine();
const [weights = new Uint8Array()] = await seededWeights(32);

describe('segment', () => {
  let segmenter: Segmenter;
  beforeAll(async () => {
    segmenter = await Segmenter.load({ weights, engine });
  });
  afterAll(() => segmenter.dispose());

  const picture = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37) % 256),
  });
  const mask = (width: number, height: number, marked: number) => ({
    width,
    height,
    data: new Uint8Array(width * height).fill(1, 0, marked),
  });

  it('gives a mask and a probability at the size of the query, and remembers no picture', async () => {
    const query = picture(21, 50);
    const episode = { support: picture(40, 30), mask: mask(40, 30, 400), query };
    const found = await segment(segmenter, episode);
    // The folded weights of the backbone were made by now, and stay with it.
    const { tensors } = engine.memory();
    expect([found.mask.width, found.mask.height, found.probability.length]).toEqual([21, 50, 21 * 50]);
    for (const [pixel, probability] of found.probability.entries()) {
      if (Math.abs(probability - 0.5) > 1e-6) expect(found.mask.data[pixel]).toBe(Number(probability > 0.5));
    }
    expect(segmenter.classes).toEqual([]);
    await segment(segmenter, episode);
    expect(engine.memory().tensors).toBe(tensors);
  });

  it('refuses a mask that marks nothing, or is of another size', async () => {
    const support = picture(320, 320);
    const refusal = (marked: ReturnType<typeof mask>) =>
      segment(segmenter, { support, mask: marked, query: support }).catch((reason: unknown) => reason);
    expect(await refusal(mask(320, 320, 0))).toBeInstanceOf(SupportsError);
    // A corner of five pixels, of which the network would see none.
    const corner = { width: 320, height: 320, data: new Uint8Array(320 * 320).fill(1, 5, 9) };
    expect(String(await refusal(corner))).toContain('the example: no pixel is marked (at 32×32)');
    expect(String(await refusal(mask(10, 10, 10)))).toContain('the image is 320×320, the mask 10×10');
  });

  it('stops where it is asked to', async () => {
    const abort = new AbortController();
    abort.abort(new Error('no longer wanted'));
    const episode = { support: picture(40, 30), mask: mask(40, 30, 400), query: picture(21, 50) };
    await expect(segment(segmenter, episode, abort.signal)).rejects.toThrow('no longer wanted');
    expect(segmenter.classes).toEqual([]);
  });
});
