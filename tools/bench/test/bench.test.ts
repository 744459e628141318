import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Stopwatch, median, summarise } from '../src/timing.ts';

const bench = (...options: string[]) =>
  spawnSync(process.execPath, ['--conditions=source', '--import', 'tsx', 'src/main.ts', ...options], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
  });

describe('pnpm bench', () => {
  test('prints a line of JSON for each case, and what is compared beside it', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = bench(
      '--case',
      'matmul.256',
      '--runs',
      '2',
      '--threads',
      '2',
      '--peer',
      'hypercorr-1-thread',
      '--json',
    );
    expect(status, stderr).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    const number: unknown = expect.any(Number);
    expect(lines[0]).toEqual({
      case: 'matmul.256',
      backend: 'wasm',
      threads: 2,
      median_ms: number,
      min_ms: number,
      max_ms: number,
      gflops: number,
      peak_tensor_mb: number,
      peak_rss_mb: number,
      commit: expect.any(String) as unknown,
      machine: expect.any(String) as unknown,
    });
    expect(lines[1]).toMatchObject({ case: 'matmul.256', peer: 'hypercorr-1-thread', ours_over_theirs: number });
  });

  test('prints the memory of a process that does nothing else', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = bench('--case', 'infer-1shot.tiny.64', '--memory', '--json');
    expect(status, stderr).toBe(0);
    const line = JSON.parse(stdout) as { peer: string; peak_rss_mb: number };
    expect(line).toMatchObject({ case: 'infer-1shot.tiny.64', peer: 'hypercorr' });
    // Node alone takes some 40 MB.
    expect(line.peak_rss_mb).toBeGreaterThan(40);
  });

  test('says which cases there are', () => {
    const { status, stderr } = bench('--case', 'nope');
    expect(status).toBe(2);
    expect(stderr).toMatch(/^bench: there is no case nope; there are matmul\.256, matmul\.1024, /);
  });
});

describe('pnpm bench bundle-size', () => {
  test('builds what it measures, and runs it', { timeout: 120_000 }, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', 'src/bundle-size.ts', '--json'],
      {
        cwd: fileURLToPath(new URL('..', import.meta.url)),
        encoding: 'utf8',
      },
    );
    expect(status, stderr).toBe(0);
    const [forward, training] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { bundle: string; script: number; wasm: number; total_gzip: number });
    expect(forward).toMatchObject({ bundle: 'hypercorr, forward', wasm: 0 });
    expect(training).toMatchObject({ bundle: 'hypercorr, training step', wasm: 0 });
    expect(forward?.total_gzip).toBeGreaterThan(20_000);
    expect(training?.total_gzip).toBeGreaterThan(forward?.total_gzip ?? NaN);
    expect(training?.total_gzip).toBeLessThan(100_000);
  });
});

describe('timing', () => {
  test('the median is the middle, or the mean of the two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(summarise([2, 1, 4])).toEqual({ median_ms: 2, min_ms: 1, max_ms: 4 });
  });

  test('a short run is repeated', () => {
    expect(new Stopwatch(() => {}).repetitions).toBeGreaterThan(10);
  });
});
