import { mkdir, mkdtemp, open, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FormatError, fromArray, readSync, scope, tensor } from '@hypercorr/tensor';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { parseSafetensors, serialiseTensors } from '../../src/index.ts';
import { loadSafetensors, openSafetensors, writeSafetensors } from '../../src/node.ts';
import { checkLeaks } from '../support/leaks.ts';
import { filled, oneTensor } from './support.ts';

checkLeaks();

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

/** What all open files are made of, so that a test can make them fail. */
async function fileHandlePrototype(): Promise<Awaited<ReturnType<typeof open>>> {
  const handle = await open(folder, 'r');
  await handle.close();
  return Object.getPrototypeOf(handle);
}

test('writes tensors, and reads them one at a time', async () => {
  const path = join(folder, 'a.safetensors');
  using weight = tensor([
    [1, 2],
    [3, 4],
  ]);
  using count = tensor(7, { dtype: 'int32' });
  using mask = fromArray(new Uint8Array([1, 0, 1]), [3], { dtype: 'bool' });
  await writeSafetensors(
    path,
    { 'layer.mask': mask, 'layer.count': count, 'layer.weight': weight },
    { metadata: { epoch: '3' } },
  );

  const file = await openSafetensors(path);
  expect(file.metadata).toEqual({ epoch: '3' });
  // Wide elements come first.
  expect(file.names).toEqual(['layer.count', 'layer.weight', 'layer.mask']);
  expect(await file.read('layer.count')).toEqual({ dtype: 'int32', shape: [], data: new Int32Array([7]) });
  using again = await file.tensor('layer.weight');
  expect(again.shape).toEqual([2, 2]);
  expect(readSync(again)).toEqual(new Float32Array([1, 2, 3, 4]));
  await file.close();
  expect(await readFile(path)).toEqual(
    Buffer.from(
      await serialiseTensors(
        { 'layer.mask': mask, 'layer.count': count, 'layer.weight': weight },
        { metadata: { epoch: '3' } },
      ),
    ),
  );
  expect(await readdir(folder)).toEqual(['a.safetensors']);
});

test('reading one tensor reads the header and that tensor, no more', async () => {
  const path = join(folder, 'a.safetensors');
  await writeSafetensors(path, { large: filled(100_000, 1), small: filled(3, 3) });
  const reads = vi.spyOn(await fileHandlePrototype(), 'read');
  const file = await openSafetensors(path);
  expect((await file.read('small')).data).toEqual(new Float32Array([3, 3, 3]));
  await file.close();
  const lengths = reads.mock.calls.map((call: readonly unknown[]) => Number(call[2]));
  expect(Math.max(...lengths)).toBeLessThan(1000);
});

test('faults name the file', async () => {
  const path = join(folder, 'broken.safetensors');
  await writeFile(path, oneTensor('F32', [2], new Float32Array(3)));
  await expect(openSafetensors(path)).rejects.toThrow(
    new FormatError('safetensors', `${path}: tensor "x" has 12 bytes; F32 [2] needs 8`),
  );
  await writeFile(path, '');
  await expect(loadSafetensors(path)).rejects.toThrow(`${path}: 0 bytes are too few`);
  await expect(openSafetensors(join(folder, 'none'))).rejects.toThrow('ENOENT');
});

test('a file that shrinks while it is open', async () => {
  const path = join(folder, 'a.safetensors');
  const bytes = oneTensor('F32', [2], new Float32Array(2));
  await writeFile(path, bytes);
  const file = await openSafetensors(path);
  await truncate(path, bytes.length - 4);
  await expect(file.read('x')).rejects.toThrow('it was cut while being read');
  await file.close();
});

test('tensors loaded before a faulty one are freed', async () => {
  const path = join(folder, 'a.safetensors');
  const bytes = await serialiseTensors({ a: { dtype: 'float32', shape: [1], data: new Float32Array(1) } });
  const header = new TextDecoder().decode(bytes.subarray(8, bytes.length - 4)).trimEnd();
  const text = `${header.slice(0, -1)},"b":{"dtype":"BOOL","shape":[1],"data_offsets":[4,5]}}`;
  const start = new Uint8Array(8);
  new DataView(start.buffer).setBigUint64(0, BigInt(text.length), true);
  await writeFile(path, Buffer.concat([start, Buffer.from(text), Buffer.from([0, 0, 0, 0, 9])]));
  await expect(loadSafetensors(path)).rejects.toThrow('tensor "b" holds 9, which is no bool');
});

