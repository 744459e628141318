import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackendProject } from '../../tests/suite/backends.ts';
import { summarise } from '../summarise.ts';

const required: readonly BackendProject[] = [
  { project: 'webgpu', place: 'chromium-isolated', settings: { kind: 'gpu', mode: 'webgpu' } },
];
const backend = {
  project: 'webgpu',
  kind: 'gpu',
  description: 'WebGPU on SwiftShader',
  passed: 2,
  failed: 0,
  skipped: 0,
};
const green = {
  numPassedTests: 2,
  numPendingTests: 1,
  testResults: [{ status: 'passed', assertionResults: [{ status: 'passed' }, { status: 'passed' }] }],
};

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'summary-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const write = (path: string, value: object): void => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), JSON.stringify(value));
};
const summary = (...failedSteps: string[]) => summarise(root, ['suite', 'other'], 'suite', required, failedSteps);

describe('with every result there', () => {
  beforeEach(() => {
    write('suite/.results/vitest.json', green);
    write('other/.results/vitest.json', green);
    write('suite/.results/backend-webgpu.json', backend);
  });

  it('names each backend with what it ran on, and ends with the totals', () => {
    const { lines, failed } = summary();
    expect(failed).toBe(0);
    expect(lines).toContain('  webgpu   2       0       0        WebGPU on SwiftShader');
    expect(lines.at(-1)).toBe('4 passed, 0 failed');
  });

  it('counts failed tests, and files that do not load', () => {
    const broken = [
      { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'failed' }, { status: 'passed' }] },
      { status: 'failed', assertionResults: [] },
    ];
    write('other/.results/vitest.json', { numPassedTests: 1, numPendingTests: 0, testResults: broken });
    expect(summary('test').lines.at(-1)).toBe('3 passed, 3 failed');
  });

  it('counts a failed step once', () => {
    expect(summary('lint').lines.slice(-2)).toEqual(['lint failed', '4 passed, 1 failed']);
    expect(summary('test').lines.slice(-2)).toEqual(['test failed', '4 passed, 1 failed']);
  });

  it('fails for a backend that is missing', () => {
    rmSync(join(root, 'suite/.results/backend-webgpu.json'));
    expect(summary('test').lines.slice(-2)).toEqual(['backend webgpu was not tested', '4 passed, 1 failed']);
  });

  it('fails for a backend that was replaced, or passed nothing', () => {
    write('suite/.results/backend-webgpu.json', { ...backend, kind: 'reference' });
    expect(summary().lines.slice(-2)).toEqual(['backend webgpu ran on reference, not on gpu', '4 passed, 1 failed']);
    write('suite/.results/backend-webgpu.json', { ...backend, passed: 0 });
    expect(summary().lines.slice(-2)).toEqual(['backend webgpu passed no test', '4 passed, 1 failed']);
  });

  it('requires no backend where the suite is not tested', () => {
    const { lines, failed } = summarise(root, ['other'], 'suite', required, []);
    expect(failed).toBe(0);
    expect(lines.join('\n')).not.toContain('Backends');
    expect(lines.at(-1)).toBe('2 passed, 0 failed');
  });

  it('fails for a package without results', () => {
    rmSync(join(root, 'other'), { recursive: true });
    expect(summary().lines.slice(-2)).toEqual(['other left no results', '2 passed, 1 failed']);
  });
});
