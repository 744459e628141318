import { fromHost } from '../create.ts';
import { hostArray, type FloatDType } from '../dtype.ts';
import { checkOptions } from '../options.ts';
import { uniformNumbers, type Key } from '../random.ts';
import { scope } from '../scope.ts';
import { channelsOf, type ChannelsCheck } from '../shape/expect.ts';
import { sizeOf, type Fits, type Shape } from '../shape/shape.ts';
import type { Tensor } from '../tensor.ts';
import { checkDType, floats, runBinary } from './elementwise.ts';
import { mulOp } from './mul.ts';

export interface DropoutOptions {
  /** The probability that an element is dropped; 0.5 when left out. */
  readonly p?: number;
}

const dropoutOptions = { p: true };

// y = x m, m = 0 with probability p and 1 / (1 − p) else. Dropout needs no operation of its own: every backend draws
// random numbers on the host, and a product saves the mask m for its derivative, which is exactly what dropout needs.

/**
 * Dropout (Srivastava et al., 2014), as used for training. Each element becomes 0 with probability p. The other
 * elements are multiplied by 1 / (1 − p), so that the expected value stays the same. Shape and dtype as `x`.
 *
 * @param key the source of the random numbers: the same key drops the same elements
 * @throws RangeError for a p outside of 0 to 1; DTypeError for int32 and bool
 * @category Normalisation and dropout
 */
export function dropout<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D>,
  key: Key,
  options: DropoutOptions = {},
): Tensor<S, D> {
  return multiplyByMask('dropout', x, x.shape, key, options);
}

/**
 * Dropout of whole channels of each image (Tompson et al., 2015; PyTorch's `dropout2d`). Neighbouring pixels are so
 * alike that dropping single pixels would remove little information. Shape and dtype as `x`.
 *
 * @param x [N,C,…]
 * @param key the source of the random numbers: the same key drops the same channels
 * @throws ShapeError without an axis of channels; RangeError for a p outside of 0 to 1; DTypeError for int32 and bool
 * @category Normalisation and dropout
 */
export function channelDropout<S extends Shape, D extends FloatDType>(
  x: Tensor<S, D> & Fits<ChannelsCheck<'channelDropout', 'x', S>>,
  key: Key,
  options: DropoutOptions = {},
): Tensor<S, D> {
  channelsOf('channelDropout', 'x', x.shape);
  return multiplyByMask(
    'channelDropout',
    x,
    x.shape.map((size, axis) => (axis < 2 ? size : 1)),
    key,
    options,
  );
}

function multiplyByMask<S extends Shape, D extends FloatDType>(
  op: string,
  x: Tensor<S, D>,
  shape: Shape,
  key: Key,
  options: DropoutOptions,
): Tensor<S, D> {
  checkOptions(op, options, dropoutOptions);
  const { p = 0.5 } = options;
  checkDType(op, x.dtype, floats);
  if (!(p >= 0 && p <= 1)) throw new RangeError(`[${op}] p is ${p}, and has to lie between 0 and 1`);
  const mask = hostArray(x.dtype, sizeOf(shape));
  const kept = 1 / (1 - p);
  const u = uniformNumbers(key, mask.length);
  for (let i = 0; i < u.length; i += 1) mask[i] = (u[i] ?? 0) < p ? 0 : kept;
  return scope(() => runBinary(mulOp, x, fromHost(mask, shape, x.dtype, x.engine)));
}
