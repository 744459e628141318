import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeMaskPng } from '@hypercorr/datasets';
import { encodeJpeg } from '@hypercorr/datasets/node';
import { init } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { saveCheckpoint } from '@hypercorr/train/node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { discPicture } from '../../../../packages/hsnet/test/support/disc-picture.ts';
import { undecidedModel } from '../../../../packages/hsnet/test/support/undecided-model.ts';
import { hypercorr } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-doubt-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Predicted {
  readonly queries: readonly { readonly mask: string }[];
  readonly warnings: readonly string[];
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
  await saveCheckpoint(at('tiny.safetensors'), { model, about });
  writeFileSync(at('query.jpg'), await encodeJpeg(discPicture(60, 50, 2).image, 95));
});

test('says what it takes doubtful values of a mask for, and --mask settles it', async () => {
  const { image, mask } = discPicture(80, 70, 1);
  const noisy = mask.data.map((value, i) => (i === 3 ? 1 : 255 * value));
  writeFileSync(at('noisy.png'), encodeMaskPng({ ...mask, data: noisy }));
  writeFileSync(at('noisy.jpg'), await encodeJpeg(image, 95));
  const asked = (out: string, ...more: readonly string[]) =>
    hypercorr([
      ...['predict', '--json', '--threads', '1', '--weights', at('tiny.safetensors'), '--query', at('query.jpg')],
      ...['--support', `${at('noisy.jpg')}:${at('noisy.png')}`, '--out', at(out), ...more],
    ]);
  const read = ({ stdout }: { readonly stdout: string }) => JSON.parse(stdout) as Predicted;
  const maskOf = (result: Predicted) => readFileSync(result.queries[0]?.mask ?? expect.fail('there is no mask'));
  const guessed = await asked('guessed', '--quiet');
  const message =
    /noisy\.png: 1 pixel is 1, and \d+ are 255: it is read as black and white.*; --mask says what is meant/;
  expect(read(guessed).warnings).toEqual([expect.stringMatching(message)]);
  expect(guessed.stderr).toMatch(message);
  const said = read(await asked('said', '--mask', 'binary', '--sheet'));
  expect(said.warnings).toEqual([]);
  expect(maskOf(read(guessed))).toEqual(maskOf(said));
  expect(maskOf(read(await asked('index', '--mask', 'index')))).not.toEqual(maskOf(said));
});
