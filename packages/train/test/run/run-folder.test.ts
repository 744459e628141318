import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FaultyDisk } from '../support/disk-faults.ts';
import { RunError, RunUsageError } from '../../src/errors.ts';
import { nameEventFile } from '../../src/events/event.ts';
import { freshFolder, numberedFolders } from '../../src/run/numbered-folders.ts';
import { checkFree, createRun, isRunOf, removeHalfWritten } from '../../src/run/run-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-run-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const names = [
  'config.json',
  'metrics.jsonl',
  'last.safetensors',
  'best.safetensors',
  'report.html',
  'overlays/01-cat.png',
  'top/epoch-0001.safetensors',
  nameEventFile(0),
];

function writeRun(folder: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '{"command":"demo"}');
  }
}

function writeRunWithoutWeights(folder: string): void {
  writeRun(folder);
  for (const name of ['last.safetensors', 'best.safetensors']) rmSync(join(folder, name));
}

test('a run without weights is begun anew where it is', () => {
  const folder = join(root, 'no-weights');
  writeRunWithoutWeights(folder);
  createRun(folder, { command: 'demo', configuration: { seed: 1 } });
  expect(readdirSync(folder).toSorted()).toEqual(['config.json', 'overlays', 'top']);
  expect([readdirSync(join(folder, 'overlays')), readdirSync(join(folder, 'top'))]).toEqual([[], []]);
  expect(JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))).toEqual({ command: 'demo', seed: 1 });
});

test('wherever beginning anew is cut off, the run can begin again', () => {
  for (let at = 0, isDone = false; !isDone; at += 1) {
    const folder = join(root, `cut-${at}`);
    writeRunWithoutWeights(folder);
    {
      using _ = new FaultyDisk({ folder, at, effect: 'read-only' });
      try {
        createRun(folder, { command: 'demo', configuration: { seed: 1 } });
        isDone = true;
      } catch (error) {
        expect(error, `cut off at operation ${at}`).toBeInstanceOf(RunError);
      }
    }
    expect(isRunOf(folder, 'demo'), `cut off at operation ${at}`).toBe(true);
    expect(() => checkFree(folder, 'demo'), `cut off at operation ${at}`).not.toThrow();
    expect(at).toBeLessThan(30);
  }
});

test('a run with a checkpoint stays as it is', () => {
  const folder = join(root, 'with-weights');
  writeRun(folder);
  const begin = () => createRun(folder, { command: 'demo', configuration: {} });
  expect(begin).toThrow(RunUsageError);
  expect(begin).toThrow(`${folder} holds a run already: resume it, or choose another folder for a new one`);
  for (const name of names) expect(readFileSync(join(folder, name), 'utf8')).toBe('{"command":"demo"}');
});

test("files of others are left alone: another command's, or without a configuration", () => {
  const folder = join(root, 'others');
  writeRunWithoutWeights(folder);
  expect(() => createRun(folder, { command: 'train', configuration: {} })).toThrow(
    `${folder} holds config.json, metrics.jsonl, report.html, overlays, top, which train did not write: choose another folder, or move them away`,
  );
  rmSync(join(folder, 'config.json'));
  expect(() => createRun(folder, { command: 'demo', configuration: {} })).toThrow('which demo did not write');
  writeFileSync(join(folder, 'config.json'), '["demo"');
  expect(isRunOf(folder, 'demo')).toBe(false);
  expect(existsSync(join(folder, 'metrics.jsonl'))).toBe(true);
  expect(() => createRun(join(folder, 'report.html'), { command: 'demo', configuration: {} })).toThrow(
    'report.html is a file; a run needs a folder',
  );
});

test("half-written files of a run's own are removed, and no others", () => {
  const folder = join(root, 'half');
  writeRun(folder);
  const half = '.01234567-89ab-4cde-8f01-23456789abcd.tmp';
  const own = ['last.safetensors', 'config.json', 'overlays/02-dog.png', 'top/epoch-0002.safetensors'];
  const others = [`notes.txt${half}`, 'last.safetensors.tmp'];
  for (const name of own) writeFileSync(join(folder, name + half), '');
  for (const name of others) writeFileSync(join(folder, name), '');
  removeHalfWritten(folder);
  for (const name of [...names, ...others]) expect(existsSync(join(folder, name)), name).toBe(true);
  for (const name of own) expect(existsSync(join(folder, name + half)), name).toBe(false);
  removeHalfWritten(join(root, 'nowhere'));
});

test('numbered folders: the first that is free, and those that exist, the newest first', () => {
  const base = join(root, 'numbered', 'demo');
  expect([freshFolder(base), numberedFolders(base)]).toEqual([base, []]);
  mkdirSync(base, { recursive: true });
  expect([freshFolder(base), numberedFolders(base)]).toEqual([`${base}-2`, [base]]);
  for (const number of [2, 3, 10]) mkdirSync(`${base}-${number}`);
  // Names that mean something else, and a file.
  for (const name of [`${base}-1`, `${base}-02`, `${base}-x`, `${base}-11-old`, join(root, 'numbered', 'my-demo')])
    mkdirSync(name, { recursive: true });
  writeFileSync(`${base}-12`, '');
  rmSync(base, { recursive: true });
  expect([freshFolder(base), numberedFolders(base)]).toEqual([`${base}-13`, [`${base}-10`, `${base}-3`, `${base}-2`]]);
});
