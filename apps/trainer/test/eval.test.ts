import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FaultyDisk } from '../../../packages/train/test/support/disk-faults.ts';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-eval-'));
const data = join(root, 'data');
const weights = join(root, 'run', 'best.safetensors');
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await writeShapes(data, { classes: 5, images: 4 });
  await writeRandomBackbone(join(root, 'backbone'));
  writeFileSync(join(root, 'test-classes.txt'), 'class-a\nclass-b\n');
  const model = ['--backbone', 'tiny', '--backbone-weights', join(root, 'backbone'), '--size', '32'];
  const training = [
    '--batch',
    '2',
    '--episodes',
    '2',
    '--epochs',
    '1',
    '--val-episodes',
    '1',
    '--out',
    join(root, 'run'),
  ];
  await hypercorrJson('train', '--threads', '1', '--benchmark', 'folder', '--data', data, ...model, ...training);
});

interface Scored {
  readonly finished: boolean;
  readonly protocol: string;
  readonly miou: number;
  readonly fb_iou: number;
  readonly miou_deviation?: number;
  readonly classes_scored: number;
  readonly classes_asked: number;
  readonly seeds: readonly { readonly seed: number; readonly miou: number; readonly classes_scored: number }[];
  readonly classes: readonly {
    readonly id: number;
    readonly name: string;
    readonly iou: number;
    readonly intersection: number;
    readonly union: number;
  }[];
  readonly baselines?: readonly { readonly name: string; readonly miou: number }[];
  readonly episodes: number;
  readonly episodes_planned: number;
}

const lists = join(root, 'test-classes.txt');
const evaluated = (...more: readonly string[]) =>
  hypercorrJson<Scored>(
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'folder',
    '--data',
    data,
    '--weights',
    weights,
    ...more,
  );

test('every image of the test classes is the query once, and the protocol says so', async () => {
  const { protocol, miou, fb_iou, classes, episodes } = await evaluated();
  expect(protocol).toBe(
    'hypercorr; every-query: each image once as the query, supports drawn without repetition, seed 0; 1 class of data/test, 1-shot; images at 32×32, scored there, void left out',
  );
  expect(episodes).toBe(4);
  expect(classes).toHaveLength(1);
  const [first] = classes;
  expect(first?.iou).toBeCloseTo((100 * (first?.intersection ?? 0)) / (first?.union ?? 1), 10);
  expect(miou).toBeCloseTo(first?.iou ?? NaN, 10);
  expect(fb_iou).toBeGreaterThan(0);
});

test('random episodes of several seeds give a mean and a deviation', async () => {
  const { miou, miou_deviation, seeds, episodes, protocol } = await evaluated(
    '--episodes',
    '3',
    '--seeds',
    '2',
    '--seed',
    '5',
    '--shots',
    '2',
    '--test-classes',
    lists,
  );
  expect(episodes).toBe(6);
  expect(protocol).toMatch(/^hypercorr; random: 3 episodes.*seeds 5 to 6; .*2 classes.*2-shot;/);
  const [a = NaN, b = NaN] = seeds.map((each) => each.miou);
  expect(seeds.map(({ seed }) => seed)).toEqual([5, 6]);
  expect(miou).toBeCloseTo((a + b) / 2, 10);
  expect(miou_deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 10);
});

test('classes that no episode reached are in no mean, and that is said', async () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((letter) => `class-${letter}`);
  const args = [
    '--benchmark',
    'folder',
    '--data',
    data,
    '--weights',
    weights,
    '--test-classes',
    all.join(','),
    '--json',
  ];
  const score = async (...more: readonly string[]) => {
    const { stdout, stderr } = await hypercorr(['eval', '--threads', '1', ...args, ...more]);
    return { ...(JSON.parse(stdout) as Scored), stderr };
  };
  const two = await score('--episodes', '2');
  const reached = two.classes.map(({ name }) => name);
  expect([two.classes_scored, two.classes_asked]).toEqual([reached.length, 5]);
  expect(reached.length).toBeLessThan(3);
  expect(two.protocol).toContain(`; ${reached.length} of 5 classes of data/test`);
  const missed = all.filter((name) => !reached.includes(name)).join(', ');
  expect(two.stderr).toContain(
    `warning: mIoU is not over all 5 classes: no episode of ${missed} was scored; more --episodes reach more of them`,
  );
  const whole = await score();
  expect([whole.classes_scored, whole.protocol, whole.stderr]).toEqual([
    5,
    expect.stringContaining('; 5 classes of'),
    expect.not.stringContaining('not over all'),
  ]);
  const several = await score('--episodes', '1', '--seeds', '4');
  expect(several.seeds.map(({ classes_scored }) => classes_scored)).toEqual([1, 1, 1, 1]);
  expect(several.protocol).toContain('; 1 of 5 classes of');
  expect(several.stderr).toContain('was scored with every seed');
});

