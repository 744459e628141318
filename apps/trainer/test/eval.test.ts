import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
  const training = ['--batch', '2', '--episodes', '2', '--epochs', '1', '--val-episodes', '1', '--out', join(root, 'run')];
  await hypercorrJson('train', '--threads', '1', '--benchmark', 'folder', '--data', data, ...model, ...training);
});

interface Scored {
  readonly protocol: string;
  readonly miou: number;
  readonly fb_iou: number;
  readonly miou_deviation?: number;
  readonly classes_scored: number;
  readonly classes_asked: number;
  readonly seeds: readonly { readonly seed: number; readonly miou: number; readonly classes_scored: number }[];
  readonly classes: readonly { readonly id: number; readonly name: string; readonly iou: number; readonly intersection: number; readonly union: number }[];
  readonly baselines?: readonly { readonly name: string; readonly miou: number }[];
  readonly episodes: number;
}

const lists = join(root, 'test-classes.txt');
const evaluated = (...more: readonly string[]) => hypercorrJson<Scored>('eval', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', weights, ...more);

test('every image of the test classes is the query once, and the protocol says so', async () => {
  const { protocol, miou, fb_iou, classes, episodes } = await evaluated();
  expect(protocol).toBe(
    'hypercorr; every-query: each image once as the query, supports drawn without repetition, seed 0; 1 classes of data/test, 1-shot; images at 32×32, scored there, void left out',
  );
  expect(episodes).toBe(4);
  expect(classes).toHaveLength(1);
  const [first] = classes;
  expect(first?.iou).toBeCloseTo((100 * (first?.intersection ?? 0)) / (first?.union ?? 1), 10);
  expect(miou).toBeCloseTo(first?.iou ?? NaN, 10);
  expect(fb_iou).toBeGreaterThan(0);
});

test('random episodes of several seeds give a mean and a deviation', async () => {
  const { miou, miou_deviation, seeds, episodes, protocol } = await evaluated('--episodes', '3', '--seeds', '2', '--seed', '5', '--shots', '2', '--test-classes', lists);
  expect(episodes).toBe(6);
  expect(protocol).toMatch(/^hypercorr; random: 3 episodes.*seeds 5 to 6; .*2 classes.*2-shot;/);
  const [a = NaN, b = NaN] = seeds.map((each) => each.miou);
  expect(seeds.map(({ seed }) => seed)).toEqual([5, 6]);
  expect(miou).toBeCloseTo((a + b) / 2, 10);
  expect(miou_deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 10);
});

test('classes that no episode reached are in no mean, and that is said', async () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((letter) => `class-${letter}`);
  const args = ['--benchmark', 'folder', '--data', data, '--weights', weights, '--test-classes', all.join(','), '--json'];
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
  expect(two.stderr).toContain(`warning: mIoU is not over all 5 classes: no episode of ${missed} was scored; more --episodes reach more of them`);
  const whole = await score();
  expect([whole.classes_scored, whole.protocol, whole.stderr]).toEqual([5, expect.stringContaining('; 5 classes of'), expect.not.stringContaining('not over all')]);
  const several = await score('--episodes', '1', '--seeds', '4');
  expect(several.seeds.map(({ classes_scored }) => classes_scored)).toEqual([1, 1, 1, 1]);
  expect(several.protocol).toContain('; 1 of 5 classes of');
  expect(several.stderr).toContain('was scored with every seed');
});

test('baselines are scored on the same episodes', async () => {
  const { baselines } = await evaluated('--episodes', '2', '--baselines');
  expect(baselines?.map(({ name }) => name)).toEqual(['everything foreground', 'support mask copied', 'feature similarity', 'colour similarity']);
  // Squares of a quarter of the image.
  expect(baselines?.[0]?.miou).toBeCloseTo(25, 0);
});

test('classes that trained the model are warned of', async () => {
  const all = ['a', 'b', 'c', 'd', 'e'].map((letter) => `class-${letter}`).join(',');
  const { stderr } = await hypercorr(['eval', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', weights, '--episodes', '1', '--test-classes', all]);
  expect(stderr).toMatch(/warning: the model was trained on 3 of these classes: class-\w, class-\w, class-\w; this is no few-shot score/);
});

test('settings that contradict the weights are wrong usage', async () => {
  const { exitCode, stderr } = await hypercorr(['eval', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', weights, '--kernel', 'full']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('holds a model with kernel center-pivot; --kernel says full')]);
});

test('a file of weights that is none is named', async () => {
  const { exitCode, stderr } = await hypercorr(['eval', '--threads', '1', '--benchmark', 'folder', '--data', data, '--weights', join(data, 'class-a', '1.jpg')]);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/class-a\/1\.jpg/)]);
});
