import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HPNLearner, HSNet } from '@hypercorr/hsnet';
import { parseSafetensors } from '@hypercorr/nn';
import { writeSafetensors } from '@hypercorr/nn/node';
import { key } from '@hypercorr/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { hypercorr, hypercorrJson } from '../support/terminal.ts';

const folder = mkdtempSync(join(tmpdir(), 'hypercorr-convert-'));
const at = (name: string): string => join(folder, name);
const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../../fixtures/pytorch/${name}`, import.meta.url));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const contentOf = (path: string) => {
  const file = parseSafetensors(readFileSync(path));
  return Object.fromEntries(file.names.map((name) => [name, { ...file.raw(name) }]));
};

interface Converted {
  readonly format: string;
  readonly tensors: readonly {
    readonly name: string;
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly bytes: number;
  }[];
  readonly elements: number;
  readonly bytes: number;
  readonly left_out: readonly string[];
}

describe('convert', () => {
  test.each(['dtypes', 'views', 'nested'])('%s: every name, dtype and bit stays', async (name) => {
    for (const container of ['zip', 'legacy']) {
      const out = at(`${name}-${container}.safetensors`);
      const { format, tensors } = await hypercorrJson<Converted>(
        'convert',
        fixture(`${name}-${container}.pt`),
        '--out',
        out,
      );
      expect(format).toBe('pytorch');
      expect(contentOf(out)).toEqual(contentOf(fixture(`${name}.safetensors`)));
      expect(tensors.map((tensor) => tensor.name)).toEqual(
        parseSafetensors(readFileSync(fixture(`${name}.safetensors`))).names,
      );
    }
    expect(parseSafetensors(readFileSync(at(`${name}-zip.safetensors`))).metadata).toEqual({ format: 'pt' });
  });

  test('says what it wrote', async () => {
    const { tensors, elements, bytes, left_out } = await hypercorrJson<Converted>(
      'convert',
      fixture('beyond-zip.pt'),
      '--out',
      at('beyond'),
    );
    expect(tensors).toEqual([
      { name: 'long', dtype: 'I64', shape: [2], bytes: 16 },
      { name: 'complex', dtype: 'C64', shape: [1], bytes: 8 },
    ]);
    expect([elements, bytes, left_out]).toEqual([3, 24, []]);
    const { stdout } = await hypercorr(['convert', fixture('dtypes-legacy.pt'), '--out', at('dtypes')]);
    expect(stdout).toBe(`${at('dtypes')}: 11 tensors of 29 elements, 0.0 MiB\n`);
  });

  test('a state dict under another key; what is no tensor is left out, and said', async () => {
    const input = fixture('nested-elsewhere-legacy.pt');
    const without = await hypercorr(['convert', input, '--out', at('net')]);
    expect(without.exitCode).toBe(1);
    expect(without.stderr).toContain(
      `${input}: there is no state dict (tensors by name) at its top or under state_dict, model_state_dict, model; it holds "net" (a dict of 7)`,
    );
    expect(existsSync(at('net'))).toBe(false);
    await hypercorrJson('convert', input, '--key', 'net', '--out', at('net'));
    expect(contentOf(at('net'))).toEqual(contentOf(fixture('nested-elsewhere.safetensors')));
    const { stderr } = await hypercorr(['convert', fixture('nested-model-zip.pt'), '--out', at('model')]);
    expect(stderr).toBe('left out, because they are not tensors: "step"\n');
  });

  test('a safetensors file is taken too, with its text, but has no keys', async () => {
    const { format } = await hypercorrJson<Converted>('convert', at('views-zip.safetensors'), '--out', at('again'));
    expect(format).toBe('safetensors');
    expect(contentOf(at('again'))).toEqual(contentOf(at('views-zip.safetensors')));
    expect(parseSafetensors(readFileSync(at('again'))).metadata).toEqual({ format: 'pt' });
    const { exitCode, stderr } = await hypercorr(['convert', at('again'), '--key', 'net', '--out', at('never')]);
    expect([exitCode, stderr]).toEqual([
      1,
      `hypercorr: [safetensors] ${at('again')}: it is a safetensors file: its tensors are under no key, "net" neither\n`,
    ]);
  });

  test('the file that is read is never written to, by whatever name', async () => {
    copyFileSync(fixture('views-zip.pt'), at('own.pt'));
    symlinkSync(at('own.pt'), at('symlink.pt'));
    linkSync(at('own.pt'), at('hardlink.pt'));
    for (const out of ['own.pt', 'symlink.pt', 'hardlink.pt']) {
      const { exitCode, stderr } = await hypercorr(['convert', at('own.pt'), '--out', at(out)]);
      expect(exitCode).toBe(2);
      expect(stderr).toContain('a file that is read; give another name');
    }
    expect(readFileSync(at('own.pt'))).toEqual(readFileSync(fixture('views-zip.pt')));
  });

  test('a whole model is refused, in one line that says what it is, and nothing is written', async () => {
    const before = readdirSync(folder);
    const whole = await hypercorr(['convert', fixture('whole-module-zip.pt'), '--out', at('refused')]);
    expect(whole.exitCode).toBe(1);
    expect(whole.stderr).toMatch(/^hypercorr: \[pytorch\] .*\n$/);
    expect(whole.stderr).toContain('it is a whole model (an object of torch.nn.modules.linear.Linear)');
    const { stderr } = await hypercorr(['convert', fixture('make.py'), '--out', at('refused')]);
    expect(stderr).toBe(
      `hypercorr: [weights] ${fixture('make.py')}: it is neither a safetensors file nor one of torch.save\n`,
    );
    expect(readdirSync(folder)).toEqual(before);
  });

  test('objects that are no tensors are left out, by name, and none of them is called', async () => {
    const { exitCode, stderr, stdout } = await hypercorr([
      'convert',
      fixture('shell-legacy.pt'),
      '--out',
      at('shell.safetensors'),
    ]);
    expect([exitCode, stderr]).toEqual([0, 'left out, because they are not tensors: "note"\n']);
    expect(stdout).toContain('1 tensor of 2 elements');
  });

  test('what is missing is said', async () => {
    const missing = await hypercorr(['convert', '--out', at('x')]);
    expect([missing.exitCode, missing.stderr]).toEqual([
      2,
      'hypercorr: FILE is missing: a file of weights, as safetensors or PyTorch\nsee hypercorr convert --help\n',
    ]);
    expect((await hypercorr(['convert', at('absent.pt'), '--out', at('x')])).stderr).toBe(
      `hypercorr: ${at('absent.pt')} cannot be read: there is no such file\n`,
    );
    for (const name of ['x.h5', 'x.safetensor']) {
      const { exitCode, stderr } = await hypercorr(['convert', fixture('views-zip.pt'), '--out', at(name)]);
      expect([exitCode, stderr]).toEqual([
        2,
        expect.stringMatching(
          /x\.\w+: cannot write \.\w+ files; give a name that ends in \.safetensors, or in \.onnx for ONNX\n/,
        ),
      ]);
    }
    expect((await hypercorr(['convert', 'a', 'b', '--out', at('x')])).exitCode).toBe(2);
    expect((await hypercorr(['convert', '--help'])).stdout).toContain('hypercorr convert [options] [FILE]');
    const { exitCode, stderr } = await hypercorr(['convert', fixture('views-zip.pt'), '--out', folder]);
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining(`cannot write ${folder}: it is a folder; name a file in it`),
    ]);
  });

  test('a file with a learner alone is enough for its learner as ONNX, and not for the whole model', async () => {
    const weights = at('learner.safetensors');
    using learner = new HPNLearner({ taps: { shallow: 3, middle: 3, deep: 1 }, key: key(1) });
    await writeSafetensors(
      weights,
      Object.fromEntries(Object.entries(learner.stateDict()).map(([name, tensor]) => [`hpn_learner.${name}`, tensor])),
    );
    const alone = await hypercorrJson<{ part: string; model: object }>(
      'convert',
      weights,
      '--size',
      '64',
      '--part',
      'learner',
      '--out',
      at('alone.onnx'),
    );
    expect(alone).toMatchObject({ part: 'learner', model: { backbone: 'vgg16' } });
    const { exitCode, stderr } = await hypercorr(['convert', weights, '--size', '64', '--out', at('whole.onnx')]);
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the vgg16 backbone needs a file of weights')]);
  });

  test('a model as ONNX, whole or its learner, and what does not go together', async () => {
    const weights = at('model.safetensors');
    using model = new HSNet({ backbone: 'tiny', key: key(1) });
    await writeSafetensors(weights, model.stateDict());
    const out = at('model.onnx');
    const whole = await hypercorrJson<{ part: string; bytes: number }>(
      'convert',
      weights,
      '--size',
      '64',
      '--out',
      out,
    );
    expect(whole).toMatchObject({
      format: 'onnx',
      part: 'model',
      model: { backbone: 'tiny', kernel: 'center-pivot', size: 64 },
    });
    expect(readFileSync(out).length).toBe(whole.bytes);
    const learner = await hypercorr([
      'convert',
      weights,
      '--size',
      '64',
      '--part',
      'learner',
      '--out',
      at('learner.onnx'),
    ]);
    expect(learner.stdout).toBe(
      `${at('learner.onnx')}: the learner as ONNX, for images of 64×64, ${(readFileSync(at('learner.onnx')).length / 2 ** 20).toFixed(1)} MiB\n`,
    );
    expect(readFileSync(at('learner.onnx')).length).toBeLessThan(whole.bytes);

    const withKey = await hypercorr(['convert', weights, '--key', 'net', '--out', out]);
    expect([withKey.exitCode, withKey.stderr]).toEqual([
      2,
      expect.stringContaining('--key is only for safetensors output'),
    ]);
    const size = await hypercorr(['convert', weights, '--size', '64', '--out', at('copy.safetensors')]);
    expect([size.exitCode, size.stderr]).toEqual([
      0,
      expect.stringContaining(`only ONNX needs size; ${at('copy.safetensors')} is written as safetensors`),
    ]);
    const noModel = await hypercorr(['convert', fixture('dtypes-zip.pt'), '--out', at('none.onnx')]);
    expect([noModel.exitCode, existsSync(at('none.onnx'))]).toEqual([1, false]);
    expect(noModel.stderr).toContain('hpn_learner');
  });
});
