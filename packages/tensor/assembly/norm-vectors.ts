// Normalisation of vectors, each by its own mean and variance, with a weight and a bias for each of their elements
// (layer norm), and its gradients. In terms of norm.ts all channels of an image form one group and have one position
// each: there each would be a row of its own. A vector's sums are taken while it comes into the cache, in float64 as there.

import { elementOr, highHalf, inverseDeviation, lanesOf, narrow } from './norm-arithmetic';
import { floatAt, pointerAt, sizeAt } from './params';

/** Four elements of a float32 vector from `i` on, or `otherwise` where there is none. */
// @ts-ignore: decorator
@inline
function elementsOr(vector: usize, i: u32, otherwise: f32): v128 {
  return vector == 0 ? f32x4.splat(otherwise) : v128.load(vector + (<usize>i << 2));
}

// @ts-ignore: decorator
@inline
function lowOf(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

// @ts-ignore: decorator
@inline
function highOf(x: v128): v128 {
  return f64x2.promote_low_f32x4(highHalf(x));
}

/** Stores the mean of a vector, and 1 / √(variance + eps). */
// @ts-ignore: decorator
@inline
function storeStatistics(x: usize, length: u32, eps: f64, to: usize): void {
  let sums = f64x2.splat(0), squares = sums;
  let i: u32 = 0;
  for (; i + 4 <= length; i += 4) {
    const values = v128.load(x + (<usize>i << 2));
    const low = lowOf(values), high = highOf(values);
    sums = f64x2.add(sums, f64x2.add(low, high));
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
  }
  let sum = lanesOf(sums), sumOfSquares = lanesOf(squares);
  for (; i < length; i++) {
    const value = <f64>load<f32>(x + (<usize>i << 2));
    sum += value;
    sumOfSquares += value * value;
  }
  const mean = sum / <f64>length;
  store<f64>(to, mean);
  store<f64>(to, inverseDeviation(mean, sumOfSquares / <f64>length, eps), 8);
}

/** (x - mean) · inverse */
// @ts-ignore: decorator
@inline
function normal(x: v128, mean: v128, inverse: v128): v128 {
  return f64x2.mul(f64x2.sub(x, mean), inverse);
}

/**
 * (x - mean) · inverse · weight + bias. Units are vectors. Scratch: two float64.
 * Parameters: x, length of a vector, eps, out, weight, bias (addresses, 0 for none).
 */
export function normalizeVectors_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const length = <u32>sizeAt(params, 1);
  const eps = <f64>floatAt(params, 2);
  const weight = pointerAt(params, 4), bias = pointerAt(params, 5);
  for (let vector = begin; vector < end; vector++) {
    const offset = <usize>vector * <usize>length << 2;
    const x = pointerAt(params, 0) + offset, out = pointerAt(params, 3) + offset;
    storeStatistics(x, length, eps, scratch);
    const mean = v128.load64_splat(scratch), inverse = v128.load64_splat(scratch, 8);
    let i: u32 = 0;
    for (; i + 4 <= length; i += 4) {
      const values = v128.load(x + (<usize>i << 2));
      const weights = elementsOr(weight, i, 1), biases = elementsOr(bias, i, 0);
      const low = f64x2.add(f64x2.mul(normal(lowOf(values), mean, inverse), lowOf(weights)), lowOf(biases));
      const high = f64x2.add(f64x2.mul(normal(highOf(values), mean, inverse), highOf(weights)), highOf(biases));
      v128.store(out + (<usize>i << 2), narrow(low, high));
    }
    for (; i < length; i++) {
      const value = (<f64>load<f32>(x + (<usize>i << 2)) - load<f64>(scratch)) * load<f64>(scratch, 8);
      store<f32>(out + (<usize>i << 2), <f32>(value * elementOr(weight, i, 1) + elementOr(bias, i, 0)));
    }
  }
}

/** p·u + q·x + s */
// @ts-ignore: decorator
@inline
function combined(p: v128, u: v128, q: v128, x: v128, s: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(u, p), f64x2.mul(x, q)), s);
}

/**
 * With u = weight · g and x̂ = (x - mean) · inverse:
 *   ∂L/∂x = inverse (u - mean of u - x̂ · mean of u x̂), as p·u + q·x + s.
 * Units are vectors. Parameters: x, length of a vector, eps, out, cotangent g, weight (address, 0 for none).
 */
