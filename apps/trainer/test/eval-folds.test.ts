import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeMask, resizeNearest, type Mask } from '@hypercorr/datasets';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeCoco, writePascal } from './support/folded-dataset.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-folds-'));
const at = (...parts: readonly string[]): string => join(root, ...parts);
const patience = 60_000;
afterAll(() => rmSync(root, { recursive: true, force: true }));

const training = [
  '--backbone',
  'tiny',
  '--size',
  '32',
  '--batch',
  '2',
  '--epochs',
  '1',
  '--val-episodes',
  '2',
  '--threads',
  '1',
];
beforeAll(async () => {
  await writePascal(at('voc'), { train: 3, val: 3 });
  // person, airplane, bicycle, bus, car and train, of which fold 1 tests bicycle and bus.
  await writeCoco(at('coco'), [0, 4, 1, 5, 2, 6], 3);
  // Enough steps to find something, if not the object.
  const enough = ['--episodes', '24', '--lr', '0.01', '--foreground-weight', '3'];
  await hypercorrJson(
    'train',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--fold',
    '0',
    ...training,
    ...enough,
    '--out',
    at('run'),
  );
  const few = ['--episodes', '2', '--novel-images', 'drop'];
  await hypercorrJson(
    'train',
    '--benchmark',
    'coco',
    '--data',
    at('coco'),
    '--fold',
    '1',
    ...training,
    ...few,
    '--out',
    at('coco-run'),
  );
  for (const fold of [0, 1, 2, 3]) cpSync(at('run', 'best.safetensors'), at(`fold${fold}.safetensors`));
}, patience);

interface ClassFigures {
  readonly id: number;
  readonly name: string;
  readonly fold?: number;
  readonly iou: number;
  readonly intersection: number;
  readonly union: number;
}

interface Scored {
  readonly protocol: string;
  readonly protocol_settings: Readonly<Record<string, unknown>>;
  readonly miou: number;
  readonly fb_iou: number;
  readonly folds?: readonly { readonly fold: number; readonly miou: number; readonly fb_iou: number }[];
  readonly classes: readonly ClassFigures[];
  readonly seeds: readonly object[];
  readonly episodes: number;
}

interface EpisodeLine {
  readonly class_id: number;
  readonly class: string;
  readonly query: string;
  readonly supports: readonly string[];
  readonly iou: number;
  readonly intersection: number;
  readonly union: number;
}

const evaluate = (...more: readonly string[]) =>
  hypercorrJson<Scored>(
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--weights',
    at('run', 'best.safetensors'),
    ...more,
  );
