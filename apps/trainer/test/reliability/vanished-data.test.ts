import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeRandomBackbone } from '../support/backbone-weights.ts';
import { history } from '../support/history.ts';
import { writeShapes } from '../support/shapes-dataset.ts';
import { hypercorr } from '../support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-vanished-'));
const [data, away, backbone] = [join(root, 'data'), join(root, 'away'), join(root, 'backbone.safetensors')];
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  // More images than are read ahead of the first steps.
  await writeShapes(data, { classes: 3, images: 30, side: 32 });
  await writeRandomBackbone(backbone);
});

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
  ...['--batch', '1', '--episodes', '4', '--epochs', '4', '--val-episodes', '1', '--out', out],
];

test('a dataset that is gone in mid-epoch ends the run with its name, and the run goes on when it is back', async () => {
  const whole = await hypercorr(train(join(root, 'whole')));
  expect(whole.exitCode, whole.stderr).toBe(0);

  const out = join(root, 'vanishing');
  const { exitCode, stderr } = await hypercorr(train(out), {
    onStderr(text) {
      if (text.includes('epoch 1:') && existsSync(data)) renameSync(data, away);
    },
  });
  expect(exitCode).toBe(1);
  expect(stderr).toContain(
    `the last good checkpoint is of step 4: ${join(out, 'last.safetensors')}; resume the run to go on from there`,
  );
  expect(stderr).toMatch(
    /hypercorr: the data is gone: \S+data does not exist any more \(\[\w+\] \S+ cannot be read: there is no such file\)\n$/,
  );
  expect(stderr).not.toContain('is left out');

  renameSync(away, data);
  const resumed = await hypercorr(['train', '--out', out, '--resume']);
  expect(resumed.exitCode, resumed.stderr).toBe(0);
  expect(history(out)).toEqual(history(join(root, 'whole')));
  const [expected, found] = [join(root, 'whole'), out].map((folder) => readFileSync(join(folder, 'last.safetensors')));
  expect(expected?.equals(found ?? Buffer.alloc(0))).toBe(true);
});
