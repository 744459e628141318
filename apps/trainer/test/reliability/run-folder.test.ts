import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FaultyDisk } from '../../reliability/disk-faults.ts';
import { nameEventFile } from '../../src/tensorboard/event.ts';
import { checkFree, createRun } from '../../src/training/run-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-run-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const names = ['config.json', 'metrics.jsonl', 'last.safetensors', 'best.safetensors', 'report.html', 'overlays/01-cat.png', 'top/epoch-0001.safetensors', nameEventFile(0)];

/** Makes a run anew in the place of another, on a disk that can only be read from operation `at` on. */
async function replaceUntil(folder: string, at: number): Promise<boolean> {
  using _ = new FaultyDisk({ folder, at, effect: 'read-only' });
  return await createRun(folder, { command: 'demo', configuration: {} }, { replace: true }).then(() => true, () => false);
}

test('wherever a run is cut off that takes the place of another, it can begin again, and no half of the other is left to resume', async () => {
  for (let at = 0, isDone = false; !isDone; at += 1) {
    const folder = join(root, String(at));
    for (const name of names) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), '{"command":"demo"}');
    }
    isDone = await replaceUntil(folder, at);
    expect(() => checkFree(folder, 'demo', { replace: true }), `cut off at operation ${at}`).not.toThrow();
    const left = names.filter((name) => existsSync(join(folder, name)));
    if (left.includes('last.safetensors')) expect(left).toEqual(names);
    if (isDone) expect(left).toEqual(['config.json']);
    else expect(at).toBeLessThan(20);
  }
});
