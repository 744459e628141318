import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hypercorr, root, run } from '../support/hypercorr.ts';

const patience = 300_000;
const prefix = 'npx --no-install hypercorr ';

const readme = await readFile(join(root, 'README.md'), 'utf8');

/** The lines of the README's shell blocks that call the command, without their comments; continued lines joined. */
const commands = [...readme.matchAll(/^```sh\n(.*?)^```$/gms)]
  .flatMap(([, block = '']) => block.replaceAll('\\\n', ' ').split('\n'))
  .filter((line) => line.startsWith(prefix))
  .map((line) =>
    line
      .slice(prefix.length)
      .replace(/\s+#.*$/, '')
      .trim(),
  );

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readme-'));
  await symlink(join(root, 'examples'), join(folder, 'examples'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the README's commands, in their order", () => {
  it('there are some, and npx finds the command', { timeout: patience }, async () => {
    expect(commands.length).toBeGreaterThan(4);
    const { code, stdout } = await run('npx', ['--no-install', 'hypercorr', '--version'], root);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  it.each(commands)('%s', { timeout: patience }, async (line) => {
    const { code, stderr } = await hypercorr(line.split(/\s+/), folder);
    expect(code, stderr).toBe(0);
  });
});
