import { creationEngine, fromHost, type CreationOptions } from './create.ts';
import { ShapeError } from './errors.ts';
import { checkOptions } from './options.ts';
import { checkSizes, sizeOf, type Shape } from './shape/shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * A seed for random numbers: 64 bits in two words. Drawing does not change the key, so one key always gives the same
 * numbers, on every backend. For other numbers, take `childKeys` of it.
 */
export interface Key {
  readonly high: number;
  readonly low: number;
}

/** A key from an integer seed. */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed)) throw new ShapeError('key', `a seed is a safe integer, got ${seed}`);
  return { high: Math.floor(seed / 2 ** 32) >>> 0, low: seed >>> 0 };
}

/** `count` independent keys from one key. Do not draw with that key itself afterwards. */
export function childKeys(from: Key, count: number): Key[] {
  checkSizes('childKeys', [count]);
  const words = randomWords(from, 2 * count, 0xffffffff);
  return Array.from({ length: count }, (_, i) => ({ high: words[2 * i] ?? 0, low: words[2 * i + 1] ?? 0 }));
}

/** The child of a key with a number from 0 to 2³² − 1: `fold(key, step)` for the draws of a training step. */
export function fold(from: Key, number: number): Key {
  if (number >>> 0 !== number)
    throw new ShapeError('fold', `a child's number is a whole number below 2^32, got ${number}`);
  const [high = 0, low = 0] = threefry(from, number, 0xfffffffe);
  return { high, low };
}

/**
 * Threefry-2x32 with 20 rounds: two random words for a key and a two-word counter.
 * Salmon et al., *Parallel Random Numbers: As Easy as 1, 2, 3* (SC 2011).
 */
export function threefry(from: Key, counter0: number, counter1: number): readonly [number, number] {
  const words = new Uint32Array(2);
  writeThreefry(from, counter0, counter1, words, 0);
  const [a = 0, b = 0] = words;
  return [a, b];
}

/** Writes the two words to `words[at]` and the next. All arithmetic is modulo 2³², signed on the way. */
function writeThreefry({ high, low }: Key, counter0: number, counter1: number, words: Uint32Array, at: number): void {
  // The key's words, and their parity; two of them are added after every four rounds, in turn.
  let k0 = high | 0;
  let k1 = low | 0;
  let k2 = 0x1bd11bda ^ high ^ low;
  let x0 = (counter0 + k0) | 0;
  let x1 = (counter1 + k1) | 0;
  for (let group = 1; group <= 5; group += 1) {
    if (group % 2 === 1) {
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 13) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 15) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 26) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 6) ^ x0;
    } else {
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 17) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 29) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 16) ^ x0;
      x0 = (x0 + x1) | 0;
      x1 = rotated(x1, 24) ^ x0;
    }
    const first = k0;
    k0 = k1;
    k1 = k2;
    k2 = first;
    x0 = (x0 + k0) | 0;
    x1 = (x1 + k1 + group) | 0;
  }
  words[at] = x0;
  words[at + 1] = x1;
}

function rotated(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function randomWords(from: Key, count: number, stream: number): Uint32Array {
  const words = new Uint32Array(count + (count % 2));
  for (let i = 0; i < count; i += 2) writeThreefry(from, i / 2, stream, words, i);
  return words.subarray(0, count);
}

/** `count` numbers uniform in [0, 1), each a multiple of 2⁻²⁴ and so exact in float32. */
export function uniformNumbers(from: Key, count: number): Float64Array {
  const numbers = new Float64Array(randomWords(from, count, 0));
  for (let i = 0; i < count; i += 1) numbers[i] = Math.floor((numbers[i] ?? 0) / 2 ** 8) / 2 ** 24;
  return numbers;
}

export interface UniformOptions extends CreationOptions {
  readonly min?: number;
  readonly max?: number;
}

const uniformOptions = { engine: true, min: true, max: true };

/** Float32 numbers uniform in [min, max), by default [0, 1). A number that rounding lifts to `max` becomes `min`, as in PyTorch. */
export function uniform<const S extends Shape>(
  from: Key,
  shape: S,
  options: UniformOptions = {},
): Tensor<S, 'float32'> {
  checkOptions('uniform', options, uniformOptions);
  checkSizes('uniform', shape);
  const { min = 0, max = 1 } = options;
  const data = new Float32Array(uniformNumbers(from, sizeOf(shape)));
  for (let i = 0; i < data.length; i += 1) {
    const value = Math.fround(min + (max - min) * (data[i] ?? 0));
    data[i] = value < max ? value : min;
  }
  return fromHost(data, shape, 'float32', creationEngine(options));
}

export interface NormalOptions extends CreationOptions {
  readonly mean?: number;
  readonly deviation?: number;
}

const normalOptions = { engine: true, mean: true, deviation: true };

/** Float32 numbers from a normal distribution, by Box and Muller's transform. */
export function normal<const S extends Shape>(from: Key, shape: S, options: NormalOptions = {}): Tensor<S, 'float32'> {
  checkOptions('normal', options, normalOptions);
  checkSizes('normal', shape);
  const { mean = 0, deviation = 1 } = options;
  const size = sizeOf(shape);
  const u = uniformNumbers(from, size + (size % 2));
  const data = new Float32Array(size + 1);
  for (let i = 0; i < size; i += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log(1 - (u[i] ?? 0)));
    const angle = 2 * Math.PI * (u[i + 1] ?? 0);
    data[i] = mean + radius * Math.cos(angle);
    data[i + 1] = mean + radius * Math.sin(angle);
  }
  return fromHost(data.subarray(0, size), shape, 'float32', creationEngine(options));
}

const permutationOptions = { engine: true };

/** The integers 0 … count − 1 in random order (Fisher–Yates), int32. */
export function permutation<const N extends number>(
  from: Key,
  count: N,
  options: CreationOptions = {},
): Tensor<readonly [N], 'int32'> {
  checkOptions('permutation', options, permutationOptions);
  checkSizes('permutation', [count]);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const u = uniformNumbers(from, 2 * count);
  for (let i = count - 1; i > 0; i -= 1) {
    // 48 random bits, so that long permutations stay uniform.
    const fraction = ((u[2 * i] ?? 0) * 2 ** 24 + (u[2 * i + 1] ?? 0)) / 2 ** 24;
    const j = Math.floor(fraction * (i + 1));
    const swapped = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = swapped;
  }
  return fromHost(order, [count], 'int32', creationEngine(options));
}
