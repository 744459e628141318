import { expect, test } from 'vitest';
import { runCommandLine } from '../src/cli/command-line.ts';
import { defineCommand } from '../src/cli/command.ts';
import { output } from '../src/cli/options.ts';

test('a result begins a line of its own where a progress goes no further', async () => {
  const written: string[] = [];
  const terminal = { isTTY: true, columns: 80, write: (text: string) => written.push(text) > 0 };
  const command = defineCommand({
    name: 'halves',
    summary: '',
    description: '',
    options: output,
    examples: [],
    async run(_, { log }) {
      log.progress(2).update(1);
      return { json: {}, text: 'half' };
    },
  });
  expect(await runCommandLine([command], ['halves'], { stdout: terminal, stderr: terminal, env: {} })).toBe(0);
  expect(written.join('')).toMatch(/left\nhalf\n$/);
});
