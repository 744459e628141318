import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { buildReference } from '../src/build.ts';
import { readEntries } from '../src/entries.ts';

/** TypeDoc starts a compiler: seconds, and more on a busy machine. */
const patience = 120_000;

const manifest = (
  name: string,
  dependencies: Readonly<Record<string, string>>,
  ...entries: readonly string[]
): string =>
  JSON.stringify({
    name: `@shop/${name}`,
    type: 'module',
    dependencies,
    exports: {
      './package.json': './package.json',
      ...Object.fromEntries(
        entries.map((entry) => [entry, { source: `./src/${entry === '.' ? 'index' : entry.slice(2)}.ts` }]),
      ),
    },
  });

/** A repository of two packages, one of which stands on the other. */
const repository: Readonly<Record<string, string>> = {
  'README.md': '# Shop\n\nSee [apples](packages/apples) and [baskets](docs/baskets.md).\n',
  'docs/README.md': '# Documents\n\n[Baskets](baskets.md), [buying](examples/01-buy.md), [home](../README.md)\n',
  'docs/baskets.md': '# All about baskets\n\nThey hold [apples](../packages/apples/README.md).\n',
  'docs/examples/01-buy.md': '# Buying\n\nNothing yet.\n',
  'tsconfig.json': JSON.stringify({
    compilerOptions: { module: 'nodenext', allowImportingTsExtensions: true, noEmit: true, types: [] },
    include: ['packages'],
  }),
  'packages/zero/package.json': manifest('zero', {}, '.'),
  'packages/zero/README.md': '# @shop/zero\n\nNothing of nothing.\n',
  'packages/zero/src/index.ts': '/** Nothing. */\nexport const nothing = 0;\n',
  'packages/apples/package.json': manifest('apples', { '@shop/zero': '*' }, '.', './crates'),
  'packages/apples/README.md': '# @shop/apples\n\nRound and red.\n',
  'packages/apples/src/index.ts': "export * from './apple.ts';\nexport * from './ops/peel.ts';\n",
  // What a generic type is computed with need not be exported, and a shorthand is shown as what it stands for.
  'packages/apples/src/ops/peel.ts':
    '/** @inline */\ntype Grams = number;\ntype Half<T> = T;\n/** Peels. @category Knives */\nexport function peel(grams: Grams): Grams {\n  return grams;\n}\nexport type Quarter<T> = Half<Half<T>>;\n',
  'packages/apples/src/apple.ts':
    'export interface Apple { readonly grams: number }\n/** Weighs. @param apple in grams */\nexport function weigh(apple: Apple): number {\n  return apple.grams;\n}\n',
  'packages/apples/src/crates.ts':
    "import type { Apple } from './apple.ts';\n/** Of {@link Apple}s. */\nexport type Crate = readonly Apple[];\n",
};

let root: string;
let said: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'reference-')));
  said = '';
  for (const level of ['warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((text: string) => {
      said += `${stripVTControlCharacters(text)}\n`;
    });
  }
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(root, { recursive: true });
});

async function build(changes: Readonly<Record<string, string>> = {}): Promise<boolean> {
  for (const [path, text] of Object.entries({ ...repository, ...changes })) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
  return buildReference({ root, out: join(root, 'out'), tsconfig: join(root, 'tsconfig.json') });
}

const page = (path: string): Promise<string> => readFile(join(root, 'out', path), 'utf8');

describe('the reference', () => {
  it('has a page for each entry, named as in an import, with the READMEs, linked', { timeout: patience }, async () => {
    expect(await build(), said).toBe(true);
    expect(await page('index.html')).toMatch(
      /See <a href="modules\/_shop_apples\.html"[^>]*>apples<\/a> and <a href="documents\/All_about_baskets\.html"/,
    );
    expect(await page('modules/_shop_apples.html')).toContain('Round and red.');
    expect(await page('modules/_shop_apples.html')).toContain('Knives');
    expect(await page('types/_shop_apples_crates.Crate.html')).toContain('interfaces/_shop_apples.Apple.html');
    expect(await page('documents/All_about_baskets.html')).toContain('modules/_shop_apples.html');
    expect(await page('documents/Buying.html')).toContain('Nothing yet.');
    expect((await readEntries(join(root, 'packages'))).map(({ name }) => name)).toEqual([
      '@shop/zero',
      '@shop/apples',
      '@shop/apples/crates',
    ]);
  });

  it('is refused, and the cause named, for what a reader would stumble over', { timeout: patience }, async () => {
    const source =
      '/** A {@link Pear}, @param pip of none */\nexport function weigh(apple: Apple): number {\n  return apple.grams;\n}\n';
    const written = await build({
      'README.md': '# Shop\n\n[Pears](packages/pears)\n',
      'packages/apples/src/apple.ts': `interface Apple { readonly grams: number }\n${source.replace(', @param', '\n * @param')}`,
      'packages/apples/src/crates.ts': 'export type Crate = string;\n',
      'packages/apples/src/ops/peel.ts': '/** Peels. */\nexport function peel(): void {}\n',
    });
    expect(written).toBe(false);
    expect(said).toMatch(/packages\/pears is not a file/);
    expect(said).toMatch(/"Pear"/);
    expect(said).toMatch(/"pip"/);
    expect(said).toMatch(/peel \(packages\/apples\/src\/ops\/peel\.ts\) says no @category/);
    expect(said).toMatch(
      /Apple \(@shop\/apples\/src\/apple\.ts\) stands in @shop\/apples\.weigh\.apple, and cannot be imported/,
    );
    await expect(page('index.html')).rejects.toThrow('ENOENT');
  });
});
