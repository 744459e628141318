import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpu, type GpuMode } from '../../src/backends/gpu/index.ts';
import { elementwise } from '../../src/backends/gpu/source.ts';
import { checkKernel, loadLibrary, settingsFor } from '../../src/backends/gpu/library.ts';
import type { ComputingBackend, Handle, Operand } from '../../src/backend.ts';
import { BackendError } from '../../src/errors.ts';
import { interruptible } from '../../src/interrupt.ts';
import { dispatch, modes, readFloats, start } from './harness.ts';

const inBrowser = typeof document !== 'undefined';
/** Modes that are not here: each must say so. */
const missing: readonly GpuMode[] = inBrowser ? [] : ['webgl2', 'webgpu'];

describe('gpu()', () => {
  it.each(missing)('mode %s is an error where it is not there', async (mode) => {
    await expect(gpu({ mode })()).rejects.toThrow(BackendError);
  });

  // Node has neither WebGPU nor WebGL2; a page has both, in software at least.
  it.skipIf(inBrowser)('auto names what it tried, and takes no mode without a GPU', async () => {
    await expect(gpu()()).rejects.toThrow(/there is no GPU here .*WebGPU.*webgl2/);
  });

  it.runIf(inBrowser)('auto takes WebGPU', async () => {
    const backend = await gpu()();
    expect(backend.description).toMatch(/^gpu: GPU\.js webgpu on /);
    await backend.dispose();
  });
});

it('a kernel that GPU.js runs in another mode than the one asked for is an error', async () => {
  const library = await loadLibrary();
  const replacement = new library.GPU({ mode: 'cpu' }).createKernel(
    'function kernel() { return 1; }',
    settingsFor([1], []),
  );
  await replacement();
  expect(() => checkKernel(library, 'cpu', replacement)).not.toThrow();
  expect(() => checkKernel(library, 'webgl2', replacement)).toThrow(/another mode than webgl2/);
  const degraded = Object.assign(() => new Float32Array(1), {
    kernel: { fallbackReason: 'no such return type', context: null },
    setOutput() {},
    destroy() {},
  });
  expect(() => checkKernel(library, 'cpu', degraded)).toThrow(/refused a cpu kernel: no such return type/);
});

