import { expect, test } from 'vitest';
import {
  BackendError,
  DTypeError,
  Engine,
  cast,
  matmul,
  read,
  readSync,
  referenceBackend,
  relu,
  reshape,
  scope,
  to,
  zeros,
  type Backend,
} from '../src/index.ts';
import { planningBackend, type PlannedOp } from '../src/planning.ts';

test('a planning backend tells of every operation, counts bytes, and computes nothing', async () => {
  const planned: PlannedOp[] = [];
  const engine = new Engine(planningBackend((op) => planned.push(op)));
  expect(engine.backend).toMatchObject({ name: 'planning', kernels: 'none' });
  using x = zeros([1000, 2000], { engine });
  using weight = zeros([2000, 10], { engine });
  // A reshape runs nothing, and is not told.
  using y = scope(() => relu(reshape(matmul(x, weight), [100, 100])));
  expect(planned.map(({ name, output: { shape } }) => [name, shape])).toEqual([
    ['matmul', [1000, 10]],
    ['relu', [100, 100]],
  ]);
  expect(planned[1]?.inputs['x']?.handle).toBe(planned[0]?.output.handle);
  expect(engine.memory()).toEqual({
    tensors: 3,
    bytes: 4 * (2_000_000 + 20_000 + 10_000),
    peakBytes: 4 * (2_000_000 + 20_000 + 2 * 10_000),
  });
  using exact = zeros([3], { engine, dtype: 'float64' });
  expect(exact.dtype).toBe('float64');
  const message = 'the planning backend computes nothing, so there are no elements to read';
  await expect(read(y)).rejects.toThrow(new BackendError('read', message));
  expect(() => readSync(y)).toThrow(new BackendError('readSync', message));
});

test('a backend of any name says which dtypes it takes; the others are refused, in the same words everywhere', async () => {
  const backend: Backend = { ...referenceBackend(), name: 'floats', dtypes: ['float32'] };
  const engine = new Engine(backend);
  const refused = (op: string, dtype: string) =>
    new DTypeError(op, `the floats backend takes float32, got ${dtype}; cast the tensor, or use the reference backend`);
  using x = zeros([2], { engine });
  expect(() => zeros([2], { engine, dtype: 'int32' })).toThrow(refused('tensor', 'int32'));
  expect(() => cast(x, 'bool')).toThrow(refused('cast', 'bool'));
  using whole = zeros([2], { dtype: 'float64', engine: new Engine(referenceBackend()) });
  await expect(to(whole, engine)).rejects.toThrow(refused('to', 'float64'));
  expect(engine.memory().tensors).toBe(1);
});
