import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  DTypeError,
  ShapeError,
  arange,
  cast,
  fromArray,
  fromHalfArray,
  full,
  linspace,
  ones,
  readSync,
  scalar,
  tensor,
  zeros,
  type DType,
  type Tensor,
} from '../src/index.ts';
import { sizeOf } from '../src/op-entry.ts';

describe('tensor', () => {
  it('takes its shape from nested lists, for the compiler as well', () => {
    const x = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expectTypeOf(x).toExtend<Tensor<readonly [2, 3], 'float32'>>();
    expect(x.shape).toEqual([2, 3]);
    expect(readSync(x)).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6));
    expect(tensor(5).shape).toEqual([]);
    expect(tensor([]).shape).toEqual([0]);
    expect(tensor([[], []]).shape).toEqual([2, 0]);
  });

  it('brings back any nested list', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 4 });
    fc.assert(
      fc.property(sizes, (shape) => {
        let next = 0;
        type Nested = number | Nested[];
        const nest = ([size, ...inner]: readonly number[]): Nested =>
          size === undefined ? next++ : Array.from({ length: size }, () => nest(inner));
        const x: Tensor = tensor(nest(shape));
        expect(x.shape).toEqual(shape);
        expect([...readSync(x)]).toEqual(Array.from({ length: sizeOf(shape) }, (_, i) => i));
      }),
    );
  });

  it.each<[string, Parameters<typeof tensor>[0]]>([
    ['lists of different lengths side by side', [[1, 2], [3]]],
    [
      'lists of different lengths side by side',
      [
        [[1], [2]],
        [[3], [4, 5]],
      ],
    ],
    ['lists of different lengths side by side', [[], [1]]],
    ['lists and single values side by side', [1, [2]]],
    ['lists and single values side by side', [[1], 2]],
  ])('refuses %s', (message, values) => {
    expect(() => tensor(values)).toThrow(new ShapeError('tensor', message));
  });

  it('makes truth values of anything but 0', () => {
    expect(readSync(tensor([true, false, 2, 0], { dtype: 'bool' }))).toEqual(Uint8Array.of(1, 0, 1, 0));
    expect(readSync(tensor([true, false]))).toEqual(Float32Array.of(1, 0));
  });

  it.each([0.5, 2 ** 31, -(2 ** 31) - 1, NaN, Infinity])('does not turn %d into an int32', (value) => {
    const message = `${value} is not an int32; round it first, or use float32`;
    expect(() => tensor([1, value], { dtype: 'int32' })).toThrow(new DTypeError('tensor', message));
    expect(() => full([2], value, { dtype: 'int32' })).toThrow(new DTypeError('full', message));
    expect(() => scalar(value, { dtype: 'int32' })).toThrow(DTypeError);
  });

  it('keeps every int32', () => {
    expect(readSync(tensor([2 ** 31 - 1, -(2 ** 31), -0], { dtype: 'int32' }))).toEqual(
      Int32Array.of(2 ** 31 - 1, -(2 ** 31), 0),
    );
  });
});

