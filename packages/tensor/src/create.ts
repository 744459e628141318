import {
  checkDTypeName,
  hostArray,
  isFloat,
  type DType,
  type FloatDType,
  type HostArray,
  type NumericDType,
} from './dtype.ts';
import { defaultEngine, type Engine } from './engine.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { bfloat16ToFloats, halvesToFloats } from './half.ts';
import { checkOptions } from './options.ts';
import { nestedShape, type NestedCheck, type NestedData, type NestedShape } from './shape/nested.ts';
import { checkSizes, formatShape, sizeOf, type Fits, type Shape, type SizesCheck } from './shape/shape.ts';
import { Tensor } from './tensor.ts';

export interface CreationOptions {
  /** The engine to put the tensor on; the default engine when left out. */
  readonly engine?: Engine;
}

export interface TypedCreationOptions<D extends DType = DType> extends CreationOptions {
  readonly dtype?: D;
}

const typedCreationOptions = { engine: true, dtype: true };

export function creationEngine({ engine = defaultEngine() }: CreationOptions): Engine {
  engine.assertUsable('tensor');
  return engine;
}

/** A tensor from host elements that already fit the shape and dtype. All data comes in here. */
export function fromHost<S extends Shape, D extends DType>(
  data: HostArray,
  shape: S,
  dtype: D,
  engine: Engine,
): Tensor<S, D> {
  // A copy: the caller may change the list later.
  const own = [...shape] as Shape as S;
  return new Tensor(engine, engine.upload(data, dtype), own, dtype);
}

/**
 * A tensor from nested arrays of numbers: `tensor([[1, 2], [3, 4]])` has shape [2, 2].
 * float32 unless `dtype` says otherwise.
 *
 * @throws ShapeError when the rows differ in length
 */
export function tensor<const T extends NestedData, D extends DType = 'float32'>(
  values: T & Fits<NestedCheck<'tensor', T>>,
  options: TypedCreationOptions<D> = {},
): Tensor<NestedShape<T>, NoInfer<D>> {
  checkOptions('tensor', options, typedCreationOptions);
  const { dtype = 'float32' } = options;
  checkDTypeName('tensor', dtype);
  const shape: Shape = nestedShape('tensor', values);
  const flat = hostArray(dtype, sizeOf(shape));
  flat.set(flatten(values).map((value) => toElement('tensor', value, dtype)));
  return fromHost(flat, shape, dtype, creationEngine(options)) as Tensor<NestedShape<T>, D>;
}

function flatten(values: NestedData): readonly (number | boolean)[] {
  return typeof values === 'object' ? values.flatMap(flatten) : [values];
}

/** A number as an element. Throws instead of changing the value silently. */
function toElement(op: string, value: number | boolean, dtype: DType): number {
  const number = Number(value);
  if (dtype === 'int32' && (number | 0) !== number) {
    throw new DTypeError(op, `${number} is not an int32; round it first, or use float32`);
  }
  return dtype === 'bool' ? Number(number !== 0) : number;
}

/** The dtype that the elements of an array get, by the name of its type. Bytes are numbers; int32 holds them all. */
const arrayDTypes: Readonly<Partial<Record<string, DType>>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  Uint8Array: 'int32',
};

/**
 * A tensor from a typed array in row-major order. The array gives the dtype: Float32Array float32, Float64Array float64,
 * Int32Array int32. A Uint8Array holds numbers from 0 to 255, such as pixels, and gives int32.
 *
 * `dtype` asks for another dtype: `fromArray(pixels, [h, w], { dtype: 'float32' })`. For bool, everything but 0 is true.
 *
 * @throws ShapeError when the number of elements is not that of the shape; DTypeError for an array of another type, and
 * for an element that int32 cannot hold
 */
export function fromArray<const S extends Shape, A extends HostArray, D extends DType = DTypeOfArray<A>>(
  data: A,
  shape: S & Fits<SizesCheck<'fromArray', S>>,
  options: TypedCreationOptions<D> = {},
): Tensor<S, NoInfer<D>> {
  checkOptions('fromArray', options, typedCreationOptions);
  const ofArray = arrayDTypes[typeOfArray(data)];
  if (ofArray === undefined)
    throw refusedArray('fromArray', data, 'Float32Array, Float64Array, Int32Array, Uint8Array');
  const { dtype = ofArray as D } = options;
  checkDTypeName('fromArray', dtype);
  checkCount('fromArray', shape, data.length);
  return fromHost(elementsAs('fromArray', data, dtype), shape, dtype, creationEngine(options));
}

