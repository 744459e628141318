import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeMaskPng, resizeBilinear } from '@hypercorr/datasets';
import { encodeJpeg, readImage, readSample } from '@hypercorr/datasets/node';
import { imageTensor, itemTensors, type FeatureMap } from '@hypercorr/vision';
import { HSNet } from '@hypercorr/hsnet';
import {
  add,
  argMax,
  defaultEngine,
  fromArray,
  full,
  init,
  key,
  readSync,
  resizeBilinear as resizeTensor,
  scope,
} from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { saveCheckpoint } from '@hypercorr/train/node';
import { classColour } from '@hypercorr/vision/pictures';
import { hypercorr } from '../support/terminal.ts';
import { discFiles, discPicture } from '../../../../packages/hsnet/test/support/disc-picture.ts';
import { withOrientation } from '../support/pictures.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-predict-'));
const at = (...names: string[]): string => join(folder, ...names);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const size = 64;
const weights = at('tiny.safetensors');
const trained = {
  benchmark: 'generated',
  classes: ['owl'],
  validationClasses: [],
  shots: 1,
  seed: 0,
};
const about = {
  task: 'few-shot',
  model: { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, size },
  training: trained,
  position: { step: 12, nextItem: 24, phase: 0 },
};
const support = `${at('support.png')}:${at('support-mask.png')}`;

beforeAll(async () => {
  for (const [name, seed] of [
    ['support', 1],
    ['other', 2],
  ] as const) {
    const { image, mask } = discFiles(80, 70, seed);
    writeFileSync(at(`${name}.png`), image);
    writeFileSync(at(`${name}-mask.png`), mask);
  }
  mkdirSync(at('queries'));
  mkdirSync(at('more'));
  writeFileSync(at('queries', 'wide.png'), discFiles(150, 50, 3).image);
  writeFileSync(at('queries', 'tall.jpg'), await encodeJpeg(discPicture(40, 90, 4).image, 95));
  writeFileSync(at('queries', 'notes.txt'), 'no image');
  // What macOS leaves beside files that it unpacks.
  writeFileSync(at('queries', '._wide.png'), 'no image');
  writeFileSync(at('more', 'wide.png'), discFiles(64, 64, 5).image);
  using model = await undecidedModel();
  await saveCheckpoint(weights, { model, about });
});

const shots = ['support', 'other'].map((name) => ({ image: at(`${name}.png`), mask: at(`${name}-mask.png`) }));

/** Logits [1, 2, h, w] of each of two shots, for a query of any size seen at the network's. */
async function logitsOf(model: HSNet, query: string): Promise<FeatureMap[]> {
  const items = await Promise.all(shots.map((shot) => readSample(shot, { width: size, height: size })));
  const image = resizeBilinear(await readImage(query), { width: size, height: size });
  return scope(() => {
    using prepared = model.prepare(items.map((item) => itemTensors(item, { engine: model.engine })));
    return model.shotLogits(imageTensor(image, { engine: model.engine }), [prepared]).flat();
  });
}

/** Random weights find everything or nothing; this model's last bias is such that half of what two shots find is foreground. */
async function undecidedModel(engine = defaultEngine()): Promise<HSNet> {
  const model = new HSNet({ backbone: 'tiny', key: key(3), engine }).eval();
  const logits = await logitsOf(model, at('queries', 'wide.png'));
  const margins = logits.flatMap((shot) => {
    const values = readSync(shot);
    const pixels = values.length / 2;
    return Array.from({ length: pixels }, (_, i) => (values[pixels + i] ?? NaN) - (values[i] ?? NaN));
  });
  for (const shot of logits) shot.dispose();
  const median = margins.toSorted((a, b) => a - b)[margins.length / 2] ?? NaN;
  const bias = model.namedParameters()['hpn_learner.decoder2.2.bias'] ?? expect.fail('the decoder has no bias');
  scope(() => bias.set(add(bias.value, fromArray(Float32Array.of(median, 0), [2], { engine }))));
  return model;
}

interface Query {
  readonly file: string;
  readonly mask: string | null;
  readonly foreground: number | null;
  readonly error: string | null;
  readonly probabilities?: Record<string, string>;
  readonly overlay?: string;
}