const linesOf = (folder: string): EpisodeLine[] =>
  readFileSync(join(folder, 'episodes.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as EpisodeLine);
const maskOf = (path: string): Mask => decodeMask(readFileSync(path), path).mask;

/** Intersection and union, counted from the files that a user has. */
function recount(
  folder: string,
  { class_id, query }: EpisodeLine,
  episode: number,
  { original, voidCounts }: { readonly original: boolean; readonly voidCounts: boolean },
) {
  const prediction = maskOf(join(folder, 'predictions', `${String(episode).padStart(5, '0')}-${query}.png`));
  const file = maskOf(at('voc', 'SegmentationClassAug', `${query}.png`));
  const truth = original ? file : resizeNearest(file, { width: 32, height: 32 });
  expect([prediction.width, prediction.height]).toEqual([truth.width, truth.height]);
  const pixels = [...truth.data.keys()].filter((i) => voidCounts || truth.data[i] !== 255);
  const count = (holds: (said: boolean, is: boolean) => boolean) =>
    pixels.filter((i) => holds(prediction.data[i] !== 0, truth.data[i] === class_id + 1)).length;
  return { intersection: count((said, is) => said && is), union: count((said, is) => said || is) };
}

test('a fold is scored as published, and every episode can be looked at', { timeout: patience }, async () => {
  const { protocol, protocol_settings, miou, classes, episodes } = await evaluate(
    '--fold',
    '0',
    '--episodes',
    '8',
    '--out',
    at('out'),
    '--save-predictions',
    '--overlays',
    '3',
  );
  expect(protocol).toBe(
    'hsnet, changed in episodes; 8 episodes, images in turn as the query, supports drawn by numpy-legacy-0, which may repeat them; ' +
      `2 classes of pascal-fold0/test from lists of ${at('voc', 'splits')}, 1-shot; images at 32×32, scored there, void left out; trained on pascal fold 0, novel-class images kept`,
  );
  expect(protocol_settings).toMatchObject({
    name: 'hsnet',
    sampler: 'numpy-legacy',
    queries: 'in-order',
    episodes: 8,
    changed: ['episodes'],
  });
  expect([episodes, classes.map(({ id, name }) => [id, name])]).toEqual([
    8,
    [
      [0, 'aeroplane'],
      [1, 'bicycle'],
    ],
  ]);

  const lines = linesOf(at('out'));
  // The list's order: both classes in turn, and from the first again.
  expect(lines.map(({ query }) => query)).toEqual([0, 1, 2, 0].flatMap((i) => [`2007_20000${i}`, `2007_20100${i}`]));
  for (const [i, line] of lines.entries())
    expect(line).toMatchObject(recount(at('out'), line, i, { original: false, voidCounts: false }));
  for (const { id, iou, intersection, union } of classes) {
    const sum = (key: 'intersection' | 'union') =>
      lines.filter(({ class_id }) => class_id === id).reduce((total, line) => total + line[key], 0);
    expect([intersection, union]).toEqual([sum('intersection'), sum('union')]);
    expect(iou).toBeCloseTo((100 * intersection) / union, 10);
    expect(intersection).toBeGreaterThan(0);
  }
  expect(miou).toBeCloseTo(classes.reduce((total, { iou }) => total + iou, 0) / 2, 10);
  const worst = lines.toSorted((a, b) => a.iou - b.iou).slice(0, 3);
  expect(readdirSync(at('out', 'overlays')).sort()).toEqual(
    worst.map((line, i) => expect.stringMatching(`^00${i + 1}-iou-${line.iou.toFixed(1)}-.*-${line.query}.png$`)),
  );
  expect(JSON.parse(readFileSync(at('out', 'result.json'), 'utf8'))).toMatchObject({ miou, protocol });
});

test('at the original size, void counted as background, on the episodes of a file', { timeout: patience }, async () => {
  const options = [
    '--fold',
    '0',
    '--episodes-from',
    at('given.jsonl'),
    '--protocol',
    'hsnet-original',
    '--void',
    'background',
  ];
  const rows = [
    { class_id: 1, query: '2007_201002', supports: ['2007_201000', '2007_201000'] },
    { class_id: 0, query: '2007_200001', supports: ['2007_200000', '2007_200002'] },
  ];
  writeFileSync(at('given.jsonl'), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const { protocol, protocol_settings, episodes, seeds } = await evaluate(
    ...options,
    '--out',
    at('original'),
    '--save-predictions',
  );
  expect(seeds).toEqual([{ miou: expect.any(Number), fb_iou: expect.any(Number), classes_scored: 2 }]);
  expect(protocol).toContain(
    `hsnet-original, changed in void; the episodes of ${at('given.jsonl')}; 2 classes of pascal-fold0/test from lists of ${at('voc', 'splits')}, 2-shot; images at 32×32, scored at the masks' own sizes, void as background`,
  );
  // Nothing was drawn, and nothing is said of how.
  expect(protocol_settings).toEqual({
    name: 'hsnet-original',
    episodes_from: at('given.jsonl'),
    score_size: 'original',
    void: 'background',
    min_pixels: 0,
    vote: 'published',
    changed: ['void'],
  });
  expect(episodes).toBe(2);
  const lines = linesOf(at('original'));
  expect(lines).toMatchObject(rows);
  for (const [i, line] of lines.entries())
    expect(line).toMatchObject(recount(at('original'), line, i, { original: true, voidCounts: true }));
  // What was written is a list of episodes again.
  const again = await evaluate(
    '--fold',
    '0',
    '--episodes-from',
    join(at('original'), 'episodes.jsonl'),
    '--protocol',
    'hsnet-original',
    '--void',
    'background',
    '--shots',
    '2',
  );
  expect(again.classes).toEqual(JSON.parse(readFileSync(at('original', 'result.json'), 'utf8')).classes);
});

test('all folds, each with its weights, and their mean', { timeout: patience }, async () => {
  const weights = ['--weights', at('fold{fold}.safetensors')];
  const {
    miou,
    fb_iou,
    folds = [],
    classes,
    protocol,
    episodes,
  } = await evaluate(...weights, '--fold', 'all', '--episodes', '2', '--out', at('all'));
  expect(folds.map(({ fold }) => fold)).toEqual([0, 1, 2, 3]);
  expect(classes.map(({ fold, name }) => `${fold} ${name}`)).toEqual([
    '0 aeroplane',
    '0 bicycle',
    '1 bus',
    '1 car',
    '2 diningtable',
    '2 dog',
    '3 pottedplant',
    '3 sheep',
  ]);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  for (const { fold, miou: ofFold } of folds)
    expect(ofFold).toBeCloseTo(mean(classes.filter((each) => each.fold === fold).map(({ iou }) => iou)), 10);
  expect([miou, fb_iou]).toEqual([mean(folds.map((each) => each.miou)), mean(folds.map((each) => each.fb_iou))]);
  expect(episodes).toBe(8);
  expect(protocol).toContain('8 classes of pascal-fold0/test, pascal-fold1/test, pascal-fold2/test, pascal-fold3/test');
  expect(readdirSync(at('all')).sort()).toEqual(['fold0', 'fold1', 'fold2', 'fold3', 'result.json']);
});

test('weights that all folds share are opened once', { timeout: patience }, async () => {
  const args = [
    '--threads',
    '1',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--weights',
    at('run', 'best.safetensors'),
    '--fold',
    'all',
    '--episodes',
    '1',
    '--json',
  ];
  const { stdout, stderr } = await hypercorr(['eval', ...args]);
  expect(stderr.match(/weights: /g)).toHaveLength(1);
  const { folds, weights } = JSON.parse(stdout) as Scored & { readonly weights: string };
  expect([folds?.length, weights]).toEqual([4, at('run', 'best.safetensors')]);
  // As each on its own.
  const alone = await evaluate('--fold', '3', '--episodes', '1');
  expect(folds?.[3]).toMatchObject({ miou: alone.miou, fb_iou: alone.fb_iou });
});

test('folds that were not reached when it was interrupted are in no figure', { timeout: patience }, async () => {
  const all = [
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--weights',
    at('run', 'best.safetensors'),
    '--fold',
    'all',
    '--episodes',
    '2',
    '--json',
  ];
  const upTo = (said: string) =>
    hypercorr(all, { onStderr: (text) => void (text.startsWith(said) && process.emit('SIGINT')) });
  const { exitCode, stdout, stderr } = await upTo('fold 1: ');
  const { classes, ...rest } = JSON.parse(stdout) as Scored;
  expect([exitCode, rest, classes.map(({ name }) => name)]).toEqual([
    130,
    expect.objectContaining({
      finished: false,
      episodes: 2,
      episodes_planned: 8,
      protocol: expect.stringContaining('2 classes of pascal-fold0/test from'),
    }),
    ['aeroplane', 'bicycle'],
  ]);
  // The whole is counted, and the fold named.
  expect(stderr.match(/^episode .*fold \d/gm)).toEqual(['episode 1 of 8, fold 0', 'episode 2 of 8, fold 0']);
  const nothing = await upTo('fold 0: ');
  expect([nothing.exitCode, JSON.parse(nothing.stdout)]).toEqual([
    130,
    { finished: false, episodes: 0, episodes_planned: 8 },
  ]);
});

test('a model of COCO is scored on what PASCAL has beside its training classes', { timeout: patience }, async () => {
  const { classes, protocol } = await evaluate('--weights', at('coco-run', 'best.safetensors'), '--episodes', '18');
  // Trained on person, airplane, car and train: aeroplane and car are left out.
  expect(classes.map(({ name }) => name)).toEqual(['bicycle', 'bus', 'diningtable', 'dog', 'pottedplant', 'sheep']);
  expect(protocol).toContain(
    `6 classes of pascal, all folds, those not trained on from lists of ${at('voc', 'splits')}, 1-shot`,
  );
  expect(protocol).toContain('trained on coco fold 1, novel-class images dropped');
  const own = await hypercorr([
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'coco',
    '--data',
    at('coco'),
    '--weights',
    at('coco-run', 'best.safetensors'),
    '--episodes',
    '2',
  ]);
  expect(own.stdout).toMatch(
    /protocol hsnet, changed in episodes; random: 2 episodes, class uniform.*of coco-fold1\/test/,
  );
  const overlap = await hypercorr([
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--weights',
    at('coco-run', 'best.safetensors'),
    '--fold',
    '0',
    '--episodes',
    '1',
  ]);
  expect(overlap.stderr).toContain(
    'warning: the model was trained on 1 of these classes: aeroplane; the score is not one of unseen classes',
  );
});

test('samples with small objects are left out', { timeout: patience }, async () => {
  const { episodes, protocol } = await evaluate('--fold', '0', '--protocol', 'hypercorr', '--min-pixels', '100');
  expect([episodes, protocol]).toEqual([6, expect.stringContaining('objects of at least 100 pixels')]);
  const none = await hypercorr([
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--fold',
    '0',
    '--weights',
    at('run', 'best.safetensors'),
    '--min-pixels',
    '2048',
  ]);
  expect([none.exitCode, none.stderr]).toEqual([
    1,
    expect.stringContaining('no object of pascal-fold0/test has 2048 pixels'),
  ]);
});

test.each([
  [['--fold', 'all', '--benchmark', 'fss'], '--fold is for --benchmark pascal, coco; this one is fss'],
  [
    ['--fold', 'all', '--test-classes', 'aeroplane'],
    '--test-classes does not go with --fold all: a class is tested in one fold',
  ],
  [['--fold', '1', '--benchmark', 'folder'], '--fold is for --benchmark pascal, coco; this one is folder'],
  [['--coco-raster', 'repri', '--benchmark', 'pascal'], '--coco-raster is for --benchmark coco; this one is pascal'],
  [['--fold', '0', '--sampler', 'numpy-legacy-0', '--seeds', '2'], '--sampler numpy-legacy-0 has seed 0 only'],
  [['--fold', '4'], '--fold takes a whole number from 0 to 3, or all; got 4'],
  [['--fold', '0', '--save-predictions'], '--save-predictions needs --out DIR to write into'],
  [
    ['--fold', '0', '--baselines', '--void', 'background'],
    "--baselines are compared at the model's size with void left out",
  ],
  [['--benchmark', 'manifest', '--data', at('no.jsonl')], 'is not there; give the manifest, or its folder'],
  [['--fold', '0', '--overlays', '3'], '--overlays needs --out DIR to write into'],
  [['--fold', '0', '--out', at('voc')], 'is not empty; give another name'],
  [
    ['--fold', '0', '--weights', at('fold{fold}.safetensors'), '--episodes-from', at('none.jsonl')],
    '--episodes-from: ',
  ],
  [
    ['--fold', '0', '--episodes-from', at('given.jsonl'), '--seeds', '2'],
    '--seeds says how episodes are drawn, and --episodes-from names episodes that exist already',
  ],
  [
    ['--fold', '0', '--episodes-from', at('given.jsonl'), '--seed', '0'],
    '--seed says how episodes are drawn, and --episodes-from names episodes that exist already',
  ],
  [['--fold', '0', '--episodes-from', at('given.jsonl'), '--shots', '1'], '--shots 1: the episodes of '],
  [['--fold', 'all', '--episodes-from', at('given.jsonl')], '--fold all needs a list of episodes for each fold'],
  [
    ['--fold', 'all', '--weights', at('coco-run{fold}')],
    `--weights: files are missing for some folds: ${at('coco-run0')}, `,
  ],
  [
    ['--fold', 'all', '--episodes-from', at('{fold}.jsonl')],
    `--episodes-from: files are missing for some folds: ${at('0.jsonl')}, `,
  ],
  [['--weights', at('fold{fold}.safetensors')], 'has {fold} in its name, and --fold is missing'],
])('wrong usage is said: %j', async (args, message) => {
  const given = (name: string, value: string): readonly string[] => (args.includes(name) ? [] : [name, value]);
  const usual = [
    ...given('--benchmark', 'pascal'),
    ...given('--data', at('voc')),
    ...given('--weights', at('run', 'best.safetensors')),
  ];
  const { exitCode, stderr } = await hypercorr(['eval', '--threads', '1', ...usual, ...args]);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining(message)]);
});

test('a setting that would be ignored is named as it was given', async () => {
  const args = [
    'eval',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--fold',
    '0',
    '--episodes-from',
    at('given.jsonl'),
  ];
  const { exitCode, stderr } = await hypercorr(args, { env: { HYPERCORR_SEED: '1' } });
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('HYPERCORR_SEED says how episodes are drawn')]);
});

test('training on folds needs to know which one', async () => {
  const { exitCode, stderr } = await hypercorr([
    'train',
    '--benchmark',
    'pascal',
    '--data',
    at('voc'),
    '--out',
    at('never'),
  ]);
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('--fold N is missing: pascal has four folds, 0 to 3'),
  ]);
});
