import { grad } from '@hypercorr/autograd';
import {
  BackendError,
  DisposedError,
  GradientError,
  ScopeError,
  add,
  fromArray,
  keep,
  maxPool2d,
  mul,
  read,
  reshape,
  retain,
  scope,
  square,
  sum,
  to,
  zeros,
  type Engine,
  type Tensor,
} from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { reference, startEngine, stopEngine } from '../src/engines.ts';
import { leaksSince, snapshot } from '../src/leaks.ts';

const { settings } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

const numbers = (...values: number[]) => fromArray(Float32Array.from(values), [values.length], { engine });
const alive = () => engine.memory().tensors;

test('the check after every test sees what is left alive', () => {
  const before = snapshot();
  const x = numbers(1, 2, 3);
  expect(leaksSince(before)).toMatchObject([{ engine: engine.description, tensors: [x] }]);
  x.dispose();
  expect(leaksSince(before)).toEqual([]);
});

describe('a scope', () => {
  test('frees what was made inside it and is not returned', async () => {
    const before = engine.memory();
    const { kept, list } = scope(() => {
      const x = numbers(1, 2, 3);
      const y = add(x, x);
      return { kept: mul(y, y), list: [add(y, x)] };
    });
    expect(alive()).toBe(before.tensors + 2);
    expect(await read(kept)).toEqual(Float32Array.of(4, 16, 36));
    for (const tensor of [kept, ...list]) tensor.dispose();
    const { tensors, bytes } = engine.memory();
    expect({ tensors, bytes }).toEqual({ tensors: before.tensors, bytes: before.bytes });
  });

  test('frees everything when its function throws', () => {
    const before = alive();
    expect(() =>
      scope(() => {
        add(numbers(1), numbers(2));
        throw new RangeError('half-way');
      }),
    ).toThrow(RangeError);
    expect(alive()).toBe(before);
  });

  test('refuses a promise, whose tensors would be freed before it is done', () => {
    const before = alive();
    expect(() => scope(() => Promise.resolve(numbers(1)))).toThrow(ScopeError);
    expect(alive()).toBe(before);
  });

  test('passes what it returns to the scope around it, and leaves alone what was there before', () => {
    using outside = numbers(1, 2);
    let inner: Tensor | undefined;
    scope(() => {
      inner = scope(() => add(outside, 1));
      expect(inner.disposed).toBe(false);
    });
    expect(inner?.disposed).toBe(true);
    expect(outside.disposed).toBe(false);
  });

  test('lets go of what is kept', () => {
    const kept = scope(() => {
      const x = keep(numbers(1));
      add(x, x);
      return { handle: () => x };
    }).handle();
    expect(kept.disposed).toBe(false);
    kept.dispose();
  });
});

describe('a tensor', () => {
  test('is of no use after it was freed, and the error says who asked and what for', () => {
    const x = numbers(1, 2, 3);
    x.dispose();
    x.dispose();
    expect(() => square(x)).toThrow(DisposedError);
    expect(() => square(x)).toThrow(/^\[square\] .*\[3\]/);
  });

  test('that was freed cannot be read', async () => {
    const x = numbers(1);
    x.dispose();
    await expect(read(x)).rejects.toThrow(DisposedError);
  });

  test('shares its elements with its reshapes and handles, and the last of them frees these', async () => {
    const { bytes } = engine.memory();
    const x = numbers(1, 2, 3, 4);
    const withOne = engine.memory().bytes;
    using square2 = reshape(x, [2, 2]);
    using handle = retain(square2);
    expect(engine.memory().bytes).toBe(withOne);
    x.dispose();
    square2.dispose();
    expect(await read(handle)).toEqual(Float32Array.of(1, 2, 3, 4));
    handle.dispose();
    expect(engine.memory().bytes).toBe(bytes);
  });

  // The other engine is the reference one.
  test.skipIf(settings.kind === 'reference')('does not meet tensors of another engine, but moves there', async () => {
    using here = numbers(1, 2);
    using there = fromArray(Float32Array.of(3, 4), [2], { engine: reference });
    expect(() => add(here, there)).toThrow(BackendError);
    expect(() => add(here, there)).toThrow(/different engines.*to\(x, engine\)/);
    using moved = await to(there, engine);
    using both = add(here, moved);
    expect(await read(both)).toEqual(Float32Array.of(4, 6));
  });
});

describe('an engine', () => {
  test('remembers the most bytes there were', () => {
    engine.resetPeak();
    const before = engine.memory().bytes;
    using small = zeros([4], { engine });
    const one = engine.memory().bytes - before;
    scope(() => void add(add(small, 1), 2));
    const { bytes, peakBytes } = engine.memory();
    expect(bytes).toBe(before + one);
    // The two results, and a constant beside each.
    expect(peakBytes).toBeGreaterThanOrEqual(before + 3 * one);
  });

  test('frees all its tensors when it stops, and takes no more work', async () => {
    const other = await startEngine(
      settings.kind === 'reference' ? { kind: 'wasm', threads: 1, simd: 'baseline' } : settings,
    );
    const x = fromArray(Float32Array.of(1), [1], { engine: other });
    await stopEngine(other);
    expect(x.disposed).toBe(true);
    expect(() => zeros([1], { engine: other })).toThrow(DisposedError);
  });
});

describe('a gradient', () => {
  test('leaves nothing but itself', () => {
    using x = numbers(1, 2, 3);
    const before = alive();
    using gradient = grad((v: typeof x) => sum(square(v)))(x);
    expect(gradient.shape).toEqual([3]);
    expect(alive()).toBe(before + 1);
  });

  test('leaves nothing when its function throws', () => {
    using x = numbers(1, 2, 3);
    const before = alive();
    const fails = (v: typeof x): Tensor => {
      square(v);
      throw new RangeError('half-way');
    };
    expect(() => grad(fails)(x)).toThrow(RangeError);
    expect(alive()).toBe(before);
  });

  test('leaves nothing when the walk meets an operation without a derivative', () => {
    using x = fromArray(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2], { engine });
    const before = alive();
    const slope = (v: typeof x) => grad((w: typeof x) => sum(square(maxPool2d(w, 2))))(v);
    expect(() => grad((v: typeof x) => sum(slope(v)))(x)).toThrow(GradientError);
    expect(alive()).toBe(before);
  });
});
