import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HSNet } from '@hypercorr/hsnet';
import { loadBackboneWeights } from '@hypercorr/vision';
import { parseSafetensors } from '@hypercorr/nn';
import { writeSafetensors } from '@hypercorr/nn/node';
import { defaultEngine, key, readSync } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillerValues } from '../../../packages/nn/test/support/filler.ts';
import { torchFile } from '../../../packages/nn/test/support/torch-file.ts';
import { disposeState } from '@hypercorr/nn';
import { readState } from '@hypercorr/train/node';
import { discFiles } from '../../../packages/hsnet/test/support/disc-picture.ts';
import { writeShapes } from './support/shapes-dataset.ts';
import { hypercorr, hypercorrJson } from './support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-weights-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const size = 64;
/** One set of weights in every format; named so that the name says nothing. */
const files = { safetensors: at('a.bin'), zip: at('b.bin'), legacy: at('c.bin') };

beforeAll(async () => {
  using model = new HSNet({ backbone: 'tiny', key: key(3) });
  // As published files have them: names of the data-parallel wrapper, and 64-bit counters.
  const published = Object.entries(model.stateDict()).map(([name, tensor]) => [`module.${name}`, tensor] as const);
  const counter = { dtype: 'float32', shape: [1], data: new Float32Array([4e9]) } as const;
  await writeSafetensors(files.safetensors, { ...Object.fromEntries(published), 'module.total_ops': counter });
  const state = parseSafetensors(readFileSync(files.safetensors));
  const raw = state.names.map((name) => {
    const { dtype, shape, bytes } = state.raw(name);
    if (dtype !== 'I32') return [name, { dtype, shape, bytes }] as const;
    return [
      name,
      { dtype: 'I64', shape, bytes: new Uint8Array(BigInt64Array.from(new Int32Array(bytes.buffer), BigInt).buffer) },
    ] as const;
  });
  for (const container of ['zip', 'legacy'] as const)
    writeFileSync(files[container], torchFile(Object.fromEntries(raw), container));
});

describe('the formats of weights are told apart by content, and give the same', () => {
  const model = ['--backbone', 'tiny', '--size', String(size)];

  test('forward', async () => {
    const tensor = (name: string, ...shape: readonly number[]) =>
      ({
        dtype: 'float32',
        shape,
        data: fillerValues(
          name,
          shape.reduce((a, b) => a * b, 1),
        ),
      }) as const;
    const mask = {
      dtype: 'float32',
      shape: [1, size, size],
      data: Float32Array.from({ length: size * size }, (_, i) => Number(i % size > size / 2)),
    } as const;
    await writeSafetensors(at('inputs'), {
      query: tensor('query', 1, 3, size, size),
      support: tensor('support', 1, 3, size, size),
      mask,
    });
    const logits: Buffer[] = [];
    for (const weights of Object.values(files)) {
      const { exitCode, stderr } = await hypercorr([
        'forward',
        '--threads',
        '1',
        '--weights',
        weights,
        '--inputs',
        at('inputs'),
        '--out',
        at('logits'),
      ]);
      expect(exitCode, stderr).toBe(0);
      expect(stderr).toContain(
        `${weights}: names are read without "module." in front\n` +
          `${weights}: left out 1 entry that the model has no place for: "total_ops"\n`,
      );
      logits.push(readFileSync(at('logits')));
    }
    expect(logits[1]).toEqual(logits[0]);
    expect(logits[2]).toEqual(logits[0]);
  });

  test('predict', async () => {
    const { image, mask } = discFiles(80, 70, 1);
    writeFileSync(at('support.png'), image);
    writeFileSync(at('mask.png'), mask);
    writeFileSync(at('query.png'), discFiles(60, 50, 2).image);
    const shares: (number | null)[] = [];
    for (const [name, weights] of Object.entries(files)) {
      const pictures = [
        '--support',
        `${at('support.png')}:${at('mask.png')}`,
        '--query',
        at('query.png'),
        '--out',
        at(`out-${name}`),
      ];
      const { queries } = await hypercorrJson<{ queries: { foreground: number | null }[] }>(
        'predict',
        '--threads',
        '1',
        ...model,
        '--weights',
        weights,
        ...pictures,
      );
      shares.push(...queries.map(({ foreground }) => foreground));
    }
    expect(shares).toEqual([shares[0], shares[0], shares[0]]);
    expect(shares[0]).not.toBeNull();
  });

  test('eval, train and inspect', async () => {
    await writeShapes(at('data'), { classes: 4, images: 3, side: 32 });
    const data = ['--threads', '1', '--benchmark', 'folder', '--data', at('data')];
    const results: unknown[] = [];
    for (const [name, weights] of Object.entries(files)) {
      const { miou } = await hypercorrJson<{ miou: number }>(
        'eval',
        ...data,
        ...model,
        '--weights',
        weights,
        '--episodes',
        '2',
      );
      const run = [
        '--batch',
        '1',
        '--episodes',
        '1',
        '--epochs',
        '1',
        '--val-episodes',
        '1',
        '--out',
        at(`run-${name}`),
      ];
      const { loss } = await hypercorrJson<{ loss: number }>('train', ...data, ...model, '--weights', weights, ...run);
      const { backbone, weights: held } = await hypercorrJson<{
        backbone: string;
        weights: { tensors: number; elements: number };
      }>('inspect', '--weights', weights);
      results.push({ miou, loss, backbone, tensors: held.tensors, elements: held.elements });
    }
    expect(results[1]).toEqual(results[0]);
    expect(results[2]).toEqual(results[0]);
    expect(results[0]).toMatchObject({ backbone: 'tiny' });
  });
});