/** The dtype that a typed array gives. */
export type DTypeOfArray<A extends HostArray> = A extends Float32Array
  ? 'float32'
  : A extends Float64Array
    ? 'float64'
    : 'int32';

/** A format of 16 bits: IEEE 754 binary16, or the upper half of a float32. */
export type HalfFormat = 'float16' | 'bfloat16';

const halfFormats = { float16: halvesToFloats, bfloat16: bfloat16ToFloats } as const;

/**
 * A tensor from numbers of 16 bits in row-major order: `fromHalfArray(bits, [2, 3], 'bfloat16')`. float32 holds each of
 * them exactly.
 *
 * @param data the bits of the numbers
 * @param format what the bits mean
 * @returns float32, unless `dtype` asks for float64
 * @throws ShapeError when the number of elements is not that of the shape; DTypeError for an array of another type, and
 * for another format or dtype
 */
export function fromHalfArray<const S extends Shape, D extends FloatDType = 'float32'>(
  data: Uint16Array,
  shape: S & Fits<SizesCheck<'fromHalfArray', S>>,
  format: HalfFormat,
  options: TypedCreationOptions<D> = {},
): Tensor<S, NoInfer<D>> {
  checkOptions('fromHalfArray', options, typedCreationOptions);
  if (typeOfArray(data) !== 'Uint16Array') throw refusedArray('fromHalfArray', data, 'Uint16Array');
  if (!Object.hasOwn(halfFormats, format)) {
    throw new DTypeError('fromHalfArray', `there is no format ${String(format)}; there are float16, bfloat16`);
  }
  const { dtype = 'float32' as D } = options;
  checkDTypeName('fromHalfArray', dtype);
  if (!isFloat(dtype)) throw new DTypeError('fromHalfArray', `gives float32 or float64, not ${String(dtype)}; cast it`);
  checkCount('fromHalfArray', shape, data.length);
  return fromHost(elementsAs('fromHalfArray', halfFormats[format](data), dtype), shape, dtype, creationEngine(options));
}

/** The name of a value's type, also where the value comes from another window or context. */
function typeOfArray(data: unknown): string {
  return Object.prototype.toString.call(data).slice('[object '.length, -1);
}

function refusedArray(op: string, data: unknown, taken: string): DTypeError {
  const given = typeOfArray(data);
  const what = Array.isArray(data)
    ? 'use tensor() for lists'
    : given === 'Uint16Array'
      ? 'use fromHalfArray() for halves, or copy the numbers'
      : 'copy the numbers';
  return new DTypeError(op, `takes ${taken}, got ${given}; ${what}`);
}

function checkCount(op: string, shape: Shape, count: number): void {
  checkSizes(op, shape);
  if (count === sizeOf(shape)) return;
  throw new ShapeError(op, `shape ${formatShape(shape)} has ${sizeOf(shape)} elements, the array has ${count}`);
}

/** The elements in an array of the dtype; the array itself where it is one already. */
function elementsAs(op: string, data: HostArray, dtype: DType): HostArray {
  if (dtype !== 'bool' && typeOfArray(data) === typeOfArray(hostArray(dtype, 0))) return data;
  const elements = hostArray(dtype, data.length);
  for (let i = 0; i < data.length; i += 1) elements[i] = toElement(op, data[i] ?? 0, dtype);
  return elements;
}

/** A number among an operation's inputs, as a tensor without axes. @throws DTypeError in the operation's name */
export function constant<D extends DType>(op: string, value: number, dtype: D, engine: Engine): Tensor<readonly [], D> {
  return fromHost(hostArray(dtype, 1).fill(toElement(op, value, dtype)), [], dtype, engine);
}

/** A tensor that holds one value everywhere. */
export function full<const S extends Shape, D extends DType = 'float32'>(
  shape: S & Fits<SizesCheck<'full', S>>,
  value: number,
  options: TypedCreationOptions<D> = {},
): Tensor<S, NoInfer<D>> {
  return filled('full', shape, value, options);
}

function filled<S extends Shape, D extends DType>(
  op: string,
  shape: S,
  value: number,
  options: TypedCreationOptions<D>,
): Tensor<S, D> {
  checkOptions(op, options, typedCreationOptions);
  checkSizes('full', shape);
  const { dtype = 'float32' as D } = options;
  checkDTypeName(op, dtype);
  const data = hostArray(dtype, sizeOf(shape)).fill(toElement('full', value, dtype));
  return fromHost(data, shape, dtype, creationEngine(options));
}

