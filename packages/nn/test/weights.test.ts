import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FormatError, readSync } from '@hypercorr/tensor';
import { afterAll, describe, expect, test } from 'vitest';
import { parseWeights, weightsFormat } from '../src/index.ts';
import { openPyTorch, openSafetensors, openWeights } from '../src/node.ts';
import { checkLeaks } from './support/leaks.ts';
import { writeZip } from './support/zip.ts';

checkLeaks();

const folder = mkdtempSync(join(tmpdir(), 'weights-'));
afterAll(() => rmSync(folder, { recursive: true }));

const pathOf = (name: string): string => fileURLToPath(new URL(`../../../fixtures/pytorch/${name}`, import.meta.url));
const files = {
  zip: pathOf('checkpoint-zip.pt'),
  legacy: pathOf('checkpoint-legacy.pt'),
  safetensors: pathOf('checkpoint.safetensors'),
};

describe('formats are told apart by content', () => {
  test.each(Object.entries(files))('%s', async (container, path) => {
    const bytes = readFileSync(path);
    const format = container === 'safetensors' ? 'safetensors' : 'pytorch';
    expect(weightsFormat(bytes)).toBe(format);
    // Under a name that says nothing.
    const nameless = join(folder, container);
    writeFileSync(nameless, bytes);
    const [wanted, parsed, opened] = [
      parseWeights(readFileSync(files.safetensors)),
      parseWeights(bytes),
      await openWeights(nameless),
    ];
    expect([opened.format, opened.names, opened.metadata]).toEqual([format, wanted.names, wanted.metadata]);
    for (const name of wanted.names) {
      expect(parsed.read(name)).toEqual(wanted.read(name));
      expect(await opened.read(name)).toEqual(wanted.read(name));
      expect(await opened.raw(name)).toEqual(parsed.raw(name));
      expect(opened.entries.get(name)).toMatchObject({ shape: wanted.entries.get(name)?.shape });
    }
    using tensor = await opened.tensor('module.scale');
    expect(readSync(tensor)).toEqual(wanted.read('module.scale').data);
    const tensors = await opened.tensors();
    expect(Object.keys(tensors)).toEqual(wanted.names);
    for (const each of Object.values(tensors)) each.dispose();
    await opened.close();
    await expect(opened.read('module.scale')).rejects.toThrow('closed');
  });

  test('a safetensors header whose length looks like a pickle', () => {
    // 0x0280 bytes: what a pickle of protocol 2 begins with.
    const header = `{}${' '.repeat(0x280 - 2)}`;
    const bytes = Uint8Array.from([0x80, 2, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header)]);
    expect(parseWeights(bytes).names).toEqual([]);
  });

  test('a header of 4 GB and more is no header', () => {
    const start = (length: bigint) =>
      Uint8Array.from([...new Uint8Array(new BigUint64Array([length]).buffer), '{'.charCodeAt(0)]);
    expect(weightsFormat(start(2n ** 32n - 1n))).toBe('safetensors');
    expect(() => weightsFormat(start(100_000_000_000n))).toThrow(
      '[weights] weights: it is neither a safetensors file nor one of torch.save',
    );
  });

  test('what is neither names its source', async () => {
    const path = join(folder, 'text');
    for (const [content, message] of [
      ['', 'the file is empty: a download or a copy did not finish; get it again'],
      ['no tensors here', 'it is neither a safetensors file nor one of torch.save'],
    ] as const) {
      writeFileSync(path, content);
      await expect(openWeights(path)).rejects.toThrow(new FormatError('weights', `${path}: ${message}`));
      expect(() => parseWeights(readFileSync(path), { source: 'a.pth' })).toThrow(
        new FormatError('weights', `a.pth: ${message}`),
      );
    }
    await expect(openWeights(join(folder, 'absent'))).rejects.toThrow('ENOENT');
    await expect(openWeights(folder)).rejects.toThrow(
      `[weights] ${folder}: it is a folder; weights are read from regular files`,
    );
  });

  test.skipIf(process.platform === 'win32')('a pipe is refused, not waited for', async () => {
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    for (const open of [openWeights, openSafetensors, openPyTorch]) {
      await expect(open(path)).rejects.toThrow(
        /^\[\w+\] .*pipe: it is a pipe or device; weights are read from regular files$/,
      );
    }
  });

  test('a key is of a state dict that PyTorch saved', async () => {
    const file = await openWeights(pathOf('nested-elsewhere-zip.pt'), { key: 'net' });
    expect(file.others).toEqual([]);
    await file.close();
    await expect(openWeights(files.safetensors, { key: 'net' })).rejects.toThrow(
      `${files.safetensors}: it is a safetensors file: its tensors are under no key, "net" neither`,
    );
  });
});

describe('what people have in place of weights is called by its name, with the way out', () => {
  const bytes = (...values: readonly number[]) => Uint8Array.from([...values, ...new Uint8Array(300)]);
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const index = { metadata: { total_size: 1 }, weight_map: { 'conv1.weight': 'model-00001-of-00002.safetensors' } };

  test.each<[string, Uint8Array, RegExp]>([
    [
      'a web page',
      utf8('\n<!DOCTYPE html><html><head><title>Virus scan warning</title>'),
      /it is a web page.*download the file/,
    ],
    ['XML', utf8('<?xml version="1.0"?><Error><Code>AccessDenied</Code>'), /it is XML/],
    [
      'a pointer of Git LFS',
      utf8(`version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12345\n`),
      /a pointer of Git LFS to a file of 12,345 bytes.*git lfs pull/,
    ],
    [
      'an index',
      utf8(JSON.stringify(index)),
      /the index of a model in several files, such as "model-00001-of-00002.safe/,
    ],
    ['an index that is indented', utf8(JSON.stringify(index, null, 2)), /the index of a model/],
    ['other JSON', utf8('{"model_type": "resnet"}'), /it is JSON text/],
    ['gzip', bytes(0x1f, 0x8b, 8), /compressed by gzip; unpack it first: gunzip/],
    ['bzip2', utf8('BZh91AY'), /compressed by bzip2/],
    ['xz', bytes(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0), /compressed by xz/],
    ['zstd', bytes(0x28, 0xb5, 0x2f, 0xfd), /compressed by zstd/],
    ['7z', bytes(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c), /7z archive/],
    ['RAR', utf8('Rar!'), /RAR archive/],
    ['HDF5', bytes(0x89, 0x48, 0x44, 0x46), /HDF5 file, as Keras writes/],
    ['an array of NumPy', bytes(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59), /one array of NumPy/],
    ['an empty archive', writeZip([]), /it is an empty zip archive/],
    [
      'an archive of arrays',
      writeZip([{ name: 'x.npy', content: new Uint8Array() }]),
      /it holds "x.npy"; arrays of NumPy/,
    ],
    [
      'an archive with weights in it',
      writeZip(['README', 'w/a.pth'].map((name) => ({ name, content: new Uint8Array() }))),
      /it holds "README", "w\/a.pth"; unpack it, and give "w\/a.pth"/,
    ],
  ])('%s', async (_, content, message) => {
    const path = join(folder, 'other');
    writeFileSync(path, content);
    await expect(openWeights(path)).rejects.toThrow(FormatError);
    await expect(openWeights(path)).rejects.toThrow(message);
    await expect(openPyTorch(path)).rejects.toThrow(message);
  });
});
