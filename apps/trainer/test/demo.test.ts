import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultyDisk } from '../../../packages/train/test/support/disk-faults.ts';
import { demoOf, type DemoRecipe } from '../src/commands/demo.ts';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { hypercorr, type Ran } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-demo-'));
const backboneWeights = join(root, 'backbone.safetensors');
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The demo in small: what it does is the same, what it learns is nothing. */
const recipe: DemoRecipe = {
  size: 48,
  imagesPerClass: { episodes: 2, 'held-out': 2 },
  steps: 2,
  batch: 2,
  shots: 1,
  learningRate: 1e-3,
  warmup: 1,
  foregroundWeight: 2,
  out: join(root, 'usual'),
  backboneWeights,
};
const small = demoOf(recipe);
const demo = (...args: readonly string[]) => beside(() => {}, ...args);
const beside = (onStderr: (text: string) => void, ...args: readonly string[]) =>
  hypercorr(['demo', '--threads', '1', ...args], { list: [small], onStderr });

interface Result {
  readonly miou: number;
  readonly fb_iou: number;
  readonly baselines: readonly { readonly name: string; readonly miou: number; readonly fb_iou: number }[];
  readonly classes: readonly { readonly name: string; readonly iou: number }[];
  readonly episodes: number;
  readonly loss: number;
  readonly seconds: number;
  readonly backend: string;
  readonly files: { readonly report: string; readonly weights: string; readonly overlays: readonly string[] };
}