export function zeros<const S extends Shape, D extends DType = 'float32'>(
  shape: S & Fits<SizesCheck<'full', S>>,
  options: TypedCreationOptions<D> = {},
): Tensor<S, NoInfer<D>> {
  return filled('zeros', shape, 0, options);
}

export function ones<const S extends Shape, D extends DType = 'float32'>(
  shape: S & Fits<SizesCheck<'full', S>>,
  options: TypedCreationOptions<D> = {},
): Tensor<S, NoInfer<D>> {
  return filled('ones', shape, 1, options);
}

/** A tensor without axes. */
export function scalar<D extends DType = 'float32'>(
  value: number,
  options: TypedCreationOptions<D> = {},
): Tensor<readonly [], NoInfer<D>> {
  return filled('scalar', [], value, options);
}

/** `Count` as a size where it is a literal that can be one. */
export type Sized<Count extends number> = `${Count}` extends
  | `-${string}`
  | `${string}.${string}`
  | `${string}e${string}`
  ? number
  : Count;

/**
 * Numbers at equal distances: `arange(5)` is 0, 1, 2, 3, 4 and `arange(1, 2, 0.25)` is 1, 1.25, 1.5, 1.75. The n-th is
 * start + n · step, rounded once, and there are ⌈(stop − start) / step⌉: what is beyond stop or equals it is left out.
 *
 * float32 unless `dtype` says otherwise (PyTorch makes integers of whole numbers).
 *
 * @throws ShapeError for a step of 0, one that leads away from stop, or numbers without end; DTypeError for an element
 * that int32 cannot hold
 */
export function arange<const Stop extends number, D extends NumericDType = 'float32'>(
  stop: Stop,
  options?: TypedCreationOptions<D>,
): Tensor<readonly [Sized<Stop>], NoInfer<D>>;
export function arange<D extends NumericDType = 'float32'>(
  start: number,
  stop: number,
  options?: TypedCreationOptions<D>,
): Tensor<readonly [number], NoInfer<D>>;
export function arange<D extends NumericDType = 'float32'>(
  start: number,
  stop: number,
  step: number,
  options?: TypedCreationOptions<D>,
): Tensor<readonly [number], NoInfer<D>>;
export function arange(...args: readonly (number | TypedCreationOptions | undefined)[]): Tensor<readonly [number]> {
  const numbers = args.filter((arg) => typeof arg === 'number');
  const options = args.find((arg) => typeof arg === 'object');
  const [start, stop, step] =
    numbers.length < 2 ? [0, numbers[0] ?? NaN, 1] : [numbers[0] ?? NaN, numbers[1] ?? NaN, numbers[2] ?? 1];
  const steps = (stop - start) / step;
  const count = Math.ceil(steps);
  // A step of 0 leaves no number of steps, or an infinite one.
  if (!Number.isSafeInteger(count) || steps < 0 || !Number.isFinite(step)) {
    throw new ShapeError('arange', `there is no way from ${start} to ${stop} in steps of ${step}`);
  }
  return numbersAt('arange', count, (n) => start + n * step, options);
}

/**
 * `count` numbers at equal distances from `start` to `stop`, both included, and exact: each is counted from the nearer
 * end, as in PyTorch. One number is `start`.
 *
 * @throws ShapeError for a count that is no size; DTypeError for an element that int32 cannot hold
 */
export function linspace<const Count extends number, D extends NumericDType = 'float32'>(
  start: number,
  stop: number,
  count: Count & Fits<SizesCheck<'linspace', readonly [Count]>>,
  options: TypedCreationOptions<D> = {},
): Tensor<readonly [Count], NoInfer<D>> {
  checkSizes('linspace', [count]);
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  const at = (n: number): number => (2 * n < count ? start + n * step : stop - (count - 1 - n) * step);
  return numbersAt('linspace', count, at, options);
}

function numbersAt<Count extends number, D extends DType>(
  op: string,
  count: Count,
  at: (n: number) => number,
  options: TypedCreationOptions<D> = {},
): Tensor<readonly [Count], D> {
  checkOptions(op, options, typedCreationOptions);
  const { dtype = 'float32' as D } = options;
  checkDTypeName(op, dtype);
  const data = hostArray(dtype, count);
  for (let n = 0; n < count; n += 1) data[n] = toElement(op, at(n), dtype);
  return fromHost(data, [count], dtype, creationEngine(options));
}
