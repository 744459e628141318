import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HSNet } from '@hypercorr/hsnet';
import { writeSafetensors } from '@hypercorr/nn/node';
import { mapTree, retain } from '@hypercorr/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { hypercorr } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-inspect-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Inspected {
  readonly backbone: string;
  readonly kernel: string;
  readonly learner_params: number;
  readonly backbone_params: number;
  readonly macs: number;
  readonly layers: readonly {
    readonly name: string;
    readonly params: number;
    readonly macs: number;
    readonly activation_bytes: number;
  }[];
  readonly kernels: readonly {
    readonly kernel: string;
    readonly learner_params: number;
    readonly published: { readonly params: number };
  }[];
  readonly weights?: { readonly tensors: number };
}

async function inspect(...args: readonly string[]): Promise<Inspected> {
  const { exitCode, stdout, stderr } = await hypercorr(['inspect', '--json', ...args]);
  expect(exitCode, stderr).toBe(0);
  return JSON.parse(stdout) as Inspected;
}

describe('inspect', () => {
  // Min, Kang and Cho give 2.6 M and 11.3 M; the exact numbers are those of the published state dicts.
  test.each([
    ['resnet101', 'center-pivot', 2_587_394],
    ['resnet101', 'full', 11_296_690],
    ['resnet50', 'center-pivot', 2_573_794],
    ['resnet50', 'full', 11_126_690],
  ])('%s, %s: %i learner parameters', async (backbone, kernel, params) => {
    expect(await inspect('--backbone', backbone, '--kernel', kernel)).toMatchObject({
      backbone,
      kernel,
      learner_params: params,
    });
  });

  test('17.72 G multiply-adds in the learner for ResNet-50 at 400×400, and the layers add up', async () => {
    const { macs, learner_params, backbone_params, layers } = await inspect();
    expect((macs / 1e9).toFixed(2)).toBe('17.72');
    // torchvision's 25,557,032 without the classifier's 2,049,000.
    expect(backbone_params).toBe(25_557_032 - 2_049_000);
    const learner = layers.filter(({ name }) => name.startsWith('hpn_learner.'));
    expect(learner.reduce((sum, layer) => sum + layer.macs, 0)).toBe(macs);
    expect(layers.reduce((sum, layer) => sum + layer.params, 0)).toBe(learner_params + backbone_params);
    const shallow = layers.find(({ name }) => name === 'correlation.shallow');
    expect(shallow?.activation_bytes).toBe(4 * 4 * 50 ** 4);
  });

  test('sets the three 4D convolutions beside the published ablation', async () => {
    const { kernels } = await inspect('--backbone', 'resnet101');
    expect(kernels.map(({ kernel, published }) => [kernel, published.params])).toEqual([
      ['center-pivot', 2.6],
      ['separable', 4.4],
      ['full', 11.3],
    ]);
    const { stdout } = await hypercorr(['inspect', '--backbone', 'resnet101']);
    expect(stdout).toMatch(/^center-pivot +2,587,394 +18\.14 G +2\.6 M +20\.56 +1\.39 GB +25\.51 ms$/m);
    expect(stdout).toMatch(/^full +11,296,690 +110\.07 G +11\.3 M +702\.35 +4\.12 GB +512\.17 ms$/m);
    expect(stdout).toContain('every tap of every convolution at every output position, also on\npadding');
  });

  test.each([
    ['vgg16', 'separable', 'module.'],
    ['resnet50', 'full', ''],
    ['tiny', 'center-pivot', ''],
  ] as const)('tells %s, %s from a file’s tensors', async (backbone, kernel, prefix) => {
    using model = new HSNet({ backbone, kernel, key: null });
    // The learner alone is enough, and the file stays small.
    const learner = Object.entries(model.stateDict()).filter(([name]) => name.startsWith('hpn_learner.'));
    const state = mapTree(Object.fromEntries(learner.map(([name, tensor]) => [prefix + name, tensor])), retain);
    const file = join(folder, `${backbone}.safetensors`);
    await writeSafetensors(file, state);
    for (const tensor of Object.values(state)) tensor.dispose();
    expect(await inspect('--weights', file)).toMatchObject({
      backbone,
      kernel,
      weights: { file, tensors: learner.length },
    });
    const conflict = await hypercorr(['inspect', '--weights', file, '--backbone', 'resnet101']);
    expect(conflict.exitCode).toBe(2);
    expect(conflict.stderr).toContain(backbone);
  });

  test('says the least size of a backbone that has one', async () => {
    const small = await hypercorr(['inspect', '--backbone', 'vgg16', '--size', '31']);
    expect(small).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(
        '[vgg16] images of 31×31 (height × width) are too small for this backbone; 32×32 is the least',
      ),
    });
    expect((await inspect('--backbone', 'vgg16', '--size', '32')).backbone).toBe('vgg16');
  });

  test('refuses files that are no safetensors, and sizes that leave nothing to correlate', async () => {
    const text = join(folder, 'text');
    writeFileSync(text, 'no tensors here');
    for (const args of [
      ['--weights', text],
      ['--weights', join(folder, 'absent')],
    ]) {
      const { exitCode, stderr } = await hypercorr(['inspect', ...args]);
      expect(exitCode).toBe(1);
      expect(stderr).toContain(args[1]);
      expect(stderr).not.toContain('    at ');
    }
    expect((await hypercorr(['inspect', '--size', 'large'])).exitCode).toBe(2);
  });
});
