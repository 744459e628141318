import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseSafetensors, serialiseTensors } from '@hypercorr/nn';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { presenceKey, type PresenceCalibration } from '../../src/index.ts';
import { describeWeightsFile, openCalibrationClasses, openModel, writeCalibratedWeights } from '../../src/node.ts';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { writeClassFolders } from '../support/class-folders.ts';
import { undecidedModel } from '../support/undecided-model.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-calibrated-'));
const at = (name: string): string => join(folder, name);
const engine = useEngine('wasm');
const model = { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, additions: [], size: 48 };
const training = { benchmark: 'folder', classes: ['a'], validationClasses: ['b'], shots: 1, seed: 0 };
const calibration: PresenceCalibration = {
  intercept: -2,
  coefficients: { top: 0.25, inside: 0, area: -1, match: 1.5 },
  threshold: 0.5,
  on: { data: 'd', classes: ['b'], shots: 1, size: 48, seed: 0, present: 10, absent: 10 },
};

beforeAll(async () => {
  using network = undecidedModel(engine());
  const about = { task: 'few-shot', model, training, position: { step: 7, nextItem: 14, phase: 0 } };
  const metadata = { hypercorr: JSON.stringify(about), licence: 'MIT' };
  writeFileSync(at('run.safetensors'), await serialiseTensors(network.stateDict(), { metadata }));
  // As another program writes it.
  writeFileSync(at('plain.safetensors'), await serialiseTensors(network.stateDict()));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a copy says how it is calibrated, and is the same in all else', async () => {
  await writeCalibratedWeights(at('run.safetensors'), at('calibrated.safetensors'), calibration);
  const [before, after] = await Promise.all(
    ['run.safetensors', 'calibrated.safetensors'].map(async (name) => parseSafetensors(await readFile(at(name)))),
  );
  const { [presenceKey]: written, ...rest } = after?.metadata ?? {};
  expect(rest).toEqual(before?.metadata);
  expect(written).toContain('"threshold":0.5');
  expect(after?.names).toEqual(before?.names);
  const bytesOf = (file: typeof before, name: string) => {
    const { data, shape } = file?.read(name) ?? expect.fail(name);
    return { shape, bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64') };
  };
  for (const name of before?.names ?? []) expect(bytesOf(after, name)).toEqual(bytesOf(before, name));
  const { about } = await describeWeightsFile(at('calibrated.safetensors'));
  expect(about).toEqual({ model, training: { ...training, step: 7 }, presence: calibration });
  const opened = await openModel({ weights: at('calibrated.safetensors') }, { engine: engine() });
  opened.model.dispose();
  expect(opened.presence).toEqual(calibration);
  const uncalibrated = await openModel({ weights: at('run.safetensors') }, { engine: engine() });
  uncalibrated.model.dispose();
  expect(uncalibrated.presence).toBeUndefined();
});

test('a copy of a copy has the newer calibration; weights without a description may have one', async () => {
  await writeCalibratedWeights(at('run.safetensors'), at('first.safetensors'), calibration);
  await writeCalibratedWeights(at('first.safetensors'), at('second.safetensors'), { ...calibration, threshold: 0.25 });
  expect((await describeWeightsFile(at('second.safetensors'))).about?.presence?.threshold).toBe(0.25);
  await writeCalibratedWeights(at('plain.safetensors'), at('told.safetensors'), calibration);
  const { about } = await describeWeightsFile(at('told.safetensors'));
  expect([about?.model.backbone, about?.training, about?.presence]).toEqual(['tiny', undefined, calibration]);
});

test('what cannot be written leaves nothing behind', async () => {
  await expect(writeCalibratedWeights(at('run.safetensors'), at('none/x.safetensors'), calibration)).rejects.toThrow(
    'could not write',
  );
  expect(existsSync(at('none'))).toBe(false);
  writeFileSync(at('notes.txt'), 'no weights');
  await expect(writeCalibratedWeights(at('notes.txt'), at('y.safetensors'), calibration)).rejects.toThrow('notes.txt');
  expect(readdirSync(folder).filter((name) => name.endsWith('.tmp') || name === 'y.safetensors')).toEqual([]);
});

test('classes to calibrate on are those named, else those that chose the epoch, else unseen ones', async () => {
  const data = at('data');
  await writeClassFolders(data, ['a', 'b', 'c', 'd'], 3);
  const of = async (options: Parameters<typeof openCalibrationClasses>[1]) => {
    const { dataset, why } = await openCalibrationClasses({ benchmark: 'folder', root: data }, options);
    return [dataset.classes.map(({ name }) => name).join(), why];
  };
  const known = { ...training, step: 1 };
  expect(await of({ classes: ['d', 'c'], training: known })).toEqual(['d,c', undefined]);
  expect(await of({ training: known })).toEqual([
    'b',
    `calibrates on 1 class of ${data}: those that chose the best epoch of the weights`,
  ]);
  const [names, why] = await of({ training: { ...known, validationClasses: ['elsewhere'] } });
  expect([names, why]).toEqual(['b,c,d', expect.stringContaining('had no part in the training')]);
  expect((await of({}))[0]).toBe('a,b,c,d');
});
