import { existsSync } from 'node:fs';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hypercorr, root } from '../support/hypercorr.ts';

const { photographs } = (await import(new URL('../../../scripts/photographs.mjs', import.meta.url).href)) as {
  readonly photographs: readonly string[];
};

/** What `hypercorr predict --json` prints. */
interface Predicted {
  readonly queries: readonly {
    readonly file: string;
    readonly mask: string;
    readonly classes: readonly {
      readonly name: string;
      readonly found: boolean;
      readonly score: number;
      readonly pixels: number;
    }[];
  }[];
  readonly sheet: string;
}

let folder: string;
let result: Predicted;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'photographs-'));
  await symlink(join(root, 'examples'), join(folder, 'examples'));
  const { code, stdout, stderr } = await hypercorr([...photographs, '--json'], folder);
  if (code !== 0) throw new Error(stderr);
  result = JSON.parse(stdout) as Predicted;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('what npm start does with the photographs', () => {
  it('is surer of the kind of object that each shows, and finds it in seven of eight', () => {
    expect(result.queries).toHaveLength(8);
    const shown = result.queries.map(({ file, classes }) => {
      const kind = file.includes('windmill') ? 'windmill' : 'fish';
      const [own, other] = [true, false].map((isShown) => classes.find(({ name }) => (name === kind) === isShown));
      expect(own?.score, file).toBeGreaterThan(other?.score ?? NaN);
      return { file, found: own?.found === true && own.pixels > (other?.pixels ?? NaN) };
    });
    // A clownfish among sea anemones is not like a salmon.
    expect(shown.filter(({ found }) => !found).map(({ file }) => file)).toEqual([
      expect.stringContaining('fish-clown'),
    ]);
  });

  it('writes masks, and a sheet of all', () => {
    expect(existsSync(join(folder, result.sheet))).toBe(true);
    for (const { mask } of result.queries) expect(existsSync(join(folder, mask))).toBe(true);
  });
});
