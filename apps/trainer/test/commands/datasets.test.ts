import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMask, encodeMaskPng } from '@hypercorr/datasets';
import { encodeJpeg } from '@hypercorr/datasets/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { classNames, writeCocoJson, writers } from '../support/layouts.ts';
import { writePascal } from '../support/folded-dataset.ts';
import { withOrientation } from '../support/pictures.ts';
import { hypercorr, hypercorrJson } from '../support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-layouts-'));
const at = (...parts: readonly string[]): string => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true, force: true }));
const patience = 60_000;

const training = [
  '--backbone',
  'tiny',
  '--size',
  '32',
  '--batch',
  '2',
  '--episodes',
  '2',
  '--epochs',
  '1',
  '--val-episodes',
  '2',
  '--threads',
  '1',
];

interface Census {
  readonly images: number;
  readonly classes: readonly { readonly name: string; readonly usable: number }[];
  readonly faults: readonly { readonly severity: string; readonly kind: string }[];
}

test('masks that tell the classes of photographs are counted while they are read', async () => {
  const data = at('counted');
  await writers.indexed(data);
  const { stderr } = await hypercorr(['datasets', 'check', '--layout', 'indexed', '--data', data]);
  expect(stderr).toMatch(/mask \d+ of 24/);
  expect(stderr).toMatch(/image \d+ of \d+/);
});

describe('masks that may mean something else', () => {
  const data = at('doubtful');
  const checked = (...more: readonly string[]) =>
    hypercorr(['datasets', 'check', '--layout', 'folder', '--data', data, ...more]);
  beforeAll(async () => {
    mkdirSync(join(data, 'cup'), { recursive: true });
    for (const name of ['1', '2']) {
      const pixels = Uint8Array.from({ length: 1200 }, (_, i) => (i === 5 ? 2 : i < 500 ? 255 : 0));
      writeFileSync(join(data, 'cup', `${name}.png`), encodeMaskPng({ width: 40, height: 30, data: pixels }));
      const image = { width: 40, height: 30, data: new Uint8Array(3600).fill(90) };
      writeFileSync(
        join(data, 'cup', `${name}.jpg`),
        withOrientation(Buffer.from(await encodeJpeg(image, 90)), name === '1' ? 3 : 1),
      );
    }
  });

  test('are warned of, with the options that settle it', async () => {
    const { stdout, exitCode } = await checked();
    expect(exitCode).toBe(0);
    expect(stdout).toContain('1.png: 1 pixel is 2, and 499 are 255: it is read as black and white');
    expect(stdout).toContain('--mask says what the values of masks mean');
    expect(stdout).toContain('1.jpg: its EXIF orientation turns it, and its mask says none');
    expect(stdout).toContain('--stored-pixels is for masks that were drawn over the stored pixels');
    expect((await checked('--mask', 'binary', '--stored-pixels')).stdout).toContain('0 errors, 0 warnings');
  });

  test('do not take an option that would be ignored', async () => {
    const other = await hypercorr(['datasets', 'check', '--layout', 'coco-json', '--data', data, '--mask', 'index']);
    expect([other.exitCode, other.stderr]).toEqual([
      2,
      expect.stringContaining('--mask is for --layout fss and folder and manifest'),
    ]);
    const folded = await hypercorr(['datasets', 'check', '--layout', 'pascal', '--data', data, '--stored-pixels']);
    expect([folded.exitCode, folded.stderr]).toEqual([2, expect.stringContaining('--stored-pixels is for --layout')]);
  });
});

test("CVAT's brush masks are crowds: nothing can be used, until they are taken for objects", async () => {
  const data = at('cvat');
  await writers['coco-json'](data);
  const file = join(data, 'instances.json');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('"iscrowd":0', '"iscrowd":1'));
  const check = ['datasets', 'check', '--data', data, '--layout'];
  const { stdout, exitCode } = await hypercorr([...check, 'coco-json']);
  expect([exitCode, stdout]).toEqual([1, expect.stringContaining('24 of 24 annotations are crowds; CVAT writes')]);
  const census = await hypercorrJson<Census>(...check, 'coco-json', '--crowds', 'objects');
  expect(census.classes.map(({ name, usable }) => [name, usable])).toEqual(classNames.map((name) => [name, 6]));
  const other = await hypercorr([...check, 'folder', '--crowds', 'objects']);
  expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('--crowds is for --layout coco-json')]);
  const asked = ['--data', data, '--benchmark', 'coco-json', '--out', at('run-cvat'), '--dry-run'];
  const trained = await hypercorr(['train', ...asked, ...training]);
  expect([trained.exitCode, trained.stderr]).toEqual([1, expect.stringContaining('24 of 24 annotations are crowds')]);
});

