/** Indices beyond their axis, options, and the parts that are left: what the suite's random calls, all valid, do not see. */
import { afterAll, describe, expect, it } from 'vitest';
import {
  DTypeError,
  Engine,
  ShapeError,
  argSort,
  defaultEngine,
  fromArray,
  gather,
  oneHot,
  readSync,
  scatterAdd,
  scope,
  sort,
  split,
  tensor,
  topK,
  zeros,
  type Shape,
} from '../../src/index.ts';
import { wasm } from '../../src/wasm.ts';

const wasmEngine = new Engine(await wasm({ threads: 1 })());
afterAll(() => wasmEngine.dispose());

const engines = [
  ['reference', defaultEngine()],
  ['wasm', wasmEngine],
] as const;

describe.each(engines)('on %s', (_, engine) => {
  const indices = (values: readonly number[]) => fromArray(Int32Array.from(values), [1, values.length], { engine });
  const x = () => tensor([[5, 6, 7]], { engine });

  it.each([3, -4, 2 ** 30])('no index %d goes beyond an axis of 3', (index) => {
    const message = `index ${index} is out of range for axis 1 of x [1,3]`;
    scope(() => {
      expect(() => gather(x(), indices([0, index]), 1)).toThrow(new ShapeError('gather', `${message}`));
      expect(() => scatterAdd(zeros([1, 2], { engine }), indices([0, index]), -1, [1, 3])).toThrow(
        new ShapeError('scatterAdd', message.replace('of x', 'of the result')),
      );
    });
  });

  it.each([-1, 3])('no label %d is one of 3 classes', (label) => {
    scope(() => {
      expect(() => oneHot(indices([0, label]), 3)).toThrow(
        new ShapeError('oneHot', `label ${label} is none of 3 classes; got labels [1,2]`),
      );
    });
  });

  it('indices and labels are int32', () => {
    scope(() => {
      // @ts-expect-error float32 indices
      expect(() => gather(x(), zeros([1, 2], { engine }), 1)).toThrow(
        new DTypeError('gather', 'the indices are float32, expected int32'),
      );
      // @ts-expect-error float32 labels
      expect(() => oneHot(zeros([2], { engine }), 3)).toThrow(
        new DTypeError('oneHot', 'the labels are float32, expected int32'),
      );
      // @ts-expect-error sums of integers
      expect(() => scatterAdd(indices([1]), indices([0]), 1, [1, 3])).toThrow(DTypeError);
    });
  });

  it('a negative size of a result is refused as such', () => {
    scope(() => {
      const shape: Shape = [1, -3];
      expect(() => scatterAdd(zeros([1, 2], { engine }), indices([0, 1]), 1, shape)).toThrow(
        new ShapeError('scatterAdd', 'shape [1,-3] holds the size -3: sizes are whole numbers from 0'),
      );
    });
  });

  it("a result's shape is its own", () => {
    scope(() => {
      const shape = [1, 3];
      const y = scatterAdd(tensor([[1, 2]], { engine }), indices([0, 2]), 1, shape);
      shape[1] = 9;
      expect(y.shape).toEqual([1, 3]);
    });
  });

  it('an index that was freed is named by the operation that it was given to', () => {
    scope(() => {
      const index = indices([0]);
      const labels = fromArray(new Int32Array(1), [1], { engine });
      for (const freed of [index, labels]) freed.dispose();
      expect(() => gather(x(), index, 1)).toThrow(/^\[gather\] a tensor of shape \[1,1\] was used after it was freed/);
      expect(() => oneHot(labels, 3)).toThrow(/^\[oneHot\] a tensor of shape \[1\]/);
    });
  });

  it('an index without entries picks none, also where there is nothing', () => {
    scope(() => {
      expect(gather(zeros([2, 0], { engine }), zeros([2, 0], { dtype: 'int32', engine }), 1).shape).toEqual([2, 0]);
      expect(() => gather(zeros([1, 0], { engine }), indices([0]), 1)).toThrow(ShapeError);
      expect([
        ...readSync(scatterAdd(zeros([2, 0], { engine }), zeros([2, 0], { dtype: 'int32', engine }), 1, [2, 2])),
      ]).toEqual([0, 0, 0, 0]);
    });
  });

  it('oneHot has the dtype that is asked for', () => {
    scope(() => {
      expect(readSync(oneHot(indices([2, 0]), 3))).toEqual(Float32Array.of(0, 0, 1, 1, 0, 0));
      expect(readSync(oneHot(indices([2, 0]), 3, { dtype: 'int32' }))).toEqual(Int32Array.of(0, 0, 1, 1, 0, 0));
      expect(readSync(oneHot(indices([1]), 2, { dtype: 'bool' }))).toEqual(Uint8Array.of(0, 1));
    });
  });

  it('sorting gives the elements with where they were, NaN as the largest', () => {
    scope(() => {
      const y = sort(tensor([2, NaN, -1, 2], { engine }));
      expect([...readSync(y.values)]).toEqual([-1, 2, 2, NaN]);
      expect([...readSync(y.indices)]).toEqual([2, 0, 3, 1]);
      expect([...readSync(argSort(tensor([2, NaN, -1, 2], { engine }), { descending: true }))]).toEqual([1, 0, 3, 2]);
    });
  });

  it('topK is the beginning of that, of many elements too', () => {
    scope(() => {
      const values = Float32Array.from({ length: 5000 }, (_value, i) => (i * 7919) % 1009);
      const line = fromArray(values, [5000], { engine });
      for (const largest of [true, false]) {
        const whole = sort(line, { descending: largest });
        for (const k of [0, 1, 40, 1250, 1251, 5000]) {
          const top = topK(line, k, { largest });
          expect(readSync(top.indices)).toEqual(readSync(whole.indices).subarray(0, k));
          expect(readSync(top.values)).toEqual(readSync(whole.values).subarray(0, k));
        }
      }
    });
  });

  it('sorts every int32', () => {
    scope(() => {
      const line = tensor([2 ** 31 - 1, 0, -(2 ** 31), -1], { dtype: 'int32', engine });
      expect([...readSync(argSort(line))]).toEqual([2, 3, 1, 0]);
      expect([...readSync(argSort(line, { descending: true }))]).toEqual([0, 1, 3, 2]);
    });
  });

  it('what is split is all there', () => {
    scope(() => {
      const [head, none, tail] = split(x(), [1, 0, 2], -1);
      expect([head, none, tail].map((part) => [...readSync(part)])).toEqual([[5], [], [6, 7]]);
      expect(split(x(), 3, 1).map((part) => [...readSync(part)])).toEqual([[5], [6], [7]]);
    });
  });
});

it.each([2, 0, -1, 1.5])('%d equal parts of 3 are refused', (parts) => {
  expect(() => scope(() => void split(zeros([3]), parts, 0))).toThrow(
    new ShapeError('split', `${parts} equal parts cannot be made of axis 0 of x [3]; give their sizes`),
  );
});
