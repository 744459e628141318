import { expect, it } from 'vitest';
import type { EpisodeItem, Sample } from '../../src/index.ts';
import { ItemCache } from '../../src/prefetch/byte-cache.ts';

const sample = (name: string): Sample => ({ image: `${name}.jpg`, mask: `${name}.png` });

/** A cache of items of 40 bytes, and the names of what was read for it. */
function cacheOf(limit: number): { cache: ItemCache; reads: string[] } {
  const reads: string[] = [];
  const read = async (of: Sample): Promise<EpisodeItem> => {
    reads.push(of.image);
    if (of.image === 'broken.jpg') throw new Error('broken');
    return {
      sample: of,
      image: { width: 10, height: 1, data: new Uint8Array(30) },
      mask: { width: 10, height: 1, data: new Uint8Array(10) },
    };
  };
  return { cache: new ItemCache(read, limit), reads };
}

it('reads once what fits, and lets go of what was used longest ago', async () => {
  const { cache, reads } = cacheOf(80);
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await cache.get(sample(name));
  // c takes the place of b, and b that of c.
  expect(reads).toEqual(['a.jpg', 'b.jpg', 'c.jpg', 'b.jpg']);
  expect(cache.bytes).toBe(80);
});

it('reads once for all that wait', async () => {
  const { cache, reads } = cacheOf(0);
  const [one, other] = await Promise.all([cache.get(sample('a')), cache.get(sample('a'))]);
  expect(one).toBe(other);
  expect(reads).toEqual(['a.jpg']);
  expect(cache.bytes).toBe(0);
});

it('tells masks of one photograph apart', async () => {
  const { cache, reads } = cacheOf(1000);
  await cache.get({ ...sample('a'), foreground: 1 });
  await cache.get({ ...sample('a'), foreground: 2 });
  expect(reads.length).toBe(2);
});

it('forgets failures', async () => {
  const { cache, reads } = cacheOf(1000);
  await expect(cache.get(sample('broken'))).rejects.toThrow('broken');
  await expect(cache.get(sample('broken'))).rejects.toThrow('broken');
  expect(reads.length).toBe(2);
});
