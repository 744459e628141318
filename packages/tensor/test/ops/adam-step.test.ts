import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  DTypeError,
  Engine,
  ShapeError,
  add,
  div,
  key,
  movingAverage,
  mul,
  readSync,
  scope,
  sqrt,
  square,
  sub,
  tensor,
  uniform,
  type Tensor,
} from '../../src/index.ts';
import { adamStepOp, run } from '../../src/op-entry.ts';
import { wasm } from '../../src/wasm.ts';

let engine: Engine;
beforeAll(async () => {
  engine = new Engine(await wasm({ threads: 1 })());
});
afterAll(() => engine.dispose());

/** 37 elements: nine vectors and one more. */
const drawn = (seed: number, low: number) => uniform(key(seed), [37], { min: low, max: 2, engine });
const bits = (x: Tensor) => new Uint8Array(readSync(x).buffer);

describe('on wasm, one pass gives the bits of the operations that it stands for', () => {
  test('a moving average', () => {
    scope(() => {
      const [average, x] = [drawn(1, -2), drawn(2, -2)];
      expect(bits(movingAverage(average, x, 0.9))).toEqual(bits(add(mul(average, 0.9), mul(x, 1 - 0.9))));
      const squares = movingAverage(average, x, 0.999, { squares: true });
      expect(bits(squares)).toEqual(bits(add(mul(average, 0.999), mul(square(x), 1 - 0.999))));
    });
  });

  test('a step of Adam', () => {
    scope(() => {
      const [value, mean, meanSquare] = [drawn(3, -2), drawn(4, -2), drawn(5, 0)];
      const [keep, rate, eps] = [0.99, 1e-3, 1e-8];
      const single = sub(mul(value, keep), mul(div(mean, add(sqrt(meanSquare), eps)), rate));
      expect(bits(run(adamStepOp, { value, mean, meanSquare }, { keep, rate, eps }))).toEqual(bits(single));
    });
  });
});

describe('nothing is broadcast or cast', () => {
  test('in a moving average', () => {
    const [row, matrix] = [tensor([1, 2]), tensor([[1, 2]])];
    // @ts-expect-error the compiler sees it too
    expect(() => movingAverage(matrix, row, 0.5)).toThrow(
      new ShapeError('movingAverage', 'x has shape [2], expected [1,2]'),
    );
    const whole = tensor([1, 2], { dtype: 'int32' });
    // @ts-expect-error int32 has no averages
    expect(() => movingAverage(whole, whole, 0.5)).toThrow(DTypeError);
  });

  test('in a step of Adam', () => {
    const [value, other] = [tensor([1, 2]), tensor([1, 2, 3])];
    const attrs = { keep: 1, rate: 1, eps: 1 };
    expect(() => run(adamStepOp, { value, mean: value, meanSquare: other }, attrs)).toThrow(
      new ShapeError('adamStep', 'meanSquare has shape [3], expected [2]'),
    );
    const wide = tensor([1, 2], { dtype: 'float64' });
    expect(() => run(adamStepOp, { value, mean: wide, meanSquare: value }, attrs)).toThrow(
      new DTypeError('adamStep', "the value is float32 and mean float64; cast one to the other's dtype"),
    );
  });
});
