import { expect, it } from 'vitest';
import { ByteCache } from '../../src/node.ts';
import { movableBuffers } from '../../src/prefetch/buffers.ts';

interface Picture {
  readonly image: { readonly data: Uint8Array };
  readonly masks: readonly Uint8Array[];
}

/** A cache of values of 40 bytes, and the names of those that were made for it. */
function cacheOf(limit: number) {
  const made: string[] = [];
  const cache = new ByteCache<Picture>(limit);
  const get = (name: string): Promise<Picture> =>
    cache.get(name, async () => {
      made.push(name);
      if (name === 'broken') throw new Error('broken');
      return { image: { data: new Uint8Array(30) }, masks: [new Uint8Array(10)] };
    });
  return { cache, get, made };
}

it('makes a value once while it fits, and forgets the one that was used longest ago', async () => {
  const { cache, get, made } = cacheOf(80);
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await get(name);
  // c takes the place of b, and b that of c.
  expect(made).toEqual(['a', 'b', 'c', 'b']);
  expect(cache.bytes).toBe(80);
});

it('makes a value once for all who wait for it', async () => {
  const { cache, get, made } = cacheOf(0);
  const [one, other] = await Promise.all([get('a'), get('a')]);
  expect(one).toBe(other);
  expect(made).toEqual(['a']);
  expect(cache.bytes).toBe(0);
});

it('forgets failures', async () => {
  const { get, made } = cacheOf(1000);
  await expect(get('broken')).rejects.toThrow('broken');
  await expect(get('broken')).rejects.toThrow('broken');
  expect(made.length).toBe(2);
});

it('keeps its buffers: messages move all others, and only those that one array fills', async () => {
  const { get } = cacheOf(80);
  const { image } = await get('a');
  const [own, part] = [new Float32Array(3), new Uint8Array(new ArrayBuffer(8), 2, 3)];
  expect(movableBuffers({ image, list: [own, part, own.subarray(1)], text: 'a', none: null })).toEqual([own.buffer]);
});
