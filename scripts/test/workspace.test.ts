import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../run.mjs';
import { choosePackages, testedPackages } from '../workspace.mjs';

const folders = ['packages/tensor', 'apps/page', 'tests/suite', 'scripts'];

it('every package with tests is found in this repository, and each has a name of its own', () => {
  const found = testedPackages(root);
  expect(found).toEqual(expect.arrayContaining(folders));
  // This package has no tests of its own.
  expect(found).not.toContain('tests/custom-op');
  const names = found.map((folder) => folder.split('/').at(-1));
  expect(new Set(names).size).toBe(names.length);
});

it('without names all packages are chosen', () => {
  expect(choosePackages(folders, [])).toEqual(folders);
});

it('packages are chosen by name or by folder, each once', () => {
  expect(choosePackages(folders, ['suite', 'packages/tensor/', 'tensor', 'scripts'])).toEqual([
    'packages/tensor',
    'tests/suite',
    'scripts',
  ]);
});

it('a name that no package has is refused, and those that there are are listed', () => {
  expect(() => choosePackages(folders, ['tensor', 'tensors'])).toThrow(
    'there is no package tensors with tests; there are page, scripts, suite, tensor',
  );
});

it('npm test ends with 2 for such a name, before it changes anything', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts/test.mjs'), 'tensors'], {
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^npm test: there is no package tensors with tests; there are .*\btensor\b.*\n$/);
});
