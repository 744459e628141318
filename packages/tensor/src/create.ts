import { dtypeOf, hostArray, type DType, type HostArray, type NumericDType } from './dtype.ts';
import { defaultEngine, type Engine } from './engine.ts';
import { DTypeError, ShapeError } from './errors.ts';
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

const creationOptions = { engine: true };
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

/**
 * A tensor from a typed array in row-major order: Float32Array, Float64Array, Int32Array, or Uint8Array for bool.
 *
 * @throws ShapeError when the number of elements is not that of the shape
 */
export function fromArray<const S extends Shape, A extends HostArray>(
  data: A,
  shape: S & Fits<SizesCheck<'fromArray', S>>,
  options: CreationOptions = {},
): Tensor<S, DTypeOfArray<A>> {
  checkOptions('fromArray', options, creationOptions);
  checkSizes('fromArray', shape);
  if (data.length !== sizeOf(shape)) {
    throw new ShapeError(
      'fromArray',
      `shape ${formatShape(shape)} has ${sizeOf(shape)} elements, the array has ${data.length}`,
    );
  }
  const dtype = dtypeOf(data) as DTypeOfArray<A>;
  const elements = data instanceof Uint8Array ? data.map((value) => Number(value !== 0)) : data;
  return fromHost(elements, shape, dtype, creationEngine(options));
}

/** The dtype that a typed array holds. */
export type DTypeOfArray<A extends HostArray> = A extends Float32Array
  ? 'float32'
  : A extends Float64Array
    ? 'float64'
    : A extends Int32Array
      ? 'int32'
      : 'bool';

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
  const data = hostArray(dtype, count);
  for (let n = 0; n < count; n += 1) data[n] = toElement(op, at(n), dtype);
  return fromHost(data, [count], dtype, creationEngine(options));
}
