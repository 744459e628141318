import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyBlock, guideBlocks } from '../support/guide.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'guide-'));
  await writeFile(join(folder, 'list.ts'), 'start {\n  a,\n  b,\n}\n');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const result = async (markdown: string, file = 'list.ts'): Promise<string> => {
  for (const block of guideBlocks(markdown)) await applyBlock(folder, block);
  return readFile(join(folder, file), 'utf8');
};

describe('a block of a guide', () => {
  it('is a file, its end, or lines beside another', async () => {
    expect(await result('```ts file=deep/new.ts\nnew\n```\n', 'deep/new.ts')).toBe('new\n');
    expect(await result('```ts file=list.ts append\nend\n```\n')).toBe('start {\n  a,\n  b,\n}\nend\n');
    expect(await result('```ts file=list.ts after="start {"\n  first,\n```\n')).toContain('start {\n  first,\n  a,\n');
    expect(await result('```ts file=list.ts before="}"\n  last,\n```\n')).toContain('  b,\n  last,\n}\n');
  });

  it('without a file is only read', () => {
    expect(guideBlocks('```ts\nx\n```\n\n```sh\nls\n```\n')).toEqual([]);
  });

  it('that fits nowhere, or in two places, is an error', async () => {
    await expect(result('```ts file=list.ts after="c,"\nx\n```\n')).rejects.toThrow(
      'list.ts has 0 lines that read: c,',
    );
    await writeFile(join(folder, 'list.ts'), 'a,\na,\n');
    await expect(result('```ts file=list.ts after="a,"\nx\n```\n')).rejects.toThrow(
      'list.ts has 2 lines that read: a,',
    );
    await expect(result('```ts file=list.ts\nx\n```\n')).rejects.toThrow('EEXIST');
  });
});
