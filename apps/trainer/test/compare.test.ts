import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-compare-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A run's folder with a history of one step an epoch. */
function writeRun(name: string, settings: object, mious: readonly number[], more = ''): string {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ command: 'train', ...settings }));
  const lines = mious.flatMap((val_miou, i) => [
    { kind: 'step', step: i + 1, epoch: i + 1, loss: 1 / (i + 1), seconds: 1.5 },
    {
      kind: 'epoch',
      epoch: i + 1,
      step: i + 1,
      loss: 1 / (i + 1),
      val_miou,
      val_fb_iou: 60,
      best: mious.slice(0, i).every((before) => val_miou > before),
    },
  ]);
  writeFileSync(join(folder, 'metrics.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join('') + more);
  return folder;
}

test('figures, curves and differing settings of several runs are put side by side', async () => {
  const plain = writeRun('plain', { lr: 0.001, batch: 2, out: 'a' }, [20, 40, 30]);
  // It is being written.
  const augmented = writeRun(
    'augmented',
    { lr: 0.001, batch: 4, augment: ['flip', 'crop'], out: 'b' },
    [10],
    '{"kind":"st',
  );
  const young = writeRun('young', { lr: 0.001, batch: 2, out: 'c' }, []);
  const out = join(root, 'reports');
  const { runs, differing, report } = await hypercorrJson<{ runs: unknown[]; differing: string[]; report: string }>(
    'compare',
    plain,
    augmented,
    young,
    '--out',
    out,
  );
  expect(differing).toEqual(['batch', 'augment']);
  expect(runs).toEqual([
    {
      run: plain,
      best: { epoch: 2, val_miou: 40, val_fb_iou: 60 },
      val_miou: 30,
      val_fb_iou: 60,
      loss: 1 / 3,
      epochs: 3,
      steps: 3,
      seconds: 4.5,
      settings: { batch: 2, augment: null },
    },
    {
      run: augmented,
      best: { epoch: 1, val_miou: 10, val_fb_iou: 60 },
      val_miou: 10,
      val_fb_iou: 60,
      loss: 1,
      epochs: 1,
      steps: 1,
      seconds: 1.5,
      settings: { batch: 4, augment: ['flip', 'crop'] },
    },
    { run: young, epochs: 0, steps: 0, seconds: 0, settings: { batch: 2, augment: null } },
  ]);
  expect(report).toBe(join(out, 'compare.html'));
  const page = readFileSync(report, 'utf8');
  for (const text of ['3 runs compared', 'flip, crop', '40.0', '<polyline']) expect(page).toContain(text);
  const { stdout } = await hypercorr(['compare', plain, young, '--out', out]);
  expect(stdout).toBe(
    `${plain}: best validation mIoU 40.0 in epoch 2 of 3; 3 steps in 4.5 s\n${young}: no epoch is over; 0 steps in 0.0 s\nlook at ${report}\n`,
  );
});

test.each([
  [[], 2, 'RUN is missing: the folder of a run'],
  [['nowhere'], 2, 'nowhere holds no run: nowhere/config.json does not exist'],
])('compare %j is refused', async (args, code, message) => {
  const { exitCode, stderr } = await hypercorr(['compare', ...args]);
  expect([exitCode, stderr]).toEqual([code, expect.stringContaining(message)]);
});

test('a run that is named again, by whatever name, is taken once', async () => {
  const folder = writeRun('once', {}, [10]);
  symlinkSync(folder, join(root, 'link'));
  const { exitCode, stdout, stderr } = await hypercorr([
    'compare',
    folder,
    `${folder}/`,
    join(root, 'link'),
    folder,
    '--out',
    root,
    '--json',
  ]);
  expect([exitCode, stderr]).toEqual([
    0,
    [`again as ${folder}/`, `again as ${join(root, 'link')}`, 'twice']
      .map((how) => `warning: the run ${folder} is named ${how}; it is taken once\n`)
      .join(''),
  ]);
  expect((JSON.parse(stdout) as { runs: unknown[] }).runs).toHaveLength(1);
});

test('a damaged history is named with its line', async () => {
  const { exitCode, stderr } = await hypercorr(['compare', writeRun('damaged', {}, [1], '{"kind":"other"}\n')]);
  expect([exitCode, stderr]).toEqual([
    1,
    expect.stringMatching(/damaged\/metrics\.jsonl, line 3 is no record of a step or an epoch/),
  ]);
});
