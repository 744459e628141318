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
      ['', 'the file is empty'],
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
