import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importFaults, importsOf } from '../import-order.ts';
import { root as repository } from '../run.mjs';

it('imports of this repository go down the list of packages', () => {
  expect(importFaults(repository)).toEqual([]);
});

it('imports of every kind are found', () => {
  const source = `import a from 'a';
import {
  b,
} from "b";
import type { C } from './c.ts';
export * from '../d.ts';
import 'e';
const f = await import('f');
`;
  expect(importsOf(source)).toEqual(['a', 'b', './c.ts', '../d.ts', 'e', 'f']);
});

describe('in a repository where trees stand on roots', () => {
  let root = '';
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const member = (folder: string, ...dependencies: readonly string[]): void =>
    write(
      `${folder}/package.json`,
      JSON.stringify({
        name: `@wood/${folder.split('/')[1]}`,
        dependencies: Object.fromEntries(dependencies.map((name) => [`@wood/${name}`, '*'])),
      }),
    );
  const faults = () => importFaults(root, ['trees', 'roots']);

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'import-order-'));
    member('packages/roots');
    member('packages/trees', 'roots');
    member('apps/garden', 'trees', 'roots');
    write('packages/roots/src/index.ts', 'export const root = 1;\n');
    write('packages/trees/src/index.ts', "export { root } from '@wood/roots';\n");
    write('packages/trees/test/tree.test.ts', "import '../../roots/test/support/dig.ts';\nimport 'vitest';\n");
    write('apps/garden/src/main.ts', "import '@wood/trees/bark';\n");
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('imports that go down are fine', () => {
    expect(faults()).toEqual([]);
  });

  it('a dependency that goes up is a fault', () => {
    member('packages/roots', 'trees');
    expect(faults()).toEqual(['packages/roots/package.json depends on @wood/trees, which is not below it']);
  });

  it('an import that goes up is a fault, by name or by path, in tests too', () => {
    write('packages/roots/src/up.ts', "import { bark } from '@wood/trees/bark';\n");
    write('packages/roots/src/path.ts', "export * from '../../trees/src/index.ts';\n");
    write('packages/roots/test/up.test.ts', "await import('@wood/trees');\n");
    expect(faults().toSorted()).toEqual([
      'packages/roots/src/path.ts imports ../../trees/src/index.ts, which is not below packages/roots',
      'packages/roots/src/up.ts imports @wood/trees/bark, which is not below packages/roots',
      'packages/roots/test/up.test.ts imports @wood/trees, which is not below packages/roots',
    ]);
  });

  it('one app imports no other', () => {
    member('apps/shed', 'garden');
    expect(faults()).toEqual(['apps/shed/package.json depends on @wood/garden, which is not below it']);
  });

  it('a source that leaves its package is a fault, a test that does is none', () => {
    write('packages/trees/src/out.ts', "import '../../../tools/saw.ts';\n");
    write('packages/trees/test/out.test.ts', "import '../../../tools/saw.ts';\n");
    expect(faults()).toEqual([
      'packages/trees/src/out.ts imports ../../../tools/saw.ts, which is outside of every package',
    ]);
  });

  it('a package without a place in the order is a fault', () => {
    member('packages/moss');
    expect(faults()).toEqual([
      'packages/moss is not in the order of packages; give it a place in scripts/import-order.ts',
    ]);
  });
});
