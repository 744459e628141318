import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMaskPng } from '@hypercorr/datasets';
import { describeWeightsFile } from '@hypercorr/hsnet/node';
import { saveCheckpoint } from '@hypercorr/train/node';
import { init } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { decode } from 'fast-png';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { discFiles } from '../../../../packages/hsnet/test/support/disc-picture.ts';
import { undecidedModel } from '../../../../packages/hsnet/test/support/undecided-model.ts';
import { hypercorr, hypercorrJson } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-teach-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const weights = at('tiny.safetensors');
const examples = at('discs');
const teaching = ['teach', '--threads', '1', '--weights', weights, '--examples', examples];

interface TeachResult {
  readonly out: string;
  readonly sheet: string;
  readonly examples: number;
  readonly without: number;
  readonly held_out: string;
  readonly iou_before: number;
  readonly iou_after: number;
  readonly helped: boolean;
}

beforeAll(async () => {
  const engine = await init(wasm({ threads: 1 }));
  using model = undecidedModel(engine);
  const about = {
    task: 'few-shot',
    model: { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, size: 48 },
    training: { benchmark: 'generated', classes: ['owl'], validationClasses: [], shots: 1, seed: 0 },
    position: { step: 12, nextItem: 24, phase: 0 },
  };
  await saveCheckpoint(weights, { model, about });
  for (const name of [examples, at('single'), at('plain'), at('queries')]) mkdirSync(name);
  for (const seed of [1, 2, 3]) {
    const { image, mask } = discFiles(60, 50, seed);
    writeFileSync(join(examples, `${seed}.webp`), image);
    writeFileSync(join(examples, `${seed}.png`), mask);
  }
  // A picture without the object: its mask is black.
  const { image } = discFiles(60, 50, 4);
  writeFileSync(join(examples, '4.webp'), image);
  writeFileSync(join(examples, '4.png'), encodeMaskPng({ width: 60, height: 50, data: new Uint8Array(60 * 50) }));
  writeFileSync(at('single', '1.webp'), image);
  writeFileSync(at('single', '1.png'), discFiles(60, 50, 4).mask);
  writeFileSync(at('plain', 'a.jpg'), image);
});

test('teaches, keeps the better weights, and shows both on a sheet; predict takes them', async () => {
  const out = at('discs.safetensors');
  const result = await hypercorrJson<TeachResult>(...teaching, '--out', out, '--steps', '60', '--lr', '0.001');
  expect(result).toMatchObject({ out, sheet: at('discs.teach.png'), examples: 3, held_out: join(examples, '3.webp') });
  expect(result.without).toBe(1);
  expect(result.iou_after).toBeGreaterThan(result.iou_before);
  expect(result.helped).toBe(true);
  const sheet = decode(readFileSync(result.sheet));
  expect(sheet.width).toBeGreaterThan(4 * 240);
  const { about } = await describeWeightsFile(out);
  expect(about?.model.backbone).toBe('tiny');
  expect(about?.taught).toEqual({ pictures: 3, without: 1, step: expect.any(Number) });
  const predicted = await hypercorr([
    ...['predict', '--threads', '1', '--weights', out, '--out', at('masks'), '--query', join(examples, '3.webp')],
    ...['--support', `${join(examples, '1.webp')}:${join(examples, '1.png')}`],
  ]);
  expect(predicted.exitCode).toBe(0);
  expect(predicted.stderr).toContain(', taught by 3 pictures');
  expect(existsSync(at('masks', '3.mask.png'))).toBe(true);
});

test('says that it did not help, and leaves the weights as they were', async () => {
  const out = at('same.safetensors');
  const { stdout, exitCode } = await hypercorr([...teaching, '--out', out, '--steps', '1', '--lr', '1e-12']);
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringMatching(/^it did not help: the IoU of 3\.webp, which was held/),
  ]);
  expect((await describeWeightsFile(out)).about?.taught).toBeUndefined();
});

test.each([
  [['--examples', at('single')], 'has 1 marked picture; two are needed'],
  [['--examples', at('gone')], 'gone'],
  [['--examples', at('plain')], 'a.jpg'],
  [['--without', at('queries')], 'holds no photographs'],
  [['--label', 'disc'], 'has no outlines with labels; leave the label out'],
  [['--steps', '0'], '--steps takes a whole number from 1; got 0'],
  [['--out', at('x.png')], 'weights are written as safetensors'],
  [
    ['--backbone-weights', join(import.meta.dirname, '../../weights/tiny.safetensors')],
    'tiny.safetensors holds a backbone of its own, which --out would keep',
  ],
  [['--out', weights], 'is a file that is read; give another name'],
])('refuses %j', async (wrong, message) => {
  const before = readdirSync(folder);
  const out = wrong.includes('--out') ? [] : ['--out', at('refused.safetensors')];
  const { exitCode, stderr } = await hypercorr([...teaching, ...out, ...wrong]);
  expect([exitCode === 0, stderr]).toEqual([false, expect.stringContaining(message)]);
  expect(readdirSync(folder)).toEqual(before);
});
