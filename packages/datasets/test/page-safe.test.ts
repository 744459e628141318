import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** Every module that a module imports at run time, with the packages among them. */
function imported(module: URL, seen = new Set<string>()): Set<string> {
  if (seen.has(module.href)) return seen;
  seen.add(module.href);
  const text = readFileSync(module, 'utf8');
  for (const [, clause = '', from = ''] of text.matchAll(/^(?:import|export) ([^;]*?) ?from '([^']+)';$/gm)) {
    if (clause.startsWith('type ')) continue;
    if (from.startsWith('.')) imported(new URL(from, module), seen);
    else seen.add(from);
  }
  return seen;
}

const packages = (entry: string): string[] =>
  [...imported(new URL(`../src/${entry}.ts`, import.meta.url))].filter((name) => !name.startsWith('file:')).sort();

it('the main entry works in a page: nothing of Node, no native decoder', () => {
  expect(packages('index')).toEqual(['@hypercorr/nn/inflate', '@hypercorr/tensor', '@hypercorr/tensor/op', 'fast-png']);
});

it('the other entry is where they are', () => {
  expect(packages('node')).toEqual(expect.arrayContaining(['node:fs/promises', 'node:worker_threads', 'sharp']));
});