async function predict(...args: readonly string[]) {
  const ended = await hypercorr(['predict', '--weights', weights, '--threads', '1', '--json', ...args]);
  const result = ended.stdout === '' ? undefined : (JSON.parse(ended.stdout) as { queries: Query[]; legend?: string });
  return { ...ended, queries: result?.queries ?? [], legend: result?.legend };
}

const pngAt = (path: string | null | undefined) => decode(readFileSync(path ?? 'no file'));
/** The share of pixels that are not 0. */
const shareOf = (data: ArrayLike<number>) => Array.from(data).filter((value) => value !== 0).length / data.length;

describe('predict', () => {
  test('writes a mask, a probability and an overlay at each query’s own size', async () => {
    const { exitCode, queries, stderr } = await predict(
      '--support',
      support,
      '--query',
      at('queries'),
      '--out',
      at('out'),
      '--probability',
      '--overlay',
    );
    expect(exitCode, stderr).toBe(0);
    expect(queries.map(({ file }) => basename(file))).toEqual(['tall.jpg', 'wide.png']);
    expect(stderr).toContain('12 steps');
    const sizes = [
      [40, 90],
      [150, 50],
    ];
    for (const [position, { mask, foreground, probabilities, overlay }] of queries.entries()) {
      const expected = sizes[position];
      const [drawn, likely] = [pngAt(mask), pngAt(probabilities?.['foreground'])];
      expect([drawn.width, drawn.height]).toEqual(expected);
      expect([likely.width, likely.height]).toEqual(expected);
      expect(foreground).toBeCloseTo(shareOf(drawn.data), 9);
      // The probability is rounded to a 255th; away from that the mask is where it is above one half.
      for (const [pixel, value] of drawn.data.entries()) {
        const probability = (likely.data[pixel] ?? 0) / 255;
        if (Math.abs(probability - 0.5) > 1 / 255) expect(value).toBe(probability > 0.5 ? 255 : 0);
      }
      const picture = await readImage(overlay ?? '');
      expect([picture.width, picture.height]).toEqual(expected);
    }
  });

  test('is the model’s own segmentation where query and network have one size', async () => {
    const query = at('more', 'wide.png');
    const { queries } = await predict('--support', support, '--query', query, '--out', at('own'), '--size', '64');
    const engine = await init(wasm({ threads: 1 }));
    const model = await undecidedModel(engine);
    const item = await readSample(
      { image: at('support.png'), mask: at('support-mask.png') },
      { width: size, height: size },
    );
    const image = resizeBilinear(await readImage(query), { width: size, height: size });
    const expected = scope(() => {
      using prepared = model.prepare([itemTensors(item, { engine })]);
      return readSync(model.segment(imageTensor(image, { engine }), prepared).mask);
    });
    const mask = pngAt(queries[0]?.mask).data;
    expect([...mask].map((value) => Number(value === 255))).toEqual([...expected]);
    await engine.dispose();
  });

  test('of several shots follows the published vote, at the query’s own size, as eval does', async () => {
    const query = at('queries', 'wide.png');
    const supports = shots.flatMap(({ image, mask }) => ['--support', `${image}:${mask}`]);
    const { queries } = await predict(...supports, '--query', query, '--out', at('shots'));
    const engine = await init(wasm({ threads: 1 }));
    const model = await undecidedModel(engine);
    const logits = await logitsOf(model, query);
    const votes = logits.map((shot) =>
      readSync(scope(() => argMax(resizeTensor(shot, [50, 150], { alignCorners: true }), { axes: 1 }))),
    );
    await engine.dispose();
    const counts = Array.from(votes[0] ?? [], (_, pixel) => votes.reduce((sum, shot) => sum + (shot[pixel] ?? NaN), 0));
    // Pixels that one of the two shots has, and pixels that both have: the mean probability is not the vote here.
    expect(new Set(counts)).toEqual(new Set([0, 1, 2]));
    expect([...pngAt(queries[0]?.mask).data]).toEqual(counts.map((count) => (count / 2 >= 0.5 ? 255 : 0)));
  });

  test('marks less the higher the threshold, and votes by another rule', async () => {
    const two = ['--support', support, '--support', `${at('other.png')}:${at('other-mask.png')}`];
    const shares = [];
    for (const [i, rule] of [
      ['--threshold', '0.2'],
      ['--threshold', '0.5'],
      ['--threshold', '0.8'],
      ['--vote', 'probability'],
    ].entries()) {
      const found = await predict(...two, '--query', at('queries', 'wide.png'), '--out', at(`rule-${i}`), ...rule);
      expect(found.exitCode, found.stderr).toBe(0);
      shares.push(found.queries[0]?.foreground ?? NaN);
    }
    const [low = 0, middle = 0, high = 0, probable] = shares;
    expect(low).toBeGreaterThan(middle);
    expect(middle).toBeGreaterThan(high);
    expect(probable).toBe(middle);
    const both = await predict(
      ...two,
      '--query',
      at('queries'),
      '--out',
      at('both'),
      '--vote',
      'majority',
      '--threshold',
      '0.5',
    );
    expect([both.exitCode, both.stderr]).toEqual([2, expect.stringContaining('--threshold takes the place of a vote')]);
  });

  test('classes whose names make one name of a file have files of their own, and any name is a key', async () => {
    const names = ['a b', 'a_b', 'A?B', '__proto__'];
    const supports = names.flatMap((name) => ['--support', `${name}=${support}`]);
    const { exitCode, queries, stderr } = await predict(
      ...supports,
      '--query',
      at('queries', 'wide.png'),
      '--out',
      at('names'),
      '--probability',
    );
    expect(exitCode, stderr).toBe(0);
    const files = Object.entries(queries[0]?.probabilities ?? {}).map(([name, file]) => [name, basename(file)]);
    expect(files).toEqual([
      ['a b', 'wide.a_b.probability.png'],
      ['a_b', 'wide.a_b-2.probability.png'],
      ['A?B', 'wide.A_B-3.probability.png'],
      ['__proto__', 'wide.__proto__.probability.png'],
    ]);
    expect(readdirSync(at('names')).filter((name) => name.endsWith('.probability.png'))).toHaveLength(names.length);
  });

  test('several classes make one indexed mask and a legend; the likeliest wins', async () => {
    const other = `${at('other.png')}:${at('other-mask.png')}`;
    const args = [
      '--support',
      `owl=${support}`,
      '--support',
      `bear paw=${other}`,
      '--query',
      at('queries', 'wide.png'),
    ];
    const { exitCode, queries, legend, stderr } = await predict(...args, '--out', at('classes'), '--probability');
    expect(exitCode, stderr).toBe(0);
    expect(JSON.parse(readFileSync(legend ?? '', 'utf8'))).toEqual([
      { index: 0, class: 'background', colour: [...classColour(0)] },
      { index: 1, class: 'owl', colour: [...classColour(1)] },
      { index: 2, class: 'bear paw', colour: [...classColour(2)] },
    ]);
    const mask = pngAt(queries[0]?.mask);
    expect(mask.palette?.slice(0, 3)).toEqual([0, 1, 2].map((index) => [...classColour(index)]));
    const [owl, bear] = ['owl', 'bear paw'].map((name) => pngAt(queries[0]?.probabilities?.[name]).data);
    for (const [pixel, index] of mask.data.entries()) {
      const [first, second] = [owl?.[pixel] ?? 0, bear?.[pixel] ?? 0];
      if (Math.max(first, second) < 127) expect(index).toBe(0);
      else if (Math.max(first, second) > 128 && Math.abs(first - second) > 1)
        expect(index).toBe(first > second ? 1 : 2);
    }
  });

  test('queries of one name get results of their own, and what earlier runs left is no query', async () => {
    const { queries } = await predict(
      '--support',
      support,
      '--query',
      at('queries'),
      '--query',
      at('more'),
      '--out',
      at('more'),
      '--overlay',
    );
    expect(queries.map(({ mask }) => basename(mask ?? ''))).toEqual([
      'tall.mask.png',
      'wide.mask.png',
      'wide-2.mask.png',
    ]);
    const again = await predict('--support', support, '--query', at('more'), '--out', at('again'));
    expect(again.queries.map(({ file }) => basename(file))).toEqual(['wide.png']);
    expect(readdirSync(at('more')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a photograph that its EXIF orientation turns is segmented as it is shown', async () => {
    const turned = at('turned.jpg');
    writeFileSync(turned, withOrientation(await encodeJpeg(discPicture(90, 40, 6).image, 95), 6));
    const { queries } = await predict('--support', support, '--query', turned, '--out', at('turned'));
    const { width, height } = pngAt(queries[0]?.mask);
    expect([width, height]).toEqual([40, 90]);
  });
});

const shared = new URL('../../../../../shared/data/', import.meta.url);
const realPhotographs = existsSync(shared);

describe(`real photographs${realPhotographs ? '' : ': skipped, ../shared/data is not here'}`, () => {
  test.skipIf(!realPhotographs)('from two shots, masks at the size of each query, whatever its kind', async () => {
    const path = (name: string): string => fileURLToPath(new URL(name, shared));
    const tower = (number: number) => path(`fss-sample/eiffel-tower/${number}`);
    const shots = [1, 2].flatMap((number) => ['--support', `${tower(number)}.jpg:${tower(number)}.png`]);
    const { exitCode, queries, stderr } = await predict(
      ...shots,
      '--query',
      path('queries'),
      '--out',
      at('photographs'),
      '--probability',
      '--overlay',
    );
    expect(exitCode, stderr).toBe(0);
    const sizes = Object.fromEntries(
      queries.map(({ file, mask }) => [basename(file), [pngAt(mask).width, pngAt(mask).height]]),
    );
    // The second is a progressive greyscale JPEG.
    expect(sizes).toEqual({
      '400.jpg': [800, 602],
      '411.jpg': [235, 382],
      '420.jpg': [4111, 2741],
      '463.jpg': [600, 1561],
    });
    for (const { probabilities, overlay } of queries) {
      expect(existsSync(probabilities?.['foreground'] ?? '')).toBe(true);
      expect(existsSync(overlay ?? '')).toBe(true);
    }
  });
});

describe('what predict cannot do is said in one line, and the rest is done', () => {
  test('queries that are cut off, no image, or not there', async () => {
    const whole = readFileSync(at('queries', 'tall.jpg'));
    writeFileSync(at('cut.jpg'), whole.subarray(0, whole.length / 2));
    writeFileSync(at('text.jpg'), 'this is no image');
    const args = ['cut.jpg', 'text.jpg', 'absent.jpg', 'queries'].flatMap((name) => ['--query', at(name)]);
    const { exitCode, queries, stderr } = await predict('--support', support, ...args, '--out', at('partly'));
    expect(exitCode).toBe(1);
    expect(queries.map(({ error }) => error === null)).toEqual([false, false, false, true, true]);
    expect(queries.map(({ mask }) => mask === null)).toEqual([true, true, true, false, false]);
    for (const [position, reason] of ['cut off or damaged', 'not a JPEG, PNG or WebP', 'no such file'].entries()) {
      const { error, file } = queries[position] ?? { error: '', file: '' };
      expect(error).toContain(file);
      expect(error).toContain(reason);
      expect(error).not.toContain('\n');
      expect(stderr.split('\n').filter((line) => line.includes(file) && line.includes(reason))).toHaveLength(1);
    }
    expect(readdirSync(at('partly')).sort()).toEqual(['tall.mask.png', 'wide.mask.png']);
  });

  test('weights that make no numbers', async () => {
    using model = new HSNet({ backbone: 'tiny', key: key(3) });
    const [[name, parameter] = expect.fail('there are no parameters')] = Object.entries(model.trainableParameters());
    using broken = full(parameter.value.shape, Number.NaN);
    parameter.set(broken);
    await saveCheckpoint(at('nan.safetensors'), { model, about });
    const { exitCode, queries, stderr } = await predict(
      '--support',
      support,
      '--query',
      at('queries'),
      '--weights',
      at('nan.safetensors'),
      '--out',
      at('nan'),
    );
    expect(exitCode, name).toBe(1);
    expect(queries.map(({ mask, foreground }) => [mask, foreground])).toEqual([
      [null, null],
      [null, null],
    ]);
    for (const { file, error } of queries) {
      expect(error).toContain(`${file}: the logits for foreground are not finite`);
      expect(error).toContain(at('nan.safetensors'));
      expect(stderr).toContain(error);
    }
    expect(readdirSync(at('nan'))).toEqual([]);
  });

  test('every support that cannot be used, at once', async () => {
    writeFileSync(at('small-mask.png'), discFiles(60, 70, 1).mask);
    const { mask } = discPicture(80, 70, 1);
    writeFileSync(at('empty.png'), encodeMaskPng({ ...mask, data: new Uint8Array(mask.data.length) }));
    writeFileSync(at('speck.png'), encodeMaskPng({ ...mask, data: mask.data.map((_, pixel) => Number(pixel === 81)) }));
    const masks = ['small-mask.png', 'empty.png', 'absent.png', 'speck.png'];
    const supports = masks.flatMap((name) => ['--support', `${at('support.png')}:${at(name)}`]);
    const { exitCode, stdout, stderr } = await predict(
      ...supports,
      '--query',
      at('queries'),
      '--out',
      at('none'),
      '--size',
      '32',
    );
    expect(exitCode).toBe(1);
    expect(stdout).toBe('');
    const lines = stderr.split('\n');
    for (const [name, reason] of [
      ['small-mask.png', '60×70'],
      ['empty.png', 'empty'],
      ['absent.png', 'no such file'],
      ['speck.png', 'no pixel is marked (at 32×32)'],
    ] as const) {
      expect(
        lines.filter((line) => line.includes(at(name)) && line.includes(reason)),
        name,
      ).toHaveLength(1);
    }
  });

  test('weights that are not there, or are no weights', async () => {
    const args = ['--support', support, '--query', at('queries'), '--out', at('none')];
    const absent = await hypercorr(['predict', '--weights', at('absent.safetensors'), ...args]);
    expect(absent.exitCode).toBe(1);
    expect(absent.stderr).toContain('absent.safetensors');
    expect(absent.stderr).not.toContain('    at ');
    const wrong = await hypercorr(['predict', '--weights', at('support.png'), ...args]);
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toContain(at('support.png'));
  });

  test('a folder without images, an output folder that cannot be made', async () => {
    mkdirSync(at('bare'), { recursive: true });
    const bare = await predict('--support', support, '--query', at('bare'), '--out', at('none'));
    expect(bare.exitCode).toBe(1);
    expect(bare.stderr).toContain(`${at('bare')} holds no JPEG, PNG or WebP`);
    const blocked = await predict(
      '--support',
      support,
      '--query',
      at('queries', 'wide.png'),
      '--out',
      at('support.png', 'in'),
    );
    expect(blocked.exitCode).toBe(1);
    expect(blocked.stderr).toContain(`cannot write to ${at('support.png', 'in')}: `);
    const itself = await predict(
      '--support',
      support,
      '--query',
      at('queries', 'wide.png'),
      '--out',
      at('support.png'),
    );
    expect(itself.stderr).toContain('support.png: it is a file, not a folder');
  });

  test('a result that would overwrite an input', async () => {
    const { image, mask } = discFiles(64, 64, 7);
    mkdirSync(at('same'));
    writeFileSync(at('same', 'owl.png'), image);
    writeFileSync(at('same', 'owl.mask.png'), mask);
    const files = [
      '--support',
      `${at('same', 'owl.png')}:${at('same', 'owl.mask.png')}`,
      '--query',
      at('same', 'owl.png'),
    ];
    const { exitCode, queries } = await predict(...files, '--out', at('same'));
    expect(exitCode).toBe(1);
    expect(queries[0]?.error).toContain('owl.mask.png is an input and is not overwritten');
    expect(readFileSync(at('same', 'owl.mask.png'))).toEqual(Buffer.from(mask));
  });

  test('wrong usage ends with 2', async () => {
    for (const args of [
      ['--query', at('queries'), '--out', at('none')],
      ['--support', 'image.jpg', '--query', at('queries'), '--out', at('none')],
      ['--support', support, '--out', at('none')],
    ]) {
      expect((await predict(...args)).exitCode, args.join(' ')).toBe(2);
    }
  });
});
