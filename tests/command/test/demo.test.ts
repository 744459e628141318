import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hypercorr } from '../support/hypercorr.ts';

/** A quarter of the demo's steps: what it shows is seen, and it takes one minute on two processors in place of four. */
const steps = 150;

/** A machine that does more at a time takes longer. */
const patience = 900_000;

/** What `hypercorr demo --json` prints. */
interface DemoResult {
  readonly miou: number;
  readonly fb_iou: number;
  readonly baselines: readonly { readonly name: string; readonly miou: number }[];
  readonly classes: readonly { readonly name: string; readonly iou: number }[];
  readonly episodes: number;
  readonly seconds: number;
  readonly backend: string;
  readonly files: Readonly<Record<string, string | readonly string[]>>;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the demo', () => {
  it('segments classes that it never saw, far better than what needs no learning', { timeout: patience }, async () => {
    const { code, stdout, stderr } = await hypercorr(['demo', '--steps', String(steps), '--json'], folder);
    expect(code, stderr).toBe(0);
    const result = JSON.parse(stdout) as DemoResult;
    const baselines = result.baselines.map(({ miou }) => miou);
    process.stdout.write(`${JSON.stringify(result)}\n`);
    expect(baselines).toHaveLength(4);
    expect(Math.max(...baselines)).toBeLessThanOrEqual(40);
    expect(result.miou).toBeGreaterThanOrEqual(46);
    expect(result.miou).toBeGreaterThanOrEqual(Math.max(...baselines) + 8);
    expect(result.backend).toMatch(/^wasm: /);
    expect(Object.keys(result.files)).toEqual(expect.arrayContaining(['report', 'weights']));
    for (const file of Object.values(result.files).flat())
      expect((await stat(resolve(folder, file))).size).toBeGreaterThan(0);
  });
});
