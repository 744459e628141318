import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { formatDescription, parseDescription } from '../src/index.ts';
import { readHistory } from '../src/node.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-earlier-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('a description is read as it was written', () => {
  const about = { task: 'line', model: { inputs: 1 }, training: null, position: { step: 3, nextItem: 6, phase: 1 } };
  expect(parseDescription({ hypercorr: formatDescription(about) })).toEqual(about);
  expect(parseDescription({ other: '' })).toBeUndefined();
});

test('a checkpoint from before tasks had names is one of few-shot training', () => {
  const written = {
    model: { backbone: 'tiny', size: 96 },
    training: { benchmark: 'fss', classes: ['a'], shots: 1, step: 20, nextEpisode: 41 },
  };
  expect(parseDescription({ hypercorr: JSON.stringify(written) })).toEqual({
    task: 'few-shot',
    model: { backbone: 'tiny', size: 96 },
    training: { benchmark: 'fss', classes: ['a'], shots: 1 },
    position: { step: 20, nextItem: 41, phase: 0 },
  });
});

test.each([
  ['{', /JSON/],
  ['{}', 'training is undefined; it must be an object'],
  ['{"task":"line"}', 'a checkpoint names its task, its model and its training'],
  ['{"task":"line","model":1,"training":1,"position":{"step":-1}}', 'step is -1; it must be a whole number from 0'],
])('the description %s is refused', (text, message) => {
  expect(() => parseDescription({ hypercorr: text })).toThrow(message);
});

test("an earlier run's epochs are read as figures", async () => {
  const path = join(root, 'metrics.jsonl');
  const lines = [
    { kind: 'step', step: 1, epoch: 1, loss: 0.5, seconds: 1 },
    { kind: 'epoch', epoch: 1, step: 1, loss: 0.5, val_miou: 40, val_fb_iou: 60, best: true },
  ];
  writeFileSync(path, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"kind":"st`);
  expect(await readHistory(path)).toEqual([
    lines[0],
    { kind: 'epoch', epoch: 1, step: 1, loss: 0.5, figures: { miou: 40, fb_iou: 60 }, best: true },
  ]);
  writeFileSync(path, '{"kind":"other"}\n');
  await expect(readHistory(path)).rejects.toThrow('line 1 is no record of a step or an epoch');
});
