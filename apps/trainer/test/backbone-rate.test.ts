import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { init, read } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { disposeState } from '@hypercorr/nn';
import { readState } from '@hypercorr/train/node';
import { backboneFactor, backboneRateOf } from '../src/cli/schedule.ts';
import { writeRandomBackbone } from './support/backbone-weights.ts';
import { shownByTensorBoard } from './support/history.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-backbone-rate-'));
const at = (...parts: readonly string[]): string => join(root, ...parts);
afterAll(() => rmSync(root, { recursive: true, force: true }));
beforeAll(async () => {
  await writeShapes(at('data'), { classes: 4, images: 4, side: 40 });
  await writeRandomBackbone(at('backbone'));
});

/** Two steps an epoch. */
const start = (out: string, ...more: readonly string[]) => {
  const model = ['--backbone', 'tiny', '--backbone-weights', at('backbone'), '--size', '32', '--threads', '1'];
  return [
    'train',
    '--benchmark',
    'folder',
    '--data',
    at('data'),
    ...model,
    '--batch',
    '2',
    '--episodes',
    '4',
    '--val-episodes',
    '1',
    '--epochs',
    '1',
    '--out',
    at(out),
    ...more,
  ];
};

interface Configuration {
  readonly 'backbone-lr'?: number;
}
const configuration = (out: string) => JSON.parse(readFileSync(at(out, 'config.json'), 'utf8')) as Configuration;
/** The learning rates of a run's steps, as TensorBoard shows them. */
const ratesOf = (out: string) => {
  const shown = shownByTensorBoard(at(out));
  const values = (tag: string): number[] => [...(shown.get(tag)?.values() ?? [])];
  return { learner: values('train/learning_rate'), backbone: values('train/backbone_learning_rate') };
};
const rounded = (...values: readonly number[]): number[] => values.map(Math.fround);

test('a backbone goes at a tenth of the rate unless it is told otherwise, and one that is frozen has none', () => {
  const usual = { trainBackbone: true, learningRate: 1e-3, backboneLearningRate: undefined, resume: false };
  expect(backboneRateOf(usual)).toBe(1e-4);
  expect(backboneRateOf({ ...usual, backboneLearningRate: 5e-6 })).toBe(5e-6);
  expect(backboneRateOf({ ...usual, trainBackbone: false })).toBeUndefined();
  // Of an older run, where all went at one rate.
  expect(backboneRateOf({ ...usual, resume: true })).toBeUndefined();
  const schedule = { schedule: 'constant', learningRate: 1e-3, warmup: 0 } as const;
  expect([backboneFactor(schedule), backboneFactor({ ...schedule, backboneLearningRate: 5e-4 })]).toEqual([1, 0.5]);
});

test('a rate of a frozen backbone is wrong usage', async () => {
  const { exitCode, stderr } = await hypercorr(start('never', '--backbone-lr', '1e-5'));
  expect([exitCode, stderr]).toEqual([
    2,
    expect.stringContaining('--backbone-lr is for a backbone that is trained: add --train-backbone'),
  ]);
  const none = await hypercorr(start('never', '--train-backbone', '--backbone-lr', '0'));
  expect([none.exitCode, none.stderr]).toEqual([
    2,
    expect.stringContaining('--backbone-lr takes a positive number; got 0'),
  ]);
});

test('it goes as the schedule of the learner does, is shown, kept, and the same after a resumption', async () => {
  await hypercorrJson(
    ...start(
      'run',
      '--train-backbone',
      '--backbone-lr',
      '2e-4',
      '--schedule',
      'step',
      '--drop-every',
      '1',
      '--drop-factor',
      '0.5',
    ),
  );
  expect(ratesOf('run')).toEqual({ learner: rounded(1e-3, 5e-4), backbone: rounded(2e-4, 1e-4) });
  expect(configuration('run')).toMatchObject({ 'backbone-lr': 2e-4 });
  expect(readFileSync(at('run', 'report.html'), 'utf8')).toContain('<th>backbone-lr</th><td>0.0002</td>');
  await hypercorrJson('train', '--out', at('run'), '--resume', '--epochs', '2');
  expect(ratesOf('run')).toEqual({
    learner: rounded(1e-3, 5e-4, 2.5e-4, 1.25e-4),
    backbone: rounded(2e-4, 1e-4, 5e-5, 2.5e-5),
  });
  const { exitCode, stderr } = await hypercorr(['train', '--out', at('run'), '--resume', '--backbone-lr', '1e-4']);
  expect([exitCode, stderr]).toEqual([2, expect.stringContaining('--backbone-lr is 0.0001, and the run in')]);
});

test('the usual rate is kept with the run; a run from before it was goes on with one rate for all', async () => {
  await hypercorrJson(...start('usual', '--train-backbone'));
  expect(configuration('usual')).toMatchObject({ 'backbone-lr': 1e-4 });
  expect(ratesOf('usual')).toEqual({ learner: rounded(1e-3, 1e-3), backbone: rounded(1e-4, 1e-4) });
  const { 'backbone-lr': _, ...older } = configuration('usual');
  writeFileSync(at('usual', 'config.json'), JSON.stringify(older));
  await hypercorrJson('train', '--out', at('usual'), '--resume', '--epochs', '2');
  expect(ratesOf('usual').backbone).toEqual(rounded(1e-4, 1e-4, 1e-3, 1e-3));
});

test('only the backbone goes at its rate', async () => {
  // A rate that is 0 in float32.
  await hypercorrJson(...start('still', '--train-backbone', '--backbone-lr', '1e-60'));
  expect(ratesOf('still')).toEqual({ learner: rounded(1e-3, 1e-3), backbone: [0, 0] });
  const engine = await init(wasm({ threads: 1 }));
  const [before, still, moved] = [
    await readState(at('backbone'), { engine }),
    await readState(at('still', 'last.safetensors'), { engine }),
    await readState(at('run', 'last.safetensors'), { engine }),
  ];
  try {
    const changedIn = async (state: typeof still, name: string): Promise<boolean> => {
      const [tensor, start] = [state[`backbone.${name}`], before[name]];
      if (tensor === undefined || start === undefined) throw new Error(`no ${name}`);
      return !Buffer.from((await read(tensor)).buffer).equals(Buffer.from((await read(start)).buffer));
    };
    for (const name of Object.keys(before)) expect(await changedIn(still, name), name).toBe(false);
    expect(await changedIn(moved, 'conv1.weight')).toBe(true);
    // It had gradients: it is the rate that kept it.
    const mean = still['optimizer.exp_avg.backbone.conv1.weight'];
    expect(mean && (await read(mean)).some((value) => value !== 0)).toBe(true);
  } finally {
    for (const state of [before, still, moved]) disposeState(state);
    await engine.dispose();
  }
});