const python = ['python3', '/usr/bin/python3'].find(
  (path) => spawnSync(path, ['-c', 'import torchvision']).status === 0,
);

/** The files that torchvision publishes are of this structure; ResNet-50's is from before there were counters. */
const save = `
import sys, torch, torchvision
torch.manual_seed(1)
state = torchvision.models.resnet50(weights=None).state_dict()
torch.save(state, sys.argv[1])
old = type(state)((name, torch.nn.Parameter(tensor) if 'running' not in name else tensor) for name, tensor in state.items() if 'tracked' not in name)
torch.save(old, sys.argv[2], _use_new_zipfile_serialization=False)
print(*(float(state[name].double().abs().sum()) for name in ['conv1.weight', 'layer4.2.conv3.weight']))
`;

describe.skipIf(python === undefined)('a ResNet-50 of torchvision (needs a Python with torchvision)', () => {
  test('loads from both containers, into the backbone', { timeout: 120_000 }, async () => {
    const [zip, legacy] = [at('resnet50.pth'), at('resnet50-old.pth')];
    const sums = execFileSync(python ?? '', ['-W', 'ignore', '-c', save, zip, legacy], { encoding: 'utf8' })
      .trim()
      .split(' ')
      .map(Number);
    const engine = defaultEngine();
    using model = new HSNet({ backbone: 'resnet50', key: null, engine });
    for (const path of [zip, legacy]) {
      const state = await readState(path, { engine });
      expect(loadBackboneWeights(model.backbone, state).ignored).toEqual(['fc.weight', 'fc.bias']);
      disposeState(state);
      const loaded = model.backbone.stateDict();
      for (const [i, name] of ['conv1.weight', 'layer4.2.conv3.weight'].entries()) {
        const values = loaded[name] === undefined ? [] : Array.from(readSync(loaded[name]));
        expect(values.reduce((sum, value) => sum + Math.abs(value), 0) / (sums[i] ?? NaN)).toBeCloseTo(1, 9);
      }
    }
  });
});

test("for --weights demo, the newest demo's best are taken, else its last, else an older demo's", async () => {
  const before = process.cwd();
  for (const demo of ['demo', 'demo-2', 'demo-9', 'demo-10']) mkdirSync(at(`runs/${demo}`), { recursive: true });
  process.chdir(folder);
  try {
    const predict = async () =>
      (
        await hypercorr([
          'predict',
          '--weights',
          'demo',
          '--support',
          'a.png:b.png',
          '--query',
          'c.png',
          '--out',
          'masks',
        ])
      ).stderr;
    expect(await predict()).toContain(
      'hypercorr: no demo has left weights here: run `hypercorr demo` first, which leaves them in runs/demo/best.safetensors\n',
    );
    for (const file of ['demo/last', 'demo/best', 'demo-2/last', 'demo-10/last', 'demo-10/best']) {
      writeFileSync(`runs/${file}.safetensors`, 'no weights');
      expect(await predict()).toContain(`hypercorr: [weights] runs/${file}.safetensors: it is neither`);
    }
    // An older demo's best change nothing.
    writeFileSync('runs/demo-9/best.safetensors', 'no weights');
    expect(await predict()).toContain('hypercorr: [weights] runs/demo-10/best.safetensors: it is neither');
  } finally {
    process.chdir(before);
  }
});