export function vectorsInputGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const length = <u32>sizeAt(params, 1);
  const eps = <f64>floatAt(params, 2), count = <f64>length;
  const weight = pointerAt(params, 5);
  for (let vector = begin; vector < end; vector++) {
    const offset = <usize>vector * <usize>length << 2;
    const x = pointerAt(params, 0) + offset, out = pointerAt(params, 3) + offset, g = pointerAt(params, 4) + offset;
    let sumX = f64x2.splat(0), sumXX = sumX, sumU = sumX, sumUX = sumX;
    let i: u32 = 0;
    for (; i + 4 <= length; i += 4) {
      const values = v128.load(x + (<usize>i << 2)), cotangents = v128.load(g + (<usize>i << 2));
      const weights = elementsOr(weight, i, 1);
      const low = lowOf(values), high = highOf(values);
      const lowU = f64x2.mul(lowOf(cotangents), lowOf(weights)), highU = f64x2.mul(highOf(cotangents), highOf(weights));
      sumX = f64x2.add(sumX, f64x2.add(low, high));
      sumXX = f64x2.add(sumXX, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)));
      sumU = f64x2.add(sumU, f64x2.add(lowU, highU));
      sumUX = f64x2.add(sumUX, f64x2.add(f64x2.mul(lowU, low), f64x2.mul(highU, high)));
    }
    let totalX = lanesOf(sumX), totalXX = lanesOf(sumXX), totalU = lanesOf(sumU), totalUX = lanesOf(sumUX);
    for (; i < length; i++) {
      const value = <f64>load<f32>(x + (<usize>i << 2));
      const u = <f64>load<f32>(g + (<usize>i << 2)) * elementOr(weight, i, 1);
      totalX += value;
      totalXX += value * value;
      totalU += u;
      totalUX += u * value;
    }

    const mean = totalX / count, meanU = totalU / count;
    const inverse = inverseDeviation(mean, totalXX / count, eps);
    const slope = -inverse * inverse * inverse * (totalUX / count - mean * meanU);
    const shift = -mean * slope - inverse * meanU;
    const p = f64x2.splat(inverse), q = f64x2.splat(slope), s = f64x2.splat(shift);
    for (i = 0; i + 4 <= length; i += 4) {
      const values = v128.load(x + (<usize>i << 2)), cotangents = v128.load(g + (<usize>i << 2));
      const weights = elementsOr(weight, i, 1);
      const low = combined(p, f64x2.mul(lowOf(cotangents), lowOf(weights)), q, lowOf(values), s);
      const high = combined(p, f64x2.mul(highOf(cotangents), highOf(weights)), q, highOf(values), s);
      v128.store(out + (<usize>i << 2), narrow(low, high));
    }
    for (; i < length; i++) {
      const u = <f64>load<f32>(g + (<usize>i << 2)) * elementOr(weight, i, 1);
      store<f32>(out + (<usize>i << 2), <f32>(u * inverse + <f64>load<f32>(x + (<usize>i << 2)) * slope + shift));
    }
  }
}

/** Mean and 1 / √(variance + eps) of each vector. Units are vectors. Parameters: x, length of a vector, eps, statistics. */
export function vectorStatistics_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const length = <u32>sizeAt(params, 1);
  for (let vector = begin; vector < end; vector++) {
    const x = pointerAt(params, 0) + (<usize>vector * <usize>length << 2);
    storeStatistics(x, length, <f64>floatAt(params, 2), pointerAt(params, 3) + (<usize>vector << 4));
  }
}

/**
 * Σ g x̂ over all vectors, for each place in them. Units are places. Scratch: a float64 for each place.
 * Parameters: x, cotangent g, statistics, vectors, their length, out.
 */
export function vectorsWeightGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), g = pointerAt(params, 1), out = pointerAt(params, 5);
  const vectors = <u32>sizeAt(params, 3), length = <usize>sizeAt(params, 4);
  const count = end - begin;
  memory.fill(scratch, 0, <usize>count << 3);
  for (let vector: u32 = 0; vector < vectors; vector++) {
    const statistics = pointerAt(params, 2) + (<usize>vector << 4);
    const mean = v128.load64_splat(statistics), inverse = v128.load64_splat(statistics, 8);
    const offset = (<usize>vector * length + <usize>begin) << 2;
    let i: u32 = 0;
    for (; i + 4 <= count; i += 4) {
      const values = v128.load(x + offset + (<usize>i << 2)), cotangents = v128.load(g + offset + (<usize>i << 2));
      const to = scratch + (<usize>i << 3);
      v128.store(to, f64x2.add(v128.load(to), f64x2.mul(lowOf(cotangents), normal(lowOf(values), mean, inverse))));
      v128.store(to, f64x2.add(v128.load(to, 16), f64x2.mul(highOf(cotangents), normal(highOf(values), mean, inverse))), 16);
    }
    for (; i < count; i++) {
      const value = (<f64>load<f32>(x + offset + (<usize>i << 2)) - load<f64>(statistics)) * load<f64>(statistics, 8);
      const to = scratch + (<usize>i << 3);
      store<f64>(to, load<f64>(to) + <f64>load<f32>(g + offset + (<usize>i << 2)) * value);
    }
  }
  for (let i: u32 = 0; i < count; i++) store<f32>(out + (<usize>(begin + i) << 2), <f32>load<f64>(scratch + (<usize>i << 3)));
}
