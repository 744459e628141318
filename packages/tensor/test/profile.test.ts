import { describe, expect, test } from 'vitest';
import {
  BackendError,
  Engine,
  add,
  matmul,
  mul,
  ones,
  profile,
  read,
  relu,
  reshape,
  scope,
  zeros,
  type Tensor,
} from '../src/index.ts';
import { referenceBackend } from '../src/backends/reference/backend.ts';
import { gpu } from '../src/gpu.ts';
import { wasm } from '../src/wasm.ts';

const start = (): Engine => new Engine(referenceBackend());

/** Without times. */
function counts(operations: Awaited<ReturnType<typeof profile>>['operations']) {
  return Object.fromEntries(
    operations.map(({ name, calls, bytesRead, bytesWritten }) => [name, [calls, bytesRead, bytesWritten]]),
  );
}

describe('profile', () => {
  test('counts the calls of each operation and their bytes; a tensor read twice in a call counts once, an alias not at all', async () => {
    const engine = start();
    const [x, row] = [ones([10, 4], { engine }), ones([4], { engine })];
    const { result, operations } = await profile(engine, () =>
      scope(() => {
        const sums = add(mul(x, x), row);
        return relu(reshape(add(sums, row), [40]));
      }),
    );
    expect(counts(operations)).toEqual({ mul: [1, 160, 160], add: [2, 2 * (160 + 16), 320], relu: [1, 160, 160] });
    expect(await read(result)).toEqual(new Float32Array(40).fill(3));
    expect(engine.memory().tensors).toBe(3);
  });

  test('times them, the slowest first, within the time of all', async () => {
    const engine = new Engine(await wasm({ threads: 1 })());
    const [x, large] = [ones([16, 16], { engine }), ones([400, 400], { engine })];
    const compute = () => scope(() => void (matmul(large, large), relu(x)));
    await profile(engine, compute);
    const { milliseconds, operations } = await profile(engine, compute);
    expect(operations.map(({ name }) => name)).toEqual(['matmul', 'relu']);
    const [product = NaN, maximum = NaN] = operations.map((operation) => operation.milliseconds);
    expect(maximum).toBeGreaterThan(0);
    expect(product).toBeGreaterThan(maximum);
    expect(product + maximum).toBeLessThanOrEqual(milliseconds);
    await engine.dispose();
  });

  test('goes on until a promise is kept, and stops then', async () => {
    const engine = start();
    const x = ones([2], { engine });
    const { result, operations } = await profile(engine, async () => {
      await Promise.resolve();
      return scope(() => [...new Float32Array(mul(x, 2).size)].length);
    });
    expect([result, operations.map(({ name }) => name)]).toEqual([2, ['mul']]);
    relu(x).dispose();
    expect(operations).toHaveLength(1);
  });

  test('looks at one engine alone, and at one function at a time', async () => {
    const [engine, other] = [start(), start()];
    const [here, there] = [ones([2], { engine }), ones([2], { engine: other })];
    const { operations } = await profile(engine, () => void (relu(here).dispose(), mul(there, there).dispose()));
    expect(counts(operations)).toEqual({ relu: [1, 8, 8] });
    await expect(profile(engine, () => profile(engine, () => 1))).rejects.toThrow(
      new BackendError('profile', 'the engine is already being profiled'),
    );
    const [first, second] = await Promise.allSettled([
      profile(engine, () => void relu(here).dispose()),
      profile(engine, () => 1),
    ]);
    expect([first.status, second.status]).toEqual(['fulfilled', 'rejected']);
  });

  test('hands on what the function throws, and measures no longer', async () => {
    const engine = start();
    const failing = () => {
      throw new RangeError('half-way');
    };
    await expect(profile(engine, failing)).rejects.toThrow('half-way');
    expect((await profile(engine, () => 3)).operations).toEqual([]);
  });

  test('waits for a device that computes later, and hands on its failure', async () => {
    const engine = new Engine(await gpu({ mode: 'cpu' })());
    const x = ones([3, 3], { engine });
    const { result, operations } = await profile(engine, () => scope(() => relu(matmul(x, x))));
    expect(operations.map(({ name, calls }) => `${name} ${calls}`).toSorted()).toEqual(['matmul 1', 'relu 1']);
    expect(Math.min(...operations.map(({ milliseconds }) => milliseconds))).toBeGreaterThan(0);
    expect(await read(result)).toEqual(new Float32Array(9).fill(3));
    result.dispose();

    const { tensors } = engine.memory();
    const broken = (): Tensor => {
      const y = zeros([2, 2], { engine });
      // Freed behind its back, so that the queued kernel finds nothing.
      engine.backend.free(y.storage('test').handle);
      return scope(() => relu(y));
    };
    await expect(profile(engine, broken)).rejects.toThrow(BackendError);
    expect(engine.memory().tensors).toBe(tensors + 1);
    expect(engine.meter).toBeUndefined();
    await engine.dispose();
  });
});
