import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

/** A temporary folder for each test, removed after it. */
export interface TestFolder {
  /** The path of a file in it. */
  path(name: string): string;
  /** Writes a file, and its folders; returns its path. */
  write(name: string, content: string | Uint8Array): Promise<string>;
}

export function testFolder(): TestFolder {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'datasets-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));
  return {
    path: (name) => join(folder, name),
    async write(name, content) {
      const path = join(folder, name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return path;
    },
  };
}
