import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decode } from 'fast-png';
import { afterAll, describe, expect, test } from 'vitest';

const program = fileURLToPath(new URL('../dist/spirals.js', import.meta.url));
const out = mkdtempSync(join(tmpdir(), 'hypercorr-spirals-'));
afterAll(() => rmSync(out, { recursive: true, force: true }));

const spirals = (...options: string[]) =>
  spawnSync(process.execPath, [program, '--out', out, ...options], { encoding: 'utf8' });

interface Result {
  readonly accuracy: number;
  readonly loss: number;
  readonly backend: string;
  readonly picture: string;
}
const resultOf = (stdout: string): Result => JSON.parse(stdout) as Result;

describe('the spirals demo', () => {
  test('learns the spirals, and draws them', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = spirals('--json');
    expect(status, stderr).toBe(0);
    const { accuracy, picture, backend } = resultOf(stdout);
    expect(accuracy).toBeGreaterThan(0.97);
    expect(backend).toMatch(/^wasm: /);
    expect(stderr).toMatch(/step 1000 of 1000, loss [\d.]+, 0\.0 s left\n$/);
    const { width, height, data } = decode(readFileSync(picture));
    expect([width, height]).toEqual([440, 440]);
    // Both classes' colours cover a good part of the plane.
    const blue = Array.from({ length: width * height }, (_, i) => (data[3 * i + 2] ?? 0) > (data[3 * i] ?? 0)).filter(Boolean).length;
    expect(blue / (width * height)).toBeGreaterThan(0.25);
    expect(blue / (width * height)).toBeLessThan(0.75);
  });

  test('gives the same figures for the same seed, whatever the number of threads', { timeout: 60_000 }, () => {
    const losses = ['1', '2', '2'].map((threads) => resultOf(spirals('--json', '--quiet', '--steps', '20', '--threads', threads).stdout).loss);
    expect(losses[1]).toBe(losses[0]);
    expect(losses[2]).toBe(losses[0]);
    expect(resultOf(spirals('--json', '--quiet', '--steps', '20', '--seed', '1').stdout).loss).not.toBe(losses[0]);
  });

  test('says what to do about wrong options', () => {
    const wrongValue = spirals('--steps', 'many');
    expect(wrongValue.status).toBe(2);
    expect(wrongValue.stderr).toBe('spirals: --steps takes a whole number from 1, got many\n');
    expect(spirals('--stpes', '5').status).toBe(2);
  });
});
