import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FaultyDisk, type DiskFault, type Operation } from '../../../../packages/train/test/support/disk-faults.ts';
import { describeCheckpoint } from '@hypercorr/train/node';
import { writeRandomBackbone } from '../support/backbone-weights.ts';
import { history, shownByTensorBoard } from '../support/history.ts';
import { writeShapes } from '../support/shapes-dataset.ts';
import { hypercorr, type Ran } from '../support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-disk-'));
const data = join(root, 'data');
const backbone = join(root, 'backbone.safetensors');
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** An epoch of one step. */
const train = (out: string) => [
  ...[
    'train',
    '--benchmark',
    'folder',
    '--data',
    data,
    '--backbone',
    'tiny',
    '--backbone-weights',
    backbone,
    '--size',
    '32',
    '--threads',
    '1',
  ],
  ...['--batch', '1', '--episodes', '1', '--val-episodes', '1', '--epochs', '1', '--top-k', '1', '--out', out],
];

/** Goes on with what is there, as a user would. */
const finish = (out: string): Promise<Ran> =>
  hypercorr(existsSync(join(out, 'last.safetensors')) ? ['train', '--out', out, '--resume'] : train(out));

async function withFault(fault: DiskFault): Promise<Ran & { readonly operations: readonly Operation[] }> {
  using disk = new FaultyDisk(fault);
  return { ...(await hypercorr(train(fault.folder))), operations: disk.operations };
}

const whole = join(root, 'whole');
let operations: readonly Operation[];
beforeAll(async () => {
  await writeShapes(data, { classes: 3, images: 2, side: 32 });
  await writeRandomBackbone(backbone);
  const { exitCode, stderr, operations: all } = await withFault({ folder: whole, at: Infinity, effect: 'full' });
  if (exitCode !== 0) throw new Error(stderr);
  operations = all;
});

/** Where each kind of writing on each file happens first. */
const writing = (): number[] =>
  operations.flatMap((operation, at) =>
    /^(write|append)/.test(operation) && operations.indexOf(operation) === at ? [at] : [],
  );

async function expectWhole(out: string): Promise<void> {
  const { exitCode, stderr } = await finish(out);
  expect(exitCode, stderr).toBe(0);
  expect(history(out)).toEqual(history(whole));
  expect(shownByTensorBoard(out)).toEqual(shownByTensorBoard(whole));
  const models = (folder: string) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.safetensors'))
      .toSorted();
  expect(models(out)).toEqual(models(whole));
  for (const name of models(whole))
    expect(readFileSync(join(out, name)).equals(readFileSync(join(whole, name))), name).toBe(true);
  expect(readdirSync(out, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tmp'))).toEqual([]);
}

test('a run touches its files in the expected ways', () => {
  for (const name of [
    'write run.lock',
    'write config.json',
    'append metrics.jsonl',
    'write last.safetensors',
    'rename last.safetensors',
    'write best.safetensors',
    'write epoch-0001.safetensors',
    'write report.html',
    'remove run.lock',
  ]) {
    expect(operations).toContain(name);
  }
});

/** Trains on a disk that fails, and looks at what is said and what is left. */
async function expectFailure(at: number, effect: 'full' | 'read-only'): Promise<string> {
  const what = `${effect} at operation ${at}, ${operations[at]}`;
  const out = join(root, `${effect}-${at}`);
  const { exitCode, stderr } = await withFault({ folder: out, at, effect });
  expect(exitCode, `${what}: ${stderr}`).toBe(1);
  expect(stderr, what).toMatch(new RegExp(`hypercorr: \\S.*${out}.*${effect === 'full' ? 'ENOSPC' : 'EROFS'}.*\\n$`));
  expect(stderr, what).not.toMatch(/\n\s+at /);
  if (existsSync(join(out, 'last.safetensors'))) {
    expect((await describeCheckpoint(join(out, 'last.safetensors'))).about?.position.step, what).toBe(1);
    expect(stderr, what).toMatch(
      /the last good checkpoint is of step 1: \S+last\.safetensors; resume the run to go on from there/,
    );
  }
  return out;
}

test('a full disk is told in one line whatever is being written, leaves a good checkpoint, and the run goes on to the same end', async () => {
  // Configuration, history, events, two models and a report, at least.
  expect(writing().length).toBeGreaterThan(6);
  for (const at of writing()) {
    const out = await expectFailure(at, 'full');
    // Before that there is nothing to go on with: the run starts anew.
    if (at >= operations.indexOf('write last.safetensors')) await expectWhole(out);
  }
}, 300_000);

test('so is a disk that can only be read', async () => {
  // The lock is removed last: by then nothing is lost.
  const places = [0, operations.indexOf('rename last.safetensors'), operations.indexOf('remove run.lock') - 1];
  expect(Math.min(...places)).toBe(0);
  for (const at of places) await expectWhole(await expectFailure(at, 'read-only'));
}, 300_000);

describe('a real disk', () => {
  const disk = join(root, 'disk');
  const mount = (...options: readonly string[]): boolean =>
    spawnSync('mount', ['-t', 'tmpfs', '-o', options.join(), 'none', disk]).status === 0;
  mkdirSync(disk);
  /** Room for one checkpoint, not for another beside it. */
  const isMounted = mount('size=45m');
  afterAll(() => {
    if (isMounted) spawnSync('umount', [disk]);
  });

  test.skipIf(!isMounted)(
    `that is full keeps the last checkpoint, which goes on once there is room (needs leave to mount)`,
    async () => {
      const out = join(disk, 'run');
      const { exitCode, stderr } = await hypercorr([...train(out), '--epochs', '2']);
      expect([exitCode, stderr]).toEqual([
        1,
        expect.stringMatching(
          /hypercorr: \[safetensors\] could not write \S+: ENOSPC: no space left on device, write; what was there is unchanged\n$/,
        ),
      ]);
      expect((await describeCheckpoint(join(out, 'last.safetensors'))).about?.position.step).toBe(1);
      expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
      const readOnly = await hypercorr(['train', '--out', out, '--resume']);
      expect([readOnly.exitCode, readOnly.stderr]).toEqual([
        1,
        expect.stringContaining('EROFS: read-only file system'),
      ]);
      const dry = await hypercorr([...train(join(disk, 'other')), '--dry-run']);
      expect([dry.exitCode, dry.stderr]).toEqual([
        1,
        expect.stringContaining(`cannot write to ${join(disk, 'other')}: EROFS: read-only file system`),
      ]);
      expect(spawnSync('mount', ['-o', 'remount,rw,size=200m', disk]).status).toBe(0);
      const resumed = await hypercorr(['train', '--out', out, '--resume']);
      expect(resumed.exitCode, resumed.stderr).toBe(0);
      expect((await describeCheckpoint(join(out, 'last.safetensors'))).about?.position.step).toBe(2);
    },
    300_000,
  );
});