describe.each(modes)('the backend on %s', (mode) => {
  let backend: ComputingBackend;
  beforeAll(async () => {
    backend = await start(mode);
  });
  afterAll(() => backend.dispose());

  const upload = (...values: number[]): Operand => ({
    shape: [values.length],
    dtype: 'float32',
    handle: backend.upload(Float32Array.from(values), 'float32'),
  });
  const apply = (x: Operand, expression: string): Handle =>
    dispatch(backend, { x }, { shape: x.shape, dtype: 'float32' }, (reads, output) =>
      elementwise(reads, output, expression),
    );

  it('says what runs', () => {
    expect(backend.description).toMatch(new RegExp(`^gpu: GPU\\.js ${mode} on \\w+`));
    if (!inBrowser) expect(backend.description).toMatch(/no GPU$/);
  });

  it('keeps every dtype', async () => {
    const words = backend.upload(Int32Array.of(3, -16_777_216, 16_777_216), 'int32');
    expect(await backend.read(words, 'int32', 3)).toEqual(Int32Array.of(3, -16_777_216, 16_777_216));
    const flags = backend.upload(Uint8Array.of(0, 1, 1), 'bool');
    expect(await backend.read(flags, 'bool', 3)).toEqual(Uint8Array.of(0, 1, 1));
  });

  it('refuses whole numbers that float32 cannot hold, on the way in and on the way out', async () => {
    expect(() => backend.upload(Int32Array.of(1, 16_777_217), 'int32')).toThrow(
      /\[upload\] int32 is exact .* got 16777217 at position 1/,
    );
    const large = { shape: [1], dtype: 'int32', handle: backend.upload(Int32Array.of(9_000_000), 'int32') } as const;
    const sum = dispatch(backend, { x: large }, { shape: [1], dtype: 'int32' }, (reads, output) =>
      elementwise(reads, output, 'x + x'),
    );
    await expect(backend.read(sum, 'int32', 1)).rejects.toThrow(/\[read\] int32 is exact/);
  });

  it('works in the order of the calls, whatever is freed in between', async () => {
    let x = upload(1, 2, 3);
    for (let i = 0; i < 20; i += 1) {
      const next = apply(x, 'x + 1');
      backend.free(x.handle);
      x = { ...x, handle: next };
    }
    expect([...(await readFloats(backend, x.handle, 3))]).toEqual([21, 22, 23]);
    await backend.idle();
  });

  it('a dispatch that fails surfaces where its result is read, and once at idle; others go on', async () => {
    const x = upload(1, 2);
    const broken = apply(x, 'noSuchFunction(x)');
    const after = apply({ ...x, handle: broken }, 'x + 1');
    const fine = apply(x, 'x + 1');
    await expect(backend.read(after, 'float32', 2)).rejects.toThrow(/^\[probe\]/);
    expect([...(await readFloats(backend, fine, 2))]).toEqual([2, 3]);
    await expect(backend.idle()).rejects.toThrow(BackendError);
    await expect(backend.idle()).resolves.toBeUndefined();
  });

  it('leaves out what is called off while it waits, and all that follows from it; that is no failure', async () => {
    const x = upload(1, 2);
    const reason = new Error('enough');
    let asked = 0;
    // Let through: the work as a whole, and its first three kernels.
    const signal = {
      throwIfAborted() {
        asked += 1;
        if (asked > 4) throw reason;
      },
    };
    const [, , third, , fifth] = interruptible(signal, () => {
      const made: Operand[] = [];
      for (let i = 0; i < 5; i += 1) made.push({ ...x, handle: apply(made.at(-1) ?? x, 'x + 1') });
      return made;
    });
    if (third === undefined || fifth === undefined) return expect.fail('there are five kernels');
    const after = apply(fifth, 'x + 1');
    expect([...(await readFloats(backend, third.handle, 2))]).toEqual([4, 5]);
    await expect(backend.read(fifth.handle, 'float32', 2)).rejects.toBe(reason);
    await expect(backend.read(after, 'float32', 2)).rejects.toBe(reason);
    await expect(backend.idle()).resolves.toBeUndefined();
    expect([...(await readFloats(backend, apply(third, 'x * 10'), 2))]).toEqual([40, 50]);
  });

  it('zeros that a GPU left in the place of a result are an error, however far behind', async () => {
    const x = upload(1, 2);
    const abandoned = dispatch(backend, { x }, { shape: [2], dtype: 'float32' }, (reads, output) => ({
      ...elementwise(reads, output, 'x'),
      source: 'function kernel(xArray) { return xArray[0] * 0; }',
    }));
    const after = apply({ ...x, handle: abandoned }, 'x + 1');
    await expect(backend.read(after, 'float32', 2)).rejects.toThrow(/gave up on a kernel/);
  });

  it('runs a pass once that two others read', async () => {
    const x = upload(1, 2, 4);
    const result = dispatch(backend, { x }, { shape: [3], dtype: 'float32' }, (reads, output) => {
      const doubled = elementwise(reads, output, 'x * 2');
      const squared = elementwise({ doubled }, output, 'doubled * doubled');
      return elementwise({ doubled, squared }, output, 'squared - doubled');
    });
    expect([...(await readFloats(backend, result, 3))]).toEqual([2, 12, 56]);
  });

  it('survives more kernels than are kept', async () => {
    const x = upload(5, 7);
    const handles = Array.from({ length: 270 }, (_, i) => apply(x, `x + ${i}`));
    const last = await readFloats(backend, handles[269] ?? x.handle, 2);
    const first = await readFloats(backend, handles[0] ?? x.handle, 2);
    expect([...last, ...first]).toEqual([274, 276, 5, 7]);
    for (const handle of handles) backend.free(handle);
    await backend.idle();
  });

  it('small kernels go on after one too large to keep', async () => {
    const size = 3_000_000;
    const x = upload(1, 2);
    const large: Operand = {
      shape: [size],
      dtype: 'float32',
      handle: backend.upload(new Float32Array(size), 'float32'),
    };
    const before = apply(x, 'x + 0.5');
    const other = apply(large, 'x + 0.5');
    const after = apply({ ...x, handle: before }, 'x + 0.5');
    expect([...(await readFloats(backend, after, 2))]).toEqual([2, 3]);
    for (const handle of [x.handle, large.handle, before, other, after]) backend.free(handle);
    await backend.idle();
  });

  // The modes without a GPU have no limit but the machine's memory.
  it.runIf(mode === 'webgl2' || mode === 'webgpu')('a tensor that the device cannot hold is an error at once', () => {
    expect(() =>
      dispatch(backend, {}, { shape: [2 ** 31], dtype: 'float32' }, (reads, output) => elementwise(reads, output, '1')),
    ).toThrow(/\[probe\] a tensor \[2147483648\] does not fit this device: it needs .* at most/);
  });
});