test.each(['write', 'sync'] as const)('a full disk at %s leaves the old file and nothing beside it', async (method) => {
  const path = join(folder, 'a.safetensors');
  await writeSafetensors(path, { x: filled(1000, 1) });
  using held = tensor([1, 2, 3]);

  const prototype = await fileHandlePrototype();
  const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  const original = prototype[method];
  let calls = 0;
  vi.spyOn(prototype, method).mockImplementation(function failing(this: typeof prototype, ...args: unknown[]) {
    calls += 1;
    // The header still fits.
    if (method === 'write' && calls === 1) return Reflect.apply(original, this, args);
    return Promise.reject(full);
  });
  await expect(writeSafetensors(path, { x: filled(1000, 2), held })).rejects.toThrow(
    `${path}: ENOSPC: no space left on device; what was there is unchanged`,
  );
  vi.restoreAllMocks();

  expect(await readdir(folder)).toEqual(['a.safetensors']);
  expect(parseSafetensors(await readFile(path)).read('x').data[0]).toBe(1);
});

test('where no file can get its name, nothing is left beside it', async () => {
  await mkdir(join(folder, 'a.safetensors'));
  const x = filled(2, 0);
  await expect(writeSafetensors(join(folder, 'a.safetensors'), { x })).rejects.toThrow(
    `could not write ${join(folder, 'a.safetensors')}: EISDIR`,
  );
  expect(await readdir(folder)).toEqual(['a.safetensors']);
});

test('a write that the system does in small pieces is whole', async () => {
  const path = join(folder, 'a.safetensors');
  const prototype = await fileHandlePrototype();
  const original = prototype.write;
  vi.spyOn(prototype, 'write').mockImplementation(function slow(this: typeof prototype, ...args: unknown[]) {
    const [bytes, offset, length] = args;
    return Reflect.apply(original, this, [bytes, offset, Math.min(Number(length), 7)]);
  });
  const data = Float32Array.from({ length: 50 }, (_, i) => i);
  await writeSafetensors(path, { x: { dtype: 'float32', shape: [50], data } });
  expect(parseSafetensors(await readFile(path)).read('x').data).toEqual(data);
});

test('what cannot be written is refused before anything is', async () => {
  const path = join(folder, 'a.safetensors');
  const x = filled(2, 0);
  await expect(writeSafetensors(path, { __metadata__: x })).rejects.toThrow('no tensor can be named __metadata__');
  await expect(writeSafetensors(path, { '\ud800': x })).rejects.toThrow('is no well-formed text');
  await expect(writeSafetensors(path, { x: { ...x, shape: [3] } })).rejects.toThrow(
    'tensor "x" has 2 elements, shape [3] has 3',
  );
  using freed = tensor([1]);
  freed.dispose();
  await expect(writeSafetensors(path, { freed })).rejects.toThrow('used after it was freed');
  expect(await readdir(folder)).toEqual([]);
});

test('tensors may be freed, and their scope closed, while they are written', async () => {
  const path = join(folder, 'a.safetensors');
  const writing = scope(() => {
    const x = tensor([1, 2, 3]);
    const written = writeSafetensors(path, { x });
    x.dispose();
    return { written };
  });
  await writing.written;
  expect(parseSafetensors(await readFile(path)).read('x').data).toEqual(new Float32Array([1, 2, 3]));
});

test('what cannot be written says so, and writes nothing', async () => {
  using x = tensor([1]);
  const missing = join(folder, 'missing', 'a.safetensors');
  await expect(writeSafetensors(missing, { x })).rejects.toThrow(`[safetensors] could not write ${missing}: ENOENT`);
  // Below a file nothing can be removed either: the first error is the one that is told.
  await writeFile(join(folder, 'file'), '');
  await expect(writeSafetensors(join(folder, 'file', 'a'), { x })).rejects.toThrow(
    /^\[safetensors\] could not write .*ENOTDIR.*; what was there is unchanged$/,
  );
  const metadata: Record<string, unknown> = { epoch: 7 };
  const path = join(folder, 'epoch.safetensors');
  await expect(writeSafetensors(path, { x }, { metadata: metadata as Record<string, string> })).rejects.toThrow(
    '[safetensors] metadata "epoch" is a number; the format holds text only',
  );
  await expect(loadSafetensors(path)).rejects.toThrow('ENOENT');
});