describe.each(['fss', 'folder', 'indexed', 'coco-json', 'manifest'] as const)('%s', (layout) => {
  const data = at(layout);
  beforeAll(() => writers[layout](data));

  test('is checked, trained on and scored, whatever kinds its files are', { timeout: patience }, async () => {
    const census = await hypercorrJson<Census>('datasets', 'check', '--layout', layout, '--data', data, '--shots', '5');
    expect([census.images, census.classes.map(({ name, usable }) => [name, usable])]).toEqual([
      24,
      classNames.map((name) => [name, 6]),
    ]);
    const told = new Set(census.faults.map(({ severity, kind }) => `${severity} ${kind}`));
    expect(told).toEqual(new Set(['warning colours', 'warning turned']));

    const division =
      layout === 'manifest' ? [] : ['--train-classes', 'ant,bee', '--val-classes', 'cat', '--test-classes', 'dog'];
    await hypercorrJson(
      'train',
      '--benchmark',
      layout,
      '--data',
      data,
      ...division,
      ...training,
      '--out',
      at(`run-${layout}`),
    );
    const tested = layout === 'manifest' ? [] : ['--test-classes', 'dog'];
    const weights = at(`run-${layout}`, 'last.safetensors');
    const scored = await hypercorrJson<{ episodes: number; skipped: number; classes: readonly { name: string }[] }>(
      ...[
        'eval',
        '--benchmark',
        layout,
        '--data',
        data,
        '--weights',
        weights,
        '--shots',
        '5',
        '--threads',
        '1',
        ...tested,
      ],
    );
    // Each of the six images once as the query, the others as its supports: none was skipped.
    expect([scored.episodes, scored.skipped, scored.classes.map(({ name }) => name)]).toEqual([6, 0, ['dog']]);
  });
});

test('a mask is predicted for every kind of photograph', { timeout: patience }, async () => {
  await writers.folder(at('kinds'));
  const support = `${at('kinds/ant/images/0.jpg')}:${at('kinds/ant/masks/0.png')}`;
  const predicted = await hypercorrJson<{ queries: readonly { mask: string }[] }>(
    'predict',
    '--support',
    support,
    '--query',
    at('kinds/ant/images'),
    '--out',
    at('masks'),
    '--weights',
    at('run-fss/last.safetensors'),
    '--threads',
    '1',
  );
  const sizes = predicted.queries
    .map(({ mask }) => decodeMask(readFileSync(mask), mask).mask)
    .map(({ width, height }) => [width, height]);
  expect(sizes).toEqual(Array.from({ length: 6 }, () => [64, 64]));
});