describe('fromArray', () => {
  it('takes the dtype from the array, and copies', () => {
    const data = Float32Array.of(1, 2, 3, 4);
    const x = fromArray(data, [2, 2]);
    expectTypeOf(x).toEqualTypeOf<Tensor<readonly [2, 2], 'float32'>>();
    data.fill(0);
    expect(readSync(x)).toEqual(Float32Array.of(1, 2, 3, 4));
    const dtypes: DType[] = [new Float64Array(1), new Int32Array(1), new Uint8Array(1)].map(
      (array) => fromArray(array, [1]).dtype,
    );
    expect(dtypes).toEqual(['float64', 'int32', 'int32']);
    expectTypeOf(fromArray(new Uint8Array(1), [1])).toEqualTypeOf<Tensor<readonly [1], 'int32'>>();
  });

  it('takes bytes as numbers, and as truth values where they are asked for', () => {
    const pixels = Uint8Array.of(0, 1, 255);
    expect(readSync(fromArray(pixels, [3]))).toEqual(Int32Array.of(0, 1, 255));
    expect(readSync(fromArray(pixels, [3], { dtype: 'float32' }))).toEqual(Float32Array.of(0, 1, 255));
    const truth = fromArray(pixels, [3], { dtype: 'bool' });
    expectTypeOf(truth).toEqualTypeOf<Tensor<readonly [3], 'bool'>>();
    expect(readSync(truth)).toEqual(Uint8Array.of(0, 1, 1));
  });

  it('gives another dtype where it is asked for, and changes no element silently', () => {
    expect(readSync(fromArray(Float64Array.of(0.1, -2), [2], { dtype: 'float32' }))).toEqual(Float32Array.of(0.1, -2));
    expect(readSync(fromArray(Float32Array.of(3, -2), [2], { dtype: 'int32' }))).toEqual(Int32Array.of(3, -2));
    expect(() => fromArray(Float32Array.of(0.5), [1], { dtype: 'int32' })).toThrow(
      new DTypeError('fromArray', '0.5 is not an int32; round it first, or use float32'),
    );
  });

  it.each<[string, ArrayLike<unknown>, string]>([
    ['Int8Array', new Int8Array(2), 'copy the numbers'],
    ['Uint8ClampedArray', new Uint8ClampedArray(2), 'copy the numbers'],
    ['Int16Array', new Int16Array(2), 'copy the numbers'],
    ['Uint16Array', new Uint16Array(2), 'use fromHalfArray() for halves, or copy the numbers'],
    ['Uint32Array', new Uint32Array(2), 'copy the numbers'],
    ['BigInt64Array', new BigInt64Array(2), 'copy the numbers'],
    ['BigUint64Array', new BigUint64Array(2), 'copy the numbers'],
    ['Array', [1, 2], 'use tensor() for lists'],
  ])('refuses %s by its name', (name, data, what) => {
    // @ts-expect-error the compiler refuses it as well
    expect(() => fromArray(data, [2])).toThrow(
      new DTypeError('fromArray', `takes Float32Array, Float64Array, Int32Array, Uint8Array, got ${name}; ${what}`),
    );
  });

  it('takes a view for what it shows', () => {
    expect(readSync(fromArray(Float32Array.of(1, 2, 3, 4).subarray(1, 3), [2]))).toEqual(Float32Array.of(2, 3));
  });

  it.each([
    [[2, 3], 6, 5],
    [[], 1, 0],
    [[0, 4], 0, 1],
  ] as const)('refuses another number of elements than %j has', (shape, needed, given) => {
    expect(() => fromArray(new Float32Array(given), shape)).toThrow(
      new ShapeError('fromArray', `shape [${shape.join(',')}] has ${needed} elements, the array has ${given}`),
    );
  });
});

describe('fromHalfArray', () => {
  it('reads float16 and bfloat16 exactly', () => {
    // 1, -2, the largest, the smallest, infinity
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00);
    const x = fromHalfArray(halves, [5], 'float16');
    expectTypeOf(x).toEqualTypeOf<Tensor<readonly [5], 'float32'>>();
    expect(readSync(x)).toEqual(Float32Array.of(1, -2, 65504, 2 ** -24, Infinity));
    const upper = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001);
    expect(readSync(fromHalfArray(upper, [2, 2], 'bfloat16', { dtype: 'float64' }))).toEqual(
      Float64Array.of(1, -2, Infinity, 2 ** -133),
    );
  });

  it('refuses other arrays, formats, dtypes and sizes', () => {
    const halves = new Uint16Array(2);
    // @ts-expect-error floats are no halves
    expect(() => fromHalfArray(new Float32Array(2), [2], 'float16')).toThrow(
      new DTypeError('fromHalfArray', 'takes Uint16Array, got Float32Array; copy the numbers'),
    );
    // @ts-expect-error there is no such format
    expect(() => fromHalfArray(halves, [2], 'float8')).toThrow(
      new DTypeError('fromHalfArray', 'there is no format float8; there are float16, bfloat16'),
    );
    // @ts-expect-error halves are no whole numbers
    expect(() => fromHalfArray(halves, [2], 'float16', { dtype: 'int32' })).toThrow(
      new DTypeError('fromHalfArray', 'gives float32 or float64, not int32; cast it'),
    );
    expect(() => fromHalfArray(halves, [3], 'float16')).toThrow(
      new ShapeError('fromHalfArray', 'shape [3] has 3 elements, the array has 2'),
    );
  });
});

it('an unknown dtype is refused by its name', () => {
  const unknown = (name: string) =>
    new DTypeError(name, 'there is no dtype float16; there are float32, float64, int32, bool');
  // @ts-expect-error there is no such dtype
  expect(() => tensor([1], { dtype: 'float16' })).toThrow(unknown('tensor'));
  // @ts-expect-error there is no such dtype
  expect(() => zeros([1], { dtype: 'float16' })).toThrow(unknown('zeros'));
  // @ts-expect-error there is no such dtype
  expect(() => arange(3, { dtype: 'float16' })).toThrow(unknown('arange'));
  // @ts-expect-error there is no such dtype
  expect(() => fromArray(new Float32Array(1), [1], { dtype: 'float16' })).toThrow(unknown('fromArray'));
  // @ts-expect-error there is no such dtype
  expect(() => cast(zeros([1]), 'float16')).toThrow(unknown('cast'));
});

