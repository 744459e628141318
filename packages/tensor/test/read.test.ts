import { afterAll, describe, expect, it } from 'vitest';
import {
  BackendError,
  DTypeError,
  Engine,
  ShapeError,
  defaultEngine,
  fromArray,
  item,
  read,
  readSync,
  scalar,
  tensor,
  to,
  zeros,
  type Backend,
} from '../src/index.ts';
import { referenceBackend } from '../src/backends/reference/backend.ts';
import { wasm } from '../src/wasm.ts';

const wasmEngine = new Engine(await wasm({ threads: 1 })());
afterAll(() => wasmEngine.dispose());

describe.each([
  ['reference', defaultEngine()],
  ['wasm', wasmEngine],
])('reading from %s', (_, engine) => {
  it.each([
    ['float32', Float32Array.of(1.5, -2, 0)],
    ['int32', Int32Array.of(2 ** 31 - 1, -(2 ** 31), 0)],
    ['bool', Uint8Array.of(1, 0, 1)],
  ] as const)('gives %s elements in their own kind of array', async (dtype, data) => {
    using x = fromArray(data, [3], { engine, dtype });
    expect(x.dtype).toBe(dtype);
    expect(await read(x)).toEqual(data);
    expect(readSync(x)).toEqual(data);
  });

  it('gives a copy', async () => {
    using x = tensor([1, 2], { engine });
    (await read(x)).fill(9);
    readSync(x).fill(9);
    expect(readSync(x)).toEqual(Float32Array.of(1, 2));
  });

  it('gives nothing of an empty tensor', async () => {
    using x = zeros([3, 0], { engine });
    expect(await read(x)).toEqual(new Float32Array(0));
  });

  it('takes what the tensor held when it was asked, also if that is freed before it comes', async () => {
    const x = tensor([4], { engine });
    const pending = read(x);
    x.dispose();
    using other = tensor([5], { engine });
    expect(await pending).toEqual(Float32Array.of(4));
    expect(other.size).toBe(1);
  });

  it('gives one number where there is one element', async () => {
    expect(await item(scalar(2.5, { engine }))).toBe(2.5);
    expect(await item(tensor([[7]], { engine, dtype: 'int32' }))).toBe(7);
    expect(await item(tensor([true], { engine, dtype: 'bool' }))).toBe(1);
    await expect(item(tensor([1, 2], { engine }))).rejects.toThrow(
      new ShapeError('item', 'needs a tensor of one element, got [2]'),
    );
    await expect(item(zeros([0], { engine }))).rejects.toThrow(ShapeError);
  });
});

it('float64 keeps all its bits', async () => {
  expect(await read(tensor([Math.PI], { dtype: 'float64' }))).toEqual(Float64Array.of(Math.PI));
});

it('reading at once is refused where the device cannot', () => {
  const { readSync: _, ...asynchronous } = referenceBackend();
  const backend: Backend = { ...asynchronous, name: 'slow' };
  const x = tensor([1], { engine: new Engine(backend) });
  expect(() => readSync(x)).toThrow(
    new BackendError('readSync', 'the slow backend reads asynchronously: use `await read(x)`'),
  );
});

describe('moving to another engine', () => {
  it('copies elements, shape and dtype, and leaves the original', async () => {
    const x = tensor([[1, 2, 3]], { dtype: 'int32' });
    const moved = await to(x, wasmEngine);
    expect(moved).toMatchObject({ shape: [1, 3], dtype: 'int32', engine: wasmEngine });
    expect(readSync(moved)).toEqual(Int32Array.of(1, 2, 3));
    x.dispose();
    const back = await to(moved, defaultEngine());
    expect(readSync(back)).toEqual(Int32Array.of(1, 2, 3));
  });

  it('keeps truth values', async () => {
    const moved = await to(tensor([true, false], { dtype: 'bool' }), wasmEngine);
    expect(readSync(await to(moved, defaultEngine()))).toEqual(Uint8Array.of(1, 0));
  });

  it('refuses float64 where there is none', async () => {
    await expect(to(scalar(1, { dtype: 'float64' }), wasmEngine)).rejects.toThrow(
      new DTypeError(
        'to',
        'the wasm backend takes float32, int32, bool, got float64; cast the tensor, or use the reference backend',
      ),
    );
  });
});
