// Normalisation by the mean and variance of groups of rows, and its gradients.
//
// A row is one channel of one image. Group q holds the rows q·first + k·step for k below a count: neighbours for group
// norm (step 1), one channel of every image for batch norm. Sums are taken over parts of rows of a fixed length and added
// up in order. A group's numbers become a few coefficients for each of its rows, with which the rows are then computed
// element by element. All this is float64: what is left of x after its mean is taken away, or of a gradient after its
// projections are, may be very small beside what it came from, and memory is slower than the arithmetic anyway.

import { elementOr, highHalf, inverseDeviation, lanesOf, narrow } from './norm-arithmetic';
import { pointerAt, sizeAt, floatAt } from './params';

/**
 * Σx and Σx² of each part of each row. Units are parts.
 * Parameters: x, sums, row length, parts of a row, part length.
 */
export function rowMoments_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const sums = pointerAt(params, 1);
  const length = <u32>sizeAt(params, 2);
  const parts = <u32>sizeAt(params, 3);
  const partLength = <u32>sizeAt(params, 4);
  for (let unit = begin; unit < end; unit += 1) {
    const from = (unit % parts) * partLength;
    const count = min(length - from, partLength);
    const at = x + (<usize>((unit / parts) * length + from) << 2);
    let low = f64x2.splat(0);
    let high = low;
    let lowSquares = low;
    let highSquares = low;
    let i: u32 = 0;
    for (; i + 4 <= count; i += 4) {
      const values = v128.load(at + (<usize>i << 2));
      const a = f64x2.promote_low_f32x4(values);
      const b = f64x2.promote_low_f32x4(highHalf(values));
      low = f64x2.add(low, a);
      high = f64x2.add(high, b);
      lowSquares = f64x2.add(lowSquares, f64x2.mul(a, a));
      highSquares = f64x2.add(highSquares, f64x2.mul(b, b));
    }
    let sum = lanesOf(f64x2.add(low, high));
    let squares = lanesOf(f64x2.add(lowSquares, highSquares));
    for (; i < count; i += 1) {
      const value = <f64>load<f32>(at + (<usize>i << 2));
      sum += value;
      squares += value * value;
    }
    store<f64>(sums + (<usize>unit << 4), sum);
    store<f64>(sums + (<usize>unit << 4), squares, 8);
  }
}

/**
 * Σx, Σx², Σg and Σgx of each part of each row. Units are parts.
 * Parameters: x, sums, row length, parts of a row, part length, cotangent g.
 */
export function rowProducts_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const sums = pointerAt(params, 1);
  const length = <u32>sizeAt(params, 2);
  const parts = <u32>sizeAt(params, 3);
  const partLength = <u32>sizeAt(params, 4);
  for (let unit = begin; unit < end; unit += 1) {
    const from = (unit % parts) * partLength;
    const count = min(length - from, partLength);
    const offset = <usize>((unit / parts) * length + from) << 2;
    const x = pointerAt(params, 0) + offset;
    const g = pointerAt(params, 5) + offset;
    let sumX = f64x2.splat(0);
    let sumXX = sumX;
    let sumG = sumX;
    let sumGX = sumX;
    let i: u32 = 0;
    for (; i + 4 <= count; i += 4) {
      const values = v128.load(x + (<usize>i << 2));
      const cotangents = v128.load(g + (<usize>i << 2));
      const a = f64x2.promote_low_f32x4(values);
      const b = f64x2.promote_low_f32x4(highHalf(values));
      const ga = f64x2.promote_low_f32x4(cotangents);
      const gb = f64x2.promote_low_f32x4(highHalf(cotangents));
      sumX = f64x2.add(sumX, f64x2.add(a, b));
      sumXX = f64x2.add(sumXX, f64x2.add(f64x2.mul(a, a), f64x2.mul(b, b)));
      sumG = f64x2.add(sumG, f64x2.add(ga, gb));
      sumGX = f64x2.add(sumGX, f64x2.add(f64x2.mul(ga, a), f64x2.mul(gb, b)));
    }
    let totalX = lanesOf(sumX);
    let totalXX = lanesOf(sumXX);
    let totalG = lanesOf(sumG);
    let totalGX = lanesOf(sumGX);
    for (; i < count; i += 1) {
      const value = <f64>load<f32>(x + (<usize>i << 2));
      const cotangent = <f64>load<f32>(g + (<usize>i << 2));
      totalX += value;
      totalXX += value * value;
      totalG += cotangent;
      totalGX += cotangent * value;
    }
    const to = sums + (<usize>unit << 5);
    store<f64>(to, totalX);
    store<f64>(to, totalXX, 8);
    store<f64>(to, totalG, 16);
    store<f64>(to, totalGX, 24);
  }
}

/** Σ over the parts of a row of the number at `offset` in records of `bytes`. */
// @ts-ignore: decorator
@inline
function rowSum(sums: usize, bytes: usize, offset: usize, row: u32, parts: u32): f64 {
  let sum: f64 = 0;
  for (let part: u32 = 0; part < parts; part += 1) sum += load<f64>(sums + offset + <usize>(row * parts + part) * bytes);
  return sum;
}

