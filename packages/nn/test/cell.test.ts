import {
  BackendError,
  DTypeError,
  Engine,
  ShapeError,
  defaultEngine,
  readSync,
  scope,
  tensor,
} from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { Buffer, Parameter } from '../src/index.ts';
import { checkLeaks } from './support/leaks.ts';

checkLeaks();

test('a cell keeps its tensor out of scopes, and frees it for the next', () => {
  const cell = scope(() => new Parameter(tensor([1, 2])));
  const first = cell.value;
  scope(() => cell.set(tensor([3, 4])));
  expect(first.disposed).toBe(true);
  expect(readSync(cell.value)).toEqual(new Float32Array([3, 4]));
  cell.set(cell.value);
  expect(cell.value.disposed).toBe(false);
  cell.dispose();
  expect(() => readSync(cell.value)).toThrow('used after it was freed');
});

test('a cell takes nothing of another shape, dtype or engine', () => {
  using cell = new Buffer(tensor([1, 2]));
  scope(() => {
    expect(() => cell.set(tensor([1, 2, 3]) as never)).toThrow(
      new ShapeError('set', 'the cell holds shape [2], got [3]'),
    );
    expect(() => cell.set(tensor([1, 2], { dtype: 'int32' }) as never)).toThrow(
      new DTypeError('set', 'the cell holds float32, got int32'),
    );
    const elsewhere = new Engine(defaultEngine().backend);
    expect(() => cell.set(tensor([1, 2], { engine: elsewhere }))).toThrow(BackendError);
  });
  expect(readSync(cell.value)).toEqual(new Float32Array([1, 2]));
});