describe('demo', () => {
  let first: Result;
  beforeAll(async () => {
    await writeRandomBackbone(backboneWeights);
    const { exitCode, stdout, stderr } = await demo('--json');
    if (exitCode !== 0) throw new Error(stderr);
    first = JSON.parse(stdout) as Result;
  });

  test('scores every held-out image once, beside four baselines', () => {
    expect(first.episodes).toBe(2 * first.classes.length);
    expect(first.baselines).toHaveLength(4);
    const mean = first.classes.reduce((sum, { iou }) => sum + iou, 0) / first.classes.length;
    expect(first.miou).toBeCloseTo(mean, 10);
    expect(first.seconds).toBeGreaterThan(0);
    expect(first.backend).toMatch(/^wasm: /);
  });

  test('leaves what there is to look at', () => {
    const { report, weights, overlays } = first.files;
    for (const file of [report, weights, ...overlays]) expect(existsSync(file), file).toBe(true);
    expect(overlays.length).toBeGreaterThan(5);
    const page = readFileSync(report, 'utf8');
    for (const { name } of first.baselines) expect(page).toContain(name);
    expect(page).toContain(first.miou.toFixed(1));
    expect(page).toContain('<th>foreground-weight</th><td>2 (published: 1)</td>');
  });

  test('gives the same figures for the same seed, and others for another', async () => {
    const figures = async (...args: readonly string[]): Promise<unknown[]> => {
      const { stdout, stderr, exitCode } = await demo('--json', ...args);
      expect(exitCode, stderr).toBe(0);
      const { miou, fb_iou, loss, classes, baselines } = JSON.parse(stdout) as Result;
      return [miou, fb_iou, loss, classes, baselines];
    };
    const { miou, fb_iou, loss, classes, baselines } = first;
    expect(await figures()).toEqual([miou, fb_iou, loss, classes, baselines]);
    const other = join(root, 'other');
    expect((await figures('--seed', '1', '--out', other))[2]).not.toBe(loss);
    // Each took a new folder, with the same files, but where `--out` named one.
    const filesOf = (name: string): string[] =>
      readdirSync(join(root, name))
        .map((file) => file.replace(/^(events).*/, '$1'))
        .toSorted();
    expect(filesOf('usual-2')).toEqual(filesOf('usual'));
    expect(filesOf('other')).toEqual(filesOf('usual'));
    expect(existsSync(join(root, 'usual-3'))).toBe(false);
    expect(readFileSync(join(other, 'config.json'), 'utf8')).toContain('"seed": 1');
    expect(readFileSync(first.files.weights).equals(readFileSync(join(root, 'usual-2', 'best.safetensors')))).toBe(
      true,
    );
  });

  test('says in words what came of it, and what to look at; nobody else works in its folder meanwhile', async () => {
    const out = join(root, 'in-words');
    const others: Promise<Ran>[] = [];
    const { exitCode, stdout } = await beside(
      (text) => {
        if (text.startsWith('step 1 of 1')) others.push(demo('--out', out), demo('--out', out, '--resume'));
      },
      '--out',
      out,
      '--steps',
      '1',
    );
    expect(exitCode).toBe(0);
    expect(others).toHaveLength(2);
    for (const other of await Promise.all(others))
      expect([other.exitCode, other.stderr]).toEqual([
        1,
        expect.stringContaining(`in-words is in use by process ${process.pid}, hypercorr demo, at work there since`),
      ]);
    expect(stdout).toMatch(
      /^held-out mIoU \d+\.\d, FB-IoU \d+\.\d, on \d+ episodes of \d+ classes that nothing was trained on\n/,
    );
    expect(stdout).toContain('support mask copied');
    expect(stdout).toContain(`look at ${join(out, 'report.html')}`);
  });

  test('does not take the place of a run that is no demo', async () => {
    const out = join(root, 'trained');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), JSON.stringify({ command: 'train', out, benchmark: 'folder' }));
    writeFileSync(join(out, 'last.safetensors'), '');
    const { exitCode, stderr } = await demo('--out', out);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('trained holds config.json, last.safetensors, which demo did not write'),
    ]);
    expect(existsSync(join(out, 'data'))).toBe(false);
  });

  test('nor of a demo that has a checkpoint', async () => {
    const weights = readFileSync(first.files.weights);
    const { exitCode, stderr } = await demo('--out', join(root, 'usual'), '--seed', '1');
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('usual holds a run already: resume it, or choose another folder for a new one'),
    ]);
    expect(readFileSync(first.files.weights).equals(weights)).toBe(true);
  });

  test("leaves a folder data alone that is somebody else's", async () => {
    const out = join(root, 'beside-data');
    mkdirSync(join(out, 'data'), { recursive: true });
    writeFileSync(join(out, 'data', 'mine.txt'), '');
    const { exitCode, stderr } = await demo('--out', out);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('data exists already, and no demo drew it: give another --out, or move it away'),
    ]);
    expect(readdirSync(out, { recursive: true })).toEqual(['data', join('data', 'mine.txt')]);
  });

  test('interrupted, the newest one goes on with --resume, and ends as one that never was', async () => {
    const { exitCode, stderr } = await beside((text) => {
      if (text.startsWith('step 1 of 2')) process.emit('SIGINT');
    });
    expect(exitCode, stderr).toBe(130);
    expect(stderr).toContain(`go on with: hypercorr demo --out ${join(root, 'usual-3')} --resume`);
    const resumed = await demo('--resume', '--json');
    expect(resumed.exitCode, resumed.stderr).toBe(0);
    const { miou, fb_iou, loss, files } = JSON.parse(resumed.stdout) as Result;
    expect([miou, fb_iou, loss]).toEqual([first.miou, first.fb_iou, first.loss]);
    expect(files.weights).toBe(join(root, 'usual-3', 'best.safetensors'));
    expect(readFileSync(files.weights).equals(readFileSync(first.files.weights))).toBe(true);
  });

  test('its held-out classes count as unseen: eval scores its weights on them', async () => {
    const out = join(root, 'usual');
    const { exitCode, stdout, stderr } = await hypercorr([
      ...[
        'eval',
        '--benchmark',
        'generated',
        '--data',
        join(out, 'data'),
        '--weights',
        join(out, 'best.safetensors'),
        '--episodes',
        '2',
        '--json',
      ],
    ]);
    expect(exitCode, stderr).toBe(0);
    expect((JSON.parse(stdout) as { protocol: string }).protocol).toContain(`${first.classes.length} classes`);
  });

  // While it draws, and before its first checkpoint.
  test.each([
    // The plan's file, and a picture.
    ['data', [3, 12]],
    ['last.safetensors', [0]],
  ])('begins again in the same folder where it failed in %s, with --resume or without', async (failing, places) => {
    const out = join(root, `failing-${failing}`);
    for (const at of places) {
      using _ = new FaultyDisk({ folder: join(out, failing), at, effect: 'full' });
      const { exitCode, stderr } = await demo('--out', out, '--seed', '1');
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('ENOSPC')]);
    }
    expect(existsSync(join(out, 'last.safetensors'))).toBe(false);
    // It has a configuration only from the moment that it trains.
    const trained = failing !== 'data';
    const { exitCode, stdout, stderr } = await demo('--out', out, '--json', ...(trained ? ['--resume'] : []));
    expect(exitCode, stderr).toBe(0);
    if (trained)
      expect(stderr).toContain(`the run in ${out} has no checkpoint yet: it starts again from the beginning\n`);
    const { loss } = JSON.parse(stdout) as Result;
    // A run that goes on has the seed that it began with.
    expect(loss === first.loss).toBe(!trained);
    expect(readFileSync(join(out, 'config.json'), 'utf8')).toContain(`"seed": ${trained ? 1 : 0}`);
  });

  test('a demo whose pictures are others by now is not resumed', async () => {
    const out = join(root, 'redrawn');
    cpSync(join(root, 'usual'), out, { recursive: true });
    const plan = join(out, 'data', 'drawn.json');
    writeFileSync(plan, readFileSync(plan, 'utf8').replace('"seed":0', '"seed":1'));
    const { exitCode, stderr } = await demo('--out', out, '--resume');
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`${join(out, 'data')} holds other pictures than the run in ${out} began with`),
    ]);
  });

  test('a demo that is finished is not resumed, and one that never began neither', async () => {
    const { exitCode, stderr } = await demo('--out', join(root, 'usual'), '--resume');
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`the demo in ${join(root, 'usual')} is finished: look at ${first.files.report}`),
    ]);
    const elsewhere = demoOf({ ...recipe, out: join(root, 'nowhere', 'demo') });
    const none = await hypercorr(['demo', '--resume'], { list: [elsewhere] });
    expect([none.exitCode, none.stderr]).toEqual([
      2,
      expect.stringContaining(`there is no demo to resume: ${join(root, 'nowhere', 'demo')} does not exist`),
    ]);
  });
});