/** The same over all rows of a group. */
// @ts-ignore: decorator
@inline
function groupSum(sums: usize, bytes: usize, offset: usize, firstRow: u32, step: u32, rows: u32, parts: u32): f64 {
  let sum: f64 = 0;
  for (let k: u32 = 0; k < rows; k += 1) sum += rowSum(sums, bytes, offset, firstRow + k * step, parts);
  return sum;
}

/** Stores scale and shift of a row: y = scale · x + shift = (x - mean) · inverse · weight + bias. */
// @ts-ignore: decorator
@inline
function storeScale(to: usize, mean: f64, inverse: f64, weight: f64, bias: f64): void {
  const scale = inverse * weight;
  store<f64>(to, scale);
  store<f64>(to, bias - mean * scale, 8);
}

/**
 * Scale and shift of each row from the moments. Units are groups.
 * Parameters: sums, parts, then first, step and count of a group's rows among the sums; elements of a group, eps, weight,
 * bias (addresses, 0 for none), scales, then first, step and count of its rows among the channels, channels.
 */
export function groupScales_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const sums = pointerAt(params, 0);
  const parts = <u32>sizeAt(params, 1);
  const sumFirst = <u32>sizeAt(params, 2);
  const sumStep = <u32>sizeAt(params, 3);
  const sumRows = <u32>sizeAt(params, 4);
  const elements = <f64>sizeAt(params, 5);
  const eps = <f64>floatAt(params, 6);
  const weight = pointerAt(params, 7);
  const bias = pointerAt(params, 8);
  const scales = pointerAt(params, 9);
  const first = <u32>sizeAt(params, 10);
  const step = <u32>sizeAt(params, 11);
  const rows = <u32>sizeAt(params, 12);
  const channels = <u32>sizeAt(params, 13);
  for (let group = begin; group < end; group += 1) {
    const mean = groupSum(sums, 16, 0, group * sumFirst, sumStep, sumRows, parts) / elements;
    const meanOfSquares = groupSum(sums, 16, 8, group * sumFirst, sumStep, sumRows, parts) / elements;
    const inverse = inverseDeviation(mean, meanOfSquares, eps);
    for (let k: u32 = 0; k < rows; k += 1) {
      const row = group * first + k * step;
      const channel = row % channels;
      storeScale(scales + (<usize>row << 4), mean, inverse, elementOr(weight, channel, 1), elementOr(bias, channel, 0));
    }
  }
}

/**
 * Scale and shift of each channel from given moments. Units are channels.
 * Parameters: mean, variance, eps, weight, bias (addresses, 0 for none), scales.
 */
export function channelScales_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const eps = <f64>floatAt(params, 2);
  for (let channel = begin; channel < end; channel += 1) {
    const mean = elementOr(pointerAt(params, 0), channel, 0);
    const inverse = 1 / sqrt(elementOr(pointerAt(params, 1), channel, 1) + eps);
    const weight = elementOr(pointerAt(params, 3), channel, 1);
    const bias = elementOr(pointerAt(params, 4), channel, 0);
    storeScale(pointerAt(params, 5) + (<usize>channel << 4), mean, inverse, weight, bias);
  }
}

/**
 * y = scale · x + shift, with the scales of row r at r modulo their number. Units are elements.
 * Parameters: x, out, scales, row length, number of scales.
 */
export function scaleRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const out = pointerAt(params, 1);
  const scales = pointerAt(params, 2);
  const length = <u32>sizeAt(params, 3);
  const count = <u32>sizeAt(params, 4);
  for (let at = begin; at < end; ) {
    const row = at / length;
    const last = min(end, (row + 1) * length);
    const pair = scales + (<usize>(row % count) << 4);
    const scale = v128.load64_splat(pair);
    const shift = v128.load64_splat(pair, 8);
    for (; at + 4 <= last; at += 4) {
      const values = v128.load(x + (<usize>at << 2));
      const low = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(values), scale), shift);
      const high = f64x2.add(f64x2.mul(f64x2.promote_low_f32x4(highHalf(values)), scale), shift);
      v128.store(out + (<usize>at << 2), narrow(low, high));
    }
    for (; at < last; at += 1) {
      const y = <f64>load<f32>(x + (<usize>at << 2)) * load<f64>(pair) + load<f64>(pair, 8);
      store<f32>(out + (<usize>at << 2), <f32>y);
    }
  }
}

/**
 * Coefficients p, q, s of each row's gradient p·g + q·x + s. With u = weight · g, x̂ = (x - mean) · inverse:
 *   ∂L/∂x = inverse (u - mean of u - x̂ · mean of u x̂)
 * Units are groups. Parameters: sums, parts, first, step and count of a group's rows, its elements, eps, weight (address,
 * 0 for none), channels, coefficients.
 */
