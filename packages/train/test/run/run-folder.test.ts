import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FaultyDisk } from '../support/disk-faults.ts';
import { RunError } from '../../src/errors.ts';
import { nameEventFile } from '../../src/events/event.ts';
import { checkFree, configurationFile, createRun, takePlace } from '../../src/run/run-folder.ts';

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

/** What a new run has written by its first checkpoint. */
const fresh = ['metrics.jsonl', nameEventFile(1), 'last.safetensors'];

/** Makes a run anew in the place of another, on a disk that can only be read from operation `at` on. */
function replaceUntil(folder: string, at: number): boolean {
  using _ = new FaultyDisk({ folder, at, effect: 'read-only' });
  try {
    const { last } = createRun(folder, { command: 'demo', configuration: { seed: 1 } }, { replace: true });
    for (const name of fresh) writeFileSync(join(dirname(last), name), 'new');
    takePlace(folder);
    return true;
  } catch (error) {
    if (!(error instanceof RunError)) expect(error).toMatchObject({ code: 'EROFS' });
    return false;
  }
}

function writeRun(folder: string): void {
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '{"command":"demo"}');
  }
}

test('wherever a run is cut off that takes the place of another, there is one of the two to go on with, and it can begin again', () => {
  for (let at = 0, isDone = false; !isDone; at += 1) {
    const folder = join(root, String(at));
    writeRun(folder);
    isDone = replaceUntil(folder, at);
    const where = `cut off at operation ${at}`;
    expect(() => checkFree(folder, 'demo', { replace: true }), where).not.toThrow();
    expect(existsSync(join(folder, 'last.safetensors')), where).toBe(true);
    // As `--resume` does.
    const isNew = readFileSync(configurationFile(folder), 'utf8').includes('"seed": 1');
    takePlace(folder);
    const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      statSync(join(folder, name)).isFile(),
    );
    expect(left.toSorted(), where).toEqual((isNew ? ['config.json', ...fresh] : names).toSorted());
    expect(readFileSync(join(folder, 'last.safetensors'), 'utf8'), where).toBe(isNew ? 'new' : '{"command":"demo"}');
    expect(at).toBeLessThan(30);
  }
});

test('a run without weights is begun anew where it is', () => {
  const folder = join(root, 'no-weights');
  writeRun(folder);
  for (const name of ['last.safetensors', 'best.safetensors']) rmSync(join(folder, name));
  createRun(folder, { command: 'demo', configuration: {} });
  expect(readdirSync(folder).toSorted()).toEqual(['config.json', 'overlays', 'top']);
});
