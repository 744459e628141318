import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultyDisk } from '../../../packages/train/test/support/disk-faults.ts';
import { demoOf } from '../src/commands/demo.ts';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { hypercorr, type Ran } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-demo-'));
const backboneWeights = join(root, 'backbone.safetensors');
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The demo in small: what it does is the same, what it learns is nothing. */
const small = demoOf({
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
});
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
      const { stdout } = await demo('--json', '--out', join(root, 'again'), ...args);
      const { miou, fb_iou, loss, classes, baselines } = JSON.parse(stdout) as Result;
      return [miou, fb_iou, loss, classes, baselines];
    };
    const { miou, fb_iou, loss, classes, baselines } = first;
    expect(await figures()).toEqual([miou, fb_iou, loss, classes, baselines]);
    expect((await figures('--seed', '1'))[2]).not.toBe(loss);
    // One took the other's place as a whole.
    const [usual, replaced] = ['usual', 'again'].map((name) =>
      readdirSync(join(root, name))
        .map((file) => file.replace(/^(events).*/, '$1'))
        .toSorted(),
    );
    expect(replaced).toEqual(usual);
    expect(readFileSync(join(root, 'again', 'config.json'), 'utf8')).toContain('"seed": 1');
  });

  test('says in words what came of it, and what to look at', async () => {
    const others: Promise<Ran>[] = [];
    const { exitCode, stdout } = await beside(
      (text) => {
        if (text.startsWith('draws the dataset')) others.push(demo(), demo('--resume'));
      },
      '--steps',
      '1',
    );
    expect(exitCode).toBe(0);
    expect(others).toHaveLength(2);
    for (const other of await Promise.all(others))
      expect([other.exitCode, other.stderr]).toEqual([
        1,
        expect.stringContaining(`usual is in use by process ${process.pid}, hypercorr demo, at work there since`),
      ]);
    expect(stdout).toMatch(
      /^held-out mIoU \d+\.\d, FB-IoU \d+\.\d, on \d+ episodes of \d+ classes that nothing was trained on\n/,
    );
    expect(stdout).toContain('support mask copied');
    expect(stdout).toContain(`look at ${join(root, 'usual', 'report.html')}`);
  });

  test('does not take the place of a run that is no demo', async () => {
    const out = join(root, 'trained');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), JSON.stringify({ command: 'train', out, benchmark: 'folder' }));
    writeFileSync(join(out, 'last.safetensors'), '');
    const { exitCode, stderr } = await demo('--out', out);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringContaining('trained holds config.json, last.safetensors, which hypercorr demo did not write'),
    ]);
    expect(existsSync(join(out, 'data'))).toBe(false);
  });

  test.each(['data', 'data.new', 'data.old', 'new-run'])(
    "leaves a folder %s alone that is somebody else's",
    async (name) => {
      const out = join(root, `beside-${name}`);
      mkdirSync(join(out, name), { recursive: true });
      writeFileSync(join(out, name, 'mine.txt'), '');
      const { exitCode, stderr } = await demo('--out', out);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(
          name === 'new-run'
            ? /holds new-run, which hypercorr demo did not write/
            : /is there already, and no demo drew it: give another --out/,
        ),
      ]);
      expect(readdirSync(out, { recursive: true })).toEqual([name, join(name, 'mine.txt')]);
    },
  );

  test('goes on where it was cut off between the old dataset and the new one', async () => {
    const out = join(root, 'between');
    cpSync(join(root, 'usual'), out, { recursive: true });
    renameSync(join(out, 'data'), join(out, 'data.old'));
    const { stderr } = await demo('--out', out, '--resume');
    expect(stderr).toContain('is over: look at');
    expect(readdirSync(out).filter((name) => name.startsWith('data'))).toEqual(['data']);
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
  test.each(['data.new', 'new-run'])('a demo stays as it is when the next one fails in %s', async (failing) => {
    const out = join(root, failing);
    cpSync(join(root, 'usual'), out, { recursive: true });
    const kept = ['best.safetensors', 'last.safetensors', 'config.json', 'metrics.jsonl', 'report.html'];
    const state = () => kept.map((name) => readFileSync(join(out, name), 'base64'));
    const before = state();
    {
      using _ = new FaultyDisk({ folder: join(out, failing), at: 2, effect: 'full' });
      const { exitCode, stderr } = await demo('--out', out, '--seed', '1');
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('ENOSPC')]);
    }
    expect(state()).toEqual(before);
    if (failing === 'data.new') return;
    const { exitCode, stderr } = await demo('--out', out, '--resume');
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('was drawn anew since, for a demo that has no checkpoint'),
    ]);
  });

  test('a demo that is over is not resumed', async () => {
    const { exitCode, stderr } = await demo('--resume');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('is over: look at')]);
  });
});
