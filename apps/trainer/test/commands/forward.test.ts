import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HSNet } from '@hypercorr/hsnet';
import type { BackboneName } from '@hypercorr/vision';
import { parseSafetensors, type HostTensor } from '@hypercorr/nn';
import { openSafetensors, writeSafetensors } from '@hypercorr/nn/node';
import { key, type Shape } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fill } from '../../../../packages/vision/test/support/fill.ts';
import { fillerValues } from '../../../../packages/nn/test/support/filler.ts';
import { hypercorr } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-forward-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function host(name: string, ...shape: readonly number[]): HostTensor {
  return {
    dtype: 'float32',
    shape,
    data: fillerValues(
      name,
      shape.reduce((a, b) => a * b, 1),
    ),
  };
}

/** 1 in rows size/4 to 3 size/4 and columns from size/3. */
function boxMask(size: number): Float32Array {
  const inside = (row: number, column: number) =>
    row >= Math.floor(size / 4) && row < Math.floor((size * 3) / 4) && column >= Math.floor(size / 3);
  return Float32Array.from({ length: size * size }, (_, i) => Number(inside(Math.floor(i / size), i % size)));
}

async function logitsOf(path: string): Promise<HostTensor> {
  const file = await openSafetensors(path);
  try {
    return await file.read('logits');
  } finally {
    await file.close();
  }
}

/** The largest difference, relative to the largest element. */
function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  const largest = Array.from(expected).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    Array.from(expected).reduce((most, value, i) => Math.max(most, Math.abs((actual[i] ?? NaN) - value)), 0) / largest
  );
}

async function saveFilled(backbone: BackboneName, path: string, prefix: string): Promise<void> {
  using model = new HSNet({ backbone, key: null });
  fill(model);
  const state = Object.entries(model.stateDict()).map(([name, tensor]) => [prefix + name, tensor] as const);
  // Published files hold the backbone's classifier too.
  const classifier = host('classifier', 3, 2);
  await writeSafetensors(path, {
    ...Object.fromEntries(state),
    [`${prefix}backbone.${backbone === 'vgg16' ? 'classifier.0' : 'fc'}.weight`]: classifier,
  });
}

describe('gives PyTorch’s logits for a state dict of the published names', () => {
  const fixtures = parseSafetensors(readFileSync(new URL('../../../../fixtures/hsnet.safetensors', import.meta.url)));

  test.each([
    ['resnet50', 'module.'],
    ['vgg16', ''],
  ] as const)('%s, names with %j before them', async (backbone, prefix) => {
    const size = 96;
    const [weights, inputs, out] = [
      at(`${backbone}.safetensors`),
      at(`${backbone}-inputs.safetensors`),
      at(`${backbone}-logits.safetensors`),
    ];
    await saveFilled(backbone, weights, prefix);
    await writeSafetensors(inputs, {
      query: host(`${backbone}/query`, 1, 3, size, size),
      support: host(`${backbone}/support`, 1, 3, size, size),
      mask: { dtype: 'float32', shape: [1, size, size], data: boxMask(size) },
    });
    const { exitCode, stdout, stderr } = await hypercorr([
      'forward',
      '--weights',
      weights,
      '--inputs',
      inputs,
      '--out',
      out,
      '--json',
    ]);
    expect(exitCode, stderr).toBe(0);
    const result = JSON.parse(stdout) as { seconds: number; backend: string; logits: number[] };
    expect(result.backend).toMatch(/^wasm/);
    expect(result.seconds).toBeGreaterThan(0);
    expect(result.logits).toEqual([1, 2, size, size]);
    const logits = await logitsOf(out);
    expect(logits.shape).toEqual([1, 2, size, size]);
    // float32 sums in another order: what the whole model is allowed.
    expect(difference(logits.data, fixtures.read(`${backbone}/logits`).data)).toBeLessThan(1e-4);
  });
});

