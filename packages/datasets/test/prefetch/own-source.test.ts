import { mkdir, symlink } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FormatError } from '@hypercorr/tensor';
import { expect, it } from 'vitest';
import type { Json, Source } from '../../src/index.ts';
import { Prefetcher } from '../../src/node.ts';
import { testFolder } from '../support/folder.ts';

/** A reader's thread takes a second or two to start. */
const patience = { timeout: 60_000 };

const folder = testFolder();

interface Squares {
  readonly square: number;
  readonly numbers: Float32Array;
  readonly remembered: Float32Array;
  readonly cacheBytes: number;
}

/** A reader in a folder of a user's own, with this repository's packages beside it as a package manager puts them. */
async function writeReader(name: string, text: string): Promise<URL> {
  await mkdir(folder.path('node_modules/@hypercorr'), { recursive: true });
  for (const each of ['tensor', 'datasets']) {
    const target = fileURLToPath(new URL(`../../../${each}`, import.meta.url));
    await symlink(target, folder.path(`node_modules/@hypercorr/${each}`), 'dir');
  }
  await folder.write('package.json', '{ "type": "module" }');
  return pathToFileURL(await folder.write(name, text));
}

const own = `
  import { FormatError } from '@hypercorr/tensor';
  import { ByteCache } from '@hypercorr/datasets/node';

  export function createReader({ factor }, { cacheBytes }) {
    const cache = new ByteCache(cacheBytes);
    return async ({ number }) => {
      if (number === 3) throw new FormatError('square', 'three.txt is not a square');
      const remembered = await cache.get('all', () => new Float32Array(4).fill(factor));
      return { square: factor * number * number, numbers: new Float32Array([number]), remembered, cacheBytes };
    };
  }
`;

const sourceOf = (module: URL, options: Json): Source<Squares, { readonly number: number }> => ({
  length: 6,
  unit: 'square',
  plan: (index) => ({ number: index }),
  reader: { module, options },
});

it.each([
  ['reader.mjs', own],
  [
    'reader.ts',
    own
      .replace(
        '({ factor }, { cacheBytes })',
        '({ factor }: { factor: number }, { cacheBytes }: { cacheBytes: number })',
      )
      .replace('({ number })', '({ number }: { number: number })'),
  ],
])('a user’s own %s reads in this thread and in workers alike', patience, async (name, text) => {
  const source = sourceOf(await writeReader(name, text), { factor: 2 });
  for (const workers of [0, 2]) {
    const faults: unknown[] = [];
    const prefetcher = new Prefetcher(source, { workers, cacheBytes: 1001, onFault: (fault) => faults.push(fault) });
    const found: [number, Squares][] = [];
    for await (const { index, item } of prefetcher) found.push([index, item]);
    // What a cache holds is given again and again; two workers share the bytes.
    const remembered = new Float32Array(4).fill(2);
    expect(found).toEqual(
      [0, 1, 2, 4, 5].map((number) => [
        number,
        {
          square: 2 * number * number,
          numbers: new Float32Array([number]),
          remembered,
          cacheBytes: workers === 0 ? 1001 : 500,
        },
      ]),
    );
    const error = new FormatError('square', 'three.txt is not a square');
    expect(faults).toEqual([{ index: 3, plan: { number: 3 }, error }]);
    expect(prefetcher.skipped).toBe(1);
  }
});

it('a module that is no reader is refused by its name', patience, async () => {
  const none = await writeReader('none.mjs', 'export const reader = 1;');
  const empty = pathToFileURL(await folder.write('empty.mjs', 'export const createReader = () => undefined;'));
  const missing = pathToFileURL(folder.path('missing.mjs'));
  const first = (module: URL, workers: number) => new Prefetcher(sourceOf(module, null), { workers }).next();
  await expect(first(none, 0)).rejects.toThrow(
    `[prefetcher] ${none.href} must export a function createReader(options)`,
  );
  await expect(first(empty, 0)).rejects.toThrow(
    `[prefetcher] createReader of ${empty.href} must return a function from a plan to an item`,
  );
  for (const workers of [0, 1]) await expect(first(missing, workers)).rejects.toThrow(/missing\.mjs/);
});

it('items and plans that cannot go to another thread are an error of the program', patience, async () => {
  const module = await writeReader('functions.mjs', 'export const createReader = () => () => ({ f() {} });');
  await expect(new Prefetcher(sourceOf(module, null)).next()).rejects.toThrow('could not be cloned');
  const source = { ...sourceOf(module, null), plan: () => ({ number: () => 1 }) };
  await expect(new Prefetcher(source).next()).rejects.toThrow('could not be cloned');
});