it('filled tensors hold one value everywhere', () => {
  expect(readSync(zeros([2, 2]))).toEqual(new Float32Array(4));
  expect(readSync(ones([3], { dtype: 'int32' }))).toEqual(Int32Array.of(1, 1, 1));
  expect(readSync(full([2], 0.1))).toEqual(Float32Array.of(0.1, 0.1));
  expect(readSync(full([2], 3, { dtype: 'bool' }))).toEqual(Uint8Array.of(1, 1));
  expect(scalar(4).shape).toEqual([]);
  expectTypeOf(zeros([2, 3], { dtype: 'bool' })).toEqualTypeOf<Tensor<readonly [2, 3], 'bool'>>();
});

it.each([-1, 0.5, NaN, Infinity])('a size is not %d', (size) => {
  const message = new RegExp(`shape \\[2,${size}\\] holds the size ${size}: sizes are whole numbers from 0`);
  expect(() => zeros([2, size])).toThrow(message);
  expect(() => full([2, size], 1)).toThrow(message);
  expect(() => fromArray(new Float32Array(2), [2, size])).toThrow(message);
});

it('a tensor keeps its shape whatever becomes of the list that gave it', () => {
  const sizes = [2, 3];
  const made = [zeros(sizes), fromArray(new Float32Array(6), sizes)];
  sizes[0] = 7;
  expect(made.map((x) => x.shape)).toEqual([
    [2, 3],
    [2, 3],
  ]);
});

it('takes the dtype from the options, not from what the result is assigned to', () => {
  // @ts-expect-error A tensor of zeros is float32 unless its options say otherwise.
  using x: Tensor<readonly [2], 'int32'> = zeros([2]);
  expect(x.dtype).toBe('float32');
});

describe('arange', () => {
  it.each([
    [arange(4), [0, 1, 2, 3]],
    [arange(0), []],
    [arange(2.5), [0, 1, 2]],
    [arange(-1, 2), [-1, 0, 1]],
    [arange(1, 2, 0.25), [1, 1.25, 1.5, 1.75]],
    [arange(3, 0, -1), [3, 2, 1]],
    [arange(5, 5, -2), []],
  ])('counts up to what it leaves out: %s', (x, expected) => {
    expect([...readSync(x)]).toEqual(expected);
  });

  it('does not add up the rounding of its steps', () => {
    const x = arange(0, 1000, 0.1);
    expect(x.shape).toEqual([10_000]);
    expect(readSync(x)[9_999]).toBe(Math.fround(999.9));
  });

  it('is int32 if asked, and then whole', () => {
    expect(readSync(arange(3, { dtype: 'int32' }))).toEqual(Int32Array.of(0, 1, 2));
    expect(() => arange(0, 2, 0.5, { dtype: 'int32' })).toThrow(
      new DTypeError('arange', '0.5 is not an int32; round it first, or use float32'),
    );
  });

  it.each([
    [0, 5, 0],
    [5, 5, 0],
    [5, 0, 1],
    [0, -0.5, 1],
    [0, 5, -1],
    [0, Infinity, 1],
    [0, 5, Infinity],
    [NaN, 5, 1],
    [0, 1, 1e-300],
  ])('finds no way from %d to %d in steps of %d', (start, stop, step) => {
    expect(() => arange(start, stop, step)).toThrow(
      new ShapeError('arange', `there is no way from ${start} to ${stop} in steps of ${step}`),
    );
  });
});

describe('linspace', () => {
  it.each([
    [linspace(0, 1, 5), [0, 0.25, 0.5, 0.75, 1]],
    [linspace(3, -3, 3), [3, 0, -3]],
    [linspace(2, 5, 1), [2]],
    [linspace(2, 5, 0), []],
  ])('spreads its numbers evenly: %s', (x, expected) => {
    expect([...readSync(x)]).toEqual(expected);
  });

  it('is exact at both ends, and symmetric', () => {
    const ends = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(ends, ends, fc.integer({ min: 2, max: 100 }), (start, stop, count) => {
        // Zeros have no sign here.
        const numbers = (from: number, to: number) =>
          readSync(linspace(from, to, count, { dtype: 'float64' })).map((value) => value + 0);
        const x = numbers(start, stop);
        expect([x[0], x[count - 1]]).toEqual([start + 0, stop + 0]);
        // Only what lies in the middle is counted from one end.
        const back = numbers(stop, start).toReversed();
        const middle = count % 2 === 1 ? (count - 1) / 2 : -1;
        expect(x.filter((_, n) => n !== middle)).toEqual(back.filter((_, n) => n !== middle));
      }),
    );
  });

  it('takes whole numbers apart into whole numbers, or not at all', () => {
    expect(readSync(linspace(0, 6, 3, { dtype: 'int32' }))).toEqual(Int32Array.of(0, 3, 6));
    expect(() => linspace(0, 1, 3, { dtype: 'int32' })).toThrow(DTypeError);
    expect(() => linspace(0, 1, Number('-1'))).toThrow(ShapeError);
  });
});