describe('COCO-20i from annotations', () => {
  // person, airplane, bicycle, bus, car and train, of which fold 1 tests bicycle and bus.
  beforeAll(() => writeCocoJson(at('coco'), [0, 4, 1, 5, 2, 6]));

  test('is split, trained on and scored', { timeout: patience }, async () => {
    const { files } = await hypercorrJson<{ files: readonly string[] }>(
      'datasets',
      'split',
      '--layout',
      'coco',
      '--data',
      at('coco'),
      '--out',
      at('coco/splits'),
    );
    expect(files).toEqual(
      ['trn', 'val'].flatMap((set) => [0, 1, 2, 3].map((fold) => at('coco/splits', set, `fold${fold}.json`))),
    );
    // Lists that are there, published ones perhaps, are not written over.
    const again = await hypercorr([
      'datasets',
      'split',
      '--layout',
      'coco',
      '--data',
      at('coco'),
      '--out',
      at('coco/splits'),
    ]);
    expect([again.exitCode, again.stderr]).toEqual([2, expect.stringContaining('is not empty; give another name')]);
    const lists = JSON.parse(readFileSync(at('coco/splits/val/fold1.json'), 'utf8')) as Record<
      string,
      readonly string[]
    >;
    expect(Object.entries(lists).map(([id, names]) => [id, names.length, names[0]])).toEqual([
      ['1', 3, 'val2014/COCO_val2014_000000000100.jpg'],
      ['5', 3, 'val2014/COCO_val2014_000000000500.jpg'],
    ]);
    await hypercorrJson(
      'train',
      '--benchmark',
      'coco',
      '--data',
      at('coco'),
      '--fold',
      '1',
      ...training,
      '--out',
      at('run-coco'),
    );
    for (const raster of ['coco', 'repri']) {
      const scored = await hypercorrJson<{ episodes: number; skipped: number }>(
        ...[
          'eval',
          '--benchmark',
          'coco',
          '--data',
          at('coco'),
          '--fold',
          '1',
          '--coco-raster',
          raster,
          '--episodes',
          '4',
          '--weights',
          at('run-coco', 'last.safetensors'),
          '--threads',
          '1',
        ],
      );
      expect([scored.episodes, scored.skipped]).toEqual([4, 0]);
    }
  });
});

describe('folds are counted', () => {
  test('and compared with the published lists', { timeout: patience }, async () => {
    await writePascal(at('voc'), { train: 3, val: 3 });
    const { exitCode, stdout, stderr } = await hypercorr([
      'datasets',
      'check',
      '--layout',
      'pascal',
      '--data',
      at('voc'),
    ]);
    expect(exitCode, stderr).toBe(0);
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      `lists of ${at('voc/splits')}`,
      'fold  train pairs  images  with test classes  test pairs  images  as published',
      '0              18      18                  0           6       6            no',
      '1              18      18                  0           6       6            no',
    ]);
    expect(stdout).toContain('  fold 0, train pairs: 18, and 11394 in the published lists\n');
    expect(stdout).toContain(
      '8 classes, 48 images, 6 to 6 a class\nmasks: 48 indexed\nsizes: 48×36 to 48×36\n0 errors, 0 warnings',
    );
    expect(
      (await hypercorr(['datasets', 'check', '--layout', 'pascal', '--data', at('voc'), '--no-files'])).stdout,
    ).not.toContain('sizes:');
  });

  test('many faults of a kind are one line', { timeout: patience }, async () => {
    const photographs = at('voc/JPEGImages');
    const names = readdirSync(photographs).toSorted();
    for (const name of names.slice(0, 12)) rmSync(join(photographs, name));
    const args = ['datasets', 'check', '--layout', 'pascal', '--data', at('voc'), '--no-files'];
    const { exitCode, stdout } = await hypercorr(args);
    expect(exitCode).toBe(1);
    const told = stdout.split('\n').filter((line) => line.startsWith('error: '));
    expect(told).toEqual([
      expect.stringMatching(
        /^error: 12 files are missing that the lists need in \S+JPEGImages; the first: \S+\.jpg: the lists name this file, but it is missing \(--json has all\)$/,
      ),
    ]);
    const json = JSON.parse((await hypercorr([...args, '--json'])).stdout) as Census;
    expect(json.faults).toHaveLength(12);
  });

  test.each([
    [['check', '--layout', 'fss', '--splits', 'lists'], '--splits is for --layout pascal and coco; this one is fss'],
    [['check', '--layout', 'folder', '--no-files'], '--no-files is for --layout pascal and coco; this one is folder'],
    [
      ['check', '--layout', 'pascal', '--class-split', 'contiguous'],
      '--class-split is for --layout coco; this one is pascal',
    ],
    [
      ['split', '--layout', 'pascal', '--coco-raster', 'repri', '--out', 'lists'],
      '--class-split and --coco-raster are for --layout coco; this one is pascal',
    ],
  ])('options that would be ignored are wrong usage: %j', async (args, message) => {
    const { exitCode, stderr } = await hypercorr(['datasets', ...args, '--data', root]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
  });
});
