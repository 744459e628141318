import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demoOf } from '../src/commands/demo.ts';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { hypercorr } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-demo-'));
const backboneWeights = join(root, 'backbone.safetensors');
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** The demo in small: what it does is the same, what it learns is nothing. */
const small = demoOf({
  ...{ size: 48, imagesPerClass: { episodes: 2, 'held-out': 2 }, steps: 2, batch: 2, shots: 1, learningRate: 1e-3, warmup: 1, foregroundWeight: 2 },
  ...{ out: join(root, 'usual'), backboneWeights },
});
const demo = (...args: readonly string[]) => hypercorr(['demo', '--threads', '1', ...args], { list: [small] });

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
  });

  test('says in words what came of it, and what to look at', async () => {
    const { exitCode, stdout } = await demo('--steps', '1');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^held-out mIoU \d+\.\d, FB-IoU \d+\.\d, on \d+ episodes of \d+ classes that nothing was trained on\n/);
    expect(stdout).toContain('support mask copied');
    expect(stdout).toContain(`look at ${join(root, 'usual', 'report.html')}`);
  });

  test('does not take the place of a run that is no demo', async () => {
    const out = join(root, 'trained');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), JSON.stringify({ command: 'train', out, benchmark: 'folder' }));
    writeFileSync(join(out, 'last.safetensors'), '');
    const { exitCode, stderr } = await demo('--out', out);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('trained holds config.json, last.safetensors, which hypercorr demo did not write')]);
    expect(existsSync(join(out, 'data'))).toBe(false);
  });

  test('its held-out classes count as unseen: eval scores its weights on them', async () => {
    const out = join(root, 'usual');
    const { exitCode, stdout, stderr } = await hypercorr([
      ...['eval', '--benchmark', 'generated', '--data', join(out, 'data'), '--weights', join(out, 'best.safetensors'), '--episodes', '2', '--json'],
    ]);
    expect(exitCode, stderr).toBe(0);
    expect((JSON.parse(stdout) as { protocol: string }).protocol).toContain(`${first.classes.length} classes`);
  });

  test('a demo whose data was to be replaced is not resumed with it', async () => {
    const out = join(root, 'replaced');
    mkdirSync(out);
    writeFileSync(join(out, 'config.json'), JSON.stringify({ command: 'demo', out }));
    for (const name of ['last.safetensors', 'data']) writeFileSync(join(out, name), '');
    const { exitCode, stderr } = await demo('--out', out);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('data: it is a file, not a folder')]);
    expect(existsSync(join(out, 'last.safetensors'))).toBe(false);
  });

  test('a demo that is over is not resumed', async () => {
    const { exitCode, stderr } = await demo('--resume');
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('is over: look at')]);
  });
});