describe('inputs', () => {
  const weights = at('tiny.safetensors');
  const size = 64;
  beforeAll(async () => {
    using model = new HSNet({ backbone: 'tiny', key: key(1) });
    await writeSafetensors(weights, model.stateDict());
  });

  const shapes = { query: [2, 3, size, size], support: [2, 3, size, size], mask: [2, size, size] };
  const tensorsOf = (of: Readonly<Record<string, Shape>>) =>
    Object.fromEntries(
      Object.entries(of).map(([name, shape]) => [name, name === 'mask' ? maskOf(shape) : host(name, ...shape)]),
    );
  const maskOf = (shape: Shape): HostTensor => {
    const planes = shape.slice(0, -2).reduce((a, b) => a * b, 1);
    const plane = Array.from({ length: planes }, (_, i) =>
      fillerValues(`mask ${i}`, size * size).map((value) => Number(value > 0)),
    );
    return {
      dtype: 'float32',
      shape,
      data: Float32Array.from(
        plane
          .flatMap((values) => [...values])
          .slice(
            0,
            shape.reduce((a, b) => a * b, 1),
          ),
      ),
    };
  };
  let count = 0;
  async function forward(tensors: Readonly<Record<string, HostTensor>>) {
    count += 1;
    const [inputs, out] = [at(`inputs-${count}.safetensors`), at(`logits-${count}.safetensors`)];
    await writeSafetensors(inputs, tensors);
    const model = ['--weights', weights, '--backbone', 'tiny', '--threads', '1'];
    return { ...(await hypercorr(['forward', ...model, '--inputs', inputs, '--out', out])), inputs, out };
  }

  test('several shots give one prediction each, the same as alone', async () => {
    const shots = 2;
    const all = tensorsOf({ query: shapes.query, support: [2, shots, 3, size, size], mask: [2, shots, size, size] });
    const together = await forward(all);
    expect(together.exitCode, together.stderr).toBe(0);
    const logits = await logitsOf(together.out);
    expect(logits.shape).toEqual([2, shots, 2, size, size]);
    for (let shot = 0; shot < shots; shot += 1) {
      const pick = (name: 'support' | 'mask'): HostTensor => {
        const { data, shape } = all[name] ?? host(name);
        const one = data.length / (2 * shots);
        const picked = [0, 1].flatMap((b) => [...data.slice((b * shots + shot) * one, (b * shots + shot + 1) * one)]);
        return { dtype: 'float32', shape: [2, ...shape.slice(2)], data: Float32Array.from(picked) };
      };
      const alone = await forward({
        query: all['query'] ?? host('query'),
        support: pick('support'),
        mask: pick('mask'),
      });
      const { data } = await logitsOf(alone.out);
      const plane = 2 * size * size;
      const expected = [0, 1].flatMap((b) => [
        ...logits.data.slice((b * shots + shot) * plane, (b * shots + shot + 1) * plane),
      ]);
      expect(difference(data, expected)).toBeLessThan(1e-6);
    }
  });

  test('the mask may be whole numbers or bools', async () => {
    const floats = tensorsOf(shapes);
    const expected = await logitsOf((await forward(floats)).out);
    const { data, shape } = floats['mask'] ?? host('mask');
    for (const mask of [
      { dtype: 'int32', shape, data: Int32Array.from(data) },
      { dtype: 'bool', shape, data: Uint8Array.from(data) },
    ] as const) {
      expect((await logitsOf((await forward({ ...floats, mask })).out)).data).toEqual(expected.data);
    }
  });

  test.each([
    [
      'a tensor is missing',
      { query: shapes.query, masks: shapes.mask },
      ' has no support, mask; it needs query, support and mask, and holds query, masks',
    ],
    [
      'a query without colours',
      { ...shapes, query: [2, 1, size, size] },
      'query is (B, 3, H, W); got query [2,1,64,64]',
    ],
    [
      'a support of other rank',
      { ...shapes, support: [3, size, size] },
      'support is (B, 3, H, W) or (B, K, 3, H, W); got',
    ],
    [
      'another batch',
      { ...shapes, support: [1, 3, size, size], mask: [1, size, size] },
      'query and support need the same B; got',
    ],
    ['a mask of another size', { ...shapes, mask: [2, size, 32] }, 'the mask of this support is [2,64,64]; got'],
    [
      'a mask without its shots',
      { ...shapes, support: [2, 1, 3, size, size] },
      'the mask of this support is [2,1,64,64]; got',
    ],
    ['no shots', { ...shapes, support: [2, 0, 3, size, size], mask: [2, 0, size, size] }, 'no axis may be empty'],
  ])('%s', async (_, wrong, message) => {
    const { exitCode, stderr, inputs } = await forward(tensorsOf(wrong));
    expect(exitCode).toBe(1);
    // A sentence about the file, or about a tensor in it.
    expect(stderr).toContain(`hypercorr: [forward] ${inputs}${message.startsWith(' ') ? message : ': '}`);
    expect(stderr).toContain(message);
  });

  test('a mask that is no mask', async () => {
    const { exitCode, stderr } = await forward({ ...tensorsOf(shapes), mask: host('mask', 2, size, size) });
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/mask holds -?[\d.]+; a mask is 1 on the object and 0 elsewhere/);
  });

  test('makes the folder of the result, and fails before it computes where it cannot', async () => {
    const { inputs } = await forward(tensorsOf(shapes));
    const model = ['--weights', weights, '--backbone', 'tiny', '--threads', '1', '--inputs', inputs];
    const made = await hypercorr(['forward', ...model, '--out', at('not/there/logits.safetensors')]);
    expect(made.exitCode, made.stderr).toBe(0);
    expect((await logitsOf(at('not/there/logits.safetensors'))).shape).toEqual([2, 2, size, size]);
    for (const [out, reason] of [
      [join(inputs, 'logits.safetensors'), `to ${inputs}: it is a file, not a folder`],
      [at('not'), `${at('not')}: it is a folder; name a file in it`],
    ] as const) {
      const { exitCode, stderr } = await hypercorr(['forward', ...model, '--out', out]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`hypercorr: cannot write ${reason}`);
      // It is said when the weights are read.
      expect(stderr).not.toContain('weights:');
    }
  });

  test('files that are not there, or no safetensors', async () => {
    writeFileSync(at('text'), 'no tensors here');
    for (const [inputs, reason] of [
      [at('absent'), 'absent'],
      [at('text'), at('text')],
    ] as const) {
      const { exitCode, stderr } = await hypercorr([
        'forward',
        '--weights',
        weights,
        '--inputs',
        inputs,
        '--out',
        at('o'),
      ]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(reason);
      expect(stderr).not.toContain('    at ');
    }
  });
});

test('refuses to write over what it reads, by whatever name', async () => {
  for (const name of ['weights', 'inputs']) writeFileSync(at(`read-${name}.safetensors`), name);
  symlinkSync(at('read-inputs.safetensors'), at('linked.safetensors'));
  for (const out of ['read-weights', 'read-inputs', 'linked']) {
    const files = [
      '--weights',
      at('read-weights.safetensors'),
      '--inputs',
      at('read-inputs.safetensors'),
      '--out',
      at(`${out}.safetensors`),
    ];
    const { exitCode, stderr } = await hypercorr(['forward', ...files]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/a file that is read; give another name/)]);
  }
  expect(readFileSync(at('read-inputs.safetensors'), 'utf8')).toBe('inputs');
});