export function gradientScales_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const sums = pointerAt(params, 0);
  const parts = <u32>sizeAt(params, 1);
  const step = <u32>sizeAt(params, 3);
  const rows = <u32>sizeAt(params, 4);
  const elements = <f64>sizeAt(params, 5);
  const eps = <f64>floatAt(params, 6);
  const weight = pointerAt(params, 7);
  const channels = <u32>sizeAt(params, 8);
  const coefficients = pointerAt(params, 9);
  for (let group = begin; group < end; group += 1) {
    const first = group * <u32>sizeAt(params, 2);
    const mean = groupSum(sums, 32, 0, first, step, rows, parts) / elements;
    const inverse = inverseDeviation(mean, groupSum(sums, 32, 8, first, step, rows, parts) / elements, eps);
    let meanU: f64 = 0;
    let meanUX: f64 = 0;
    for (let k: u32 = 0; k < rows; k += 1) {
      const row = first + k * step;
      const factor = elementOr(weight, row % channels, 1) / elements;
      const sumG = rowSum(sums, 32, 16, row, parts);
      meanU += factor * sumG;
      meanUX += factor * inverse * (rowSum(sums, 32, 24, row, parts) - mean * sumG);
    }
    const slope = -inverse * inverse * meanUX;
    for (let k: u32 = 0; k < rows; k += 1) {
      const row = first + k * step;
      const to = coefficients + <usize>row * 24;
      store<f64>(to, inverse * elementOr(weight, row % channels, 1));
      store<f64>(to, slope, 8);
      store<f64>(to, -mean * slope - inverse * meanU, 16);
    }
  }
}

// @ts-ignore: decorator
@inline
function combine(p: v128, q: v128, s: v128, g: v128, x: v128): v128 {
  return f64x2.add(f64x2.add(f64x2.mul(g, p), f64x2.mul(x, q)), s);
}

/** p·g + q·x + s. Units are elements. Parameters: g, x, out, coefficients, row length. */
export function combineRows_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const g = pointerAt(params, 0);
  const x = pointerAt(params, 1);
  const out = pointerAt(params, 2);
  const coefficients = pointerAt(params, 3);
  const length = <u32>sizeAt(params, 4);
  for (let at = begin; at < end; ) {
    const row = at / length;
    const last = min(end, (row + 1) * length);
    const from = coefficients + <usize>row * 24;
    const p = v128.load64_splat(from);
    const q = v128.load64_splat(from, 8);
    const s = v128.load64_splat(from, 16);
    for (; at + 4 <= last; at += 4) {
      const byte = <usize>at << 2;
      const cotangents = v128.load(g + byte);
      const values = v128.load(x + byte);
      const low = combine(p, q, s, f64x2.promote_low_f32x4(cotangents), f64x2.promote_low_f32x4(values));
      const high = combine(p, q, s, f64x2.promote_low_f32x4(highHalf(cotangents)), f64x2.promote_low_f32x4(highHalf(values)));
      v128.store(out + byte, narrow(low, high));
    }
    for (; at < last; at += 1) {
      const byte = <usize>at << 2;
      const y = <f64>load<f32>(g + byte) * load<f64>(from) + <f64>load<f32>(x + byte) * load<f64>(from, 8) + load<f64>(from, 16);
      store<f32>(out + byte, <f32>y);
    }
  }
}

/**
 * Σ g x̂ of each row, as float64. Units are groups.
 * Parameters: sums, parts, first, step and count of a group's rows, its elements, eps, terms.
 */
export function weightTerms_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const sums = pointerAt(params, 0);
  const parts = <u32>sizeAt(params, 1);
  const step = <u32>sizeAt(params, 3);
  const rows = <u32>sizeAt(params, 4);
  const elements = <f64>sizeAt(params, 5);
  const eps = <f64>floatAt(params, 6);
  const terms = pointerAt(params, 7);
  for (let group = begin; group < end; group += 1) {
    const first = group * <u32>sizeAt(params, 2);
    const mean = groupSum(sums, 32, 0, first, step, rows, parts) / elements;
    const inverse = inverseDeviation(mean, groupSum(sums, 32, 8, first, step, rows, parts) / elements, eps);
    for (let k: u32 = 0; k < rows; k += 1) {
      const row = first + k * step;
      const term = inverse * (rowSum(sums, 32, 24, row, parts) - mean * rowSum(sums, 32, 16, row, parts));
      store<f64>(terms + (<usize>row << 3), term);
    }
  }
}

/** The terms of each channel, summed over the images. Units are channels. Parameters: terms, images, channels, out. */
export function weightGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const terms = pointerAt(params, 0);
  const images = <u32>sizeAt(params, 1);
  const channels = <u32>sizeAt(params, 2);
  const out = pointerAt(params, 3);
  for (let channel = begin; channel < end; channel += 1) {
    let sum: f64 = 0;
    for (let n: u32 = 0; n < images; n += 1) sum += load<f64>(terms + (<usize>(n * channels + channel) << 3));
    store<f32>(out + (<usize>channel << 2), <f32>sum);
  }
}