test('baselines are scored on the same episodes', async () => {
  const { baselines } = await evaluated('--episodes', '2', '--baselines');
  expect(baselines?.map(({ name }) => name)).toEqual([
    'everything foreground',
    'support mask copied',
    'feature similarity',
    'colour similarity',
  ]);
  // Squares of a quarter of the image.
  expect(baselines?.[0]?.miou).toBeCloseTo(25, 0);
});

test('classes that trained the model are warned of', async () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((letter) => `class-${letter}`).join(',');
  const { stderr } = await hypercorr([
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'folder',
    '--data',
    data,
    '--weights',
    weights,
    '--episodes',
    '1',
    '--test-classes',
    all,
  ]);
  expect(stderr).toMatch(
    /warning: the model was trained on 3 of these classes: class-\w, class-\w, class-\w; the score is not one of unseen classes/,
  );
});

test('settings that contradict the weights are wrong usage', async () => {
  const { exitCode, stderr } = await hypercorr([
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'folder',
    '--data',
    data,
    '--weights',
    weights,
    '--kernel',
    'full',
  ]);
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('is center-pivot, and full was asked for; leave --kernel out'),
  ]);
});

test('a file of weights that is none is named', async () => {
  const { exitCode, stderr } = await hypercorr([
    'eval',
    '--threads',
    '1',
    '--benchmark',
    'folder',
    '--data',
    data,
    '--weights',
    join(data, 'class-a', '1.jpg'),
  ]);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/class-a\/1\.jpg/)]);
});

