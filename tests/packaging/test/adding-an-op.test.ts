import { readFile, realpath, rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { node } from '../support/command.ts';
import { copyWorkspace } from '../support/copy-workspace.ts';
import { applyBlock, guideBlocks } from '../support/guide.ts';
import { root } from '../support/root.ts';

const needed = [
  'tsconfig.base.json',
  'scripts',
  'fixtures',
  'packages/tensor',
  'packages/autograd',
  'packages/nn',
  'packages/conv4d',
  'packages/datasets',
  'packages/vision',
  'packages/onnx',
  'packages/train',
  'packages/hsnet',
  'tools/kernels',
  'tests/custom-op',
  'tests/suite',
];

/** Kernels are compiled and the suite starts: seconds each, and more on a busy machine. */
const patience = 240_000;

const blocks = guideBlocks(await readFile(join(root, 'docs/adding-an-op.md'), 'utf8'));

describe('docs/adding-an-op.md', () => {
  let copy: string;
  beforeAll(async () => {
    copy = await realpath(await mkdtemp(join(tmpdir(), 'adding-an-op-')));
    await copyWorkspace(needed, copy);
  });
  afterAll(() => rm(copy, { recursive: true, force: true }));

  it('touches at most five files', () => {
    const files = new Set(blocks.map(({ file }) => file));
    expect(files.size).toBeGreaterThan(0);
    expect(files.size).toBeLessThanOrEqual(5);
  });

  it('can be applied', async () => {
    for (const block of blocks) await expect(applyBlock(copy, block)).resolves.toBeUndefined();
  });

  it('gives kernels that build', { timeout: patience }, async () => {
    const { scripts } = JSON.parse(await readFile(join(copy, 'packages/tensor/package.json'), 'utf8')) as {
      scripts: { kernels: string };
    };
    const [, ...args] = scripts.kernels.split(' ');
    // All 146 kernels are compiled: fast ones take a minute of a processor, right ones a quarter of that.
    const built = node([join(copy, 'tools/kernels/bin/build-kernels.mjs'), ...args, '--quick'], {
      cwd: join(copy, 'packages/tensor'),
    });
    await expect(built).resolves.toBe('');
  });

  it.each(['packages/tensor', 'tests/suite'])('type-checks in %s', { timeout: patience }, async (folder) => {
    const checked = node([join(root, 'tests/packaging/node_modules/typescript/bin/tsc'), '-p', '.'], {
      cwd: join(copy, folder),
    });
    await expect(checked).resolves.toBe('');
  });

  it('passes the suite on each kind of backend', { timeout: patience }, async () => {
    const suite = join(copy, 'tests/suite');
    const projects = ['reference', 'wasm-2-threads', 'gpu-cpu'].flatMap((project) => ['--project', project]);
    // The files whose tests go by the operations; those of the others have no operation's name.
    const files = ['test/agreement', 'test/special-values', 'test/node'];
    await node(
      ['node_modules/vitest/vitest.mjs', 'run', ...files, ...projects, '--testNamePattern', String.raw`\bcross\b`],
      { cwd: suite },
    );
    const report = JSON.parse(await readFile(join(suite, '.results/vitest.json'), 'utf8')) as {
      testResults: { assertionResults: { status: string; fullName: string }[] }[];
    };
    const passed = report.testResults
      .flatMap(({ assertionResults }) => assertionResults)
      .filter(({ status }) => status === 'passed');
    const count = (title: string): number => passed.filter(({ fullName }) => fullName.endsWith(title)).length;
    // Once a backend, and a pattern that finds nothing would pass too.
    expect(count('on fixed shapes')).toBe(3);
    expect(count('is that of central differences')).toBeGreaterThan(0);
    expect(count('has its gradient rule for its adjoint')).toBeGreaterThan(0);
  });
});