const own = ['eval', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', weights];
const linesOf = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

test('interrupted, it says and leaves what was scored up to then', async () => {
  const out = join(root, 'interrupted');
  const interrupt = (text: string): void => void (text.includes('episode 6 of 8') && process.emit('SIGINT'));
  const { exitCode, stdout, stderr } = await hypercorr([...own, '--seed', '7', '--seeds', '2', '--out', out], {
    onStderr: interrupt,
  });
  expect([exitCode, stderr]).toEqual([
    130,
    expect.stringContaining(
      'warning: interrupted; the current episode is finished and the score so far printed (once more to stop at once)',
    ),
  ]);
  // The episodes of all seeds are counted, and the seed named.
  expect(stderr.match(/^episode \d of 8, seed \d/gm)).toEqual(
    [1, 2, 3, 4, 5, 6].map((done) => `episode ${done} of 8, seed ${done < 5 ? 7 : 8}`),
  );
  expect(stdout).toMatch(/^mIoU .*, after 6 of 8 episodes: it was interrupted\n/);
  const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8')) as Scored;
  expect(result).toMatchObject({
    finished: false,
    episodes: 6,
    episodes_planned: 8,
    seeds: [{ seed: 7 }, { seed: 8 }],
  });
  const lines = [7, 8].map((seed) => linesOf(join(out, `seed${seed}`, 'episodes.jsonl')));
  expect(lines.map(({ length }) => length)).toEqual([4, 2]);
  // The figure is that of these episodes.
  const sum = (key: string): number =>
    lines.flat().reduce<number>((total, line) => total + Number(Reflect.get(Object(line), key)), 0);
  expect(result.classes[0]).toMatchObject({ intersection: sum('intersection'), union: sum('union') });
  expect(readdirSync(join(out, 'seed7'))).toEqual(['episodes.jsonl']);
});

/** Evaluates on a disk that is full from an operation on. */
async function onFullDisk(out: string, at: number) {
  using disk = new FaultyDisk({ folder: out, at, effect: 'full' });
  return {
    ...(await hypercorr([...own, '--out', out, '--episodes', '2', '--save-predictions'])),
    operations: disk.operations,
  };
}

test('a full disk costs files, but no score', async () => {
  const whole = await onFullDisk(join(root, 'disk'), Infinity);
  const { operations, stdout } = whole;
  const name = (operation: string): boolean => operation.startsWith('write ');
  expect(whole.exitCode).toBe(0);
  // The result is there before anything is drawn.
  expect(operations.filter(name).slice(-3)).toEqual([
    'write result.json',
    expect.stringMatching(/^write 001-iou/),
    expect.stringMatching(/^write 002-iou/),
  ]);
  const figures = (text: string): string | undefined => text.split('\n')[0];
  const fullFrom = async (first: string) => {
    const out = join(root, `full-from-${first.replace(/\W/g, '-')}`);
    const full = await onFullDisk(
      out,
      operations.findIndex((operation) => operation.startsWith(first)),
    );
    expect([full.exitCode, figures(full.stdout)]).toEqual([1, figures(stdout)]);
    expect(full.stderr.match(/ENOSPC: no space left on device/g)).toHaveLength(
      full.stderr.match(/^warning: /gm)?.length ?? 0,
    );
    return { ...full, result: existsSync(join(out, 'result.json')) };
  };
  const early = await fullFrom('append episodes.jsonl');
  // Said once for each kind of file, not for each file.
  expect(
    early.stderr
      .match(/^warning: .*?(episodes\.jsonl|predictions|result\.json|overlays)/gm)
      ?.map((line) => line.replace(/^.*[ /]/, '')),
  ).toEqual(['episodes.jsonl', 'predictions', 'result.json', 'overlays']);
  const late = await fullFrom('write 001-iou');
  expect([late.result, late.stderr]).toEqual([
    true,
    expect.stringMatching(/^warning: \S+\/overlays is incomplete: could not write \S+001-iou/m),
  ]);
});

test('classes with too few images for the shots are left out, and that is said', async () => {
  const uneven = join(root, 'uneven');
  cpSync(data, uneven, { recursive: true });
  for (const image of [2, 3, 4]) for (const end of ['jpg', 'png']) rmSync(join(uneven, 'class-a', `${image}.${end}`));
  const args = ['eval', '--threads', '1', '--benchmark', 'folder', '--data', uneven, '--weights', weights];
  const { exitCode, stdout, stderr } = await hypercorr([...args, '--test-classes', lists]);
  expect([exitCode, stderr]).toEqual([
    0,
    expect.stringContaining(
      'warning: 1-shot episodes need 2 images a class, one of them the query; left out of uneven/test: class-a (1)\n',
    ),
  ]);
  expect(stdout).toContain('; 1 of 2 classes of uneven/test');
  const none = await hypercorr([...args, '--test-classes', 'class-a']);
  expect([none.exitCode, none.stderr]).toEqual([
    2,
    expect.stringMatching(/every class of uneven\/test has fewer: class-a \(1\); add images\n/),
  ]);
  const shots = await hypercorr([...args, '--test-classes', 'class-b', '--shots', '4']);
  expect([shots.exitCode, shots.stderr]).toEqual([
    2,
    expect.stringContaining('class-b (4); ask for fewer shots, or add images'),
  ]);
});

test('weights that are not finite give no score, and are named', async () => {
  const bytes = readFileSync(weights);
  // Behind the header's length and the header: float32 that are all NaN.
  bytes.fill(0xff, 8 + Number(bytes.readBigUInt64LE(0)));
  const broken = join(root, 'broken.safetensors');
  writeFileSync(broken, bytes);
  const { exitCode, stdout, stderr } = await hypercorr([...own, '--weights', broken]);
  expect([exitCode, stdout, stderr]).toEqual([
    1,
    '',
    expect.stringMatching(
      /hypercorr: \[segment\] \S+\.jpg: the logits for class-\w are not finite \(NaN or infinite\), so there is no mask; the weights are damaged: \S+broken\.safetensors\n$/,
    ),
  ]);
});
