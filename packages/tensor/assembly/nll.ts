// Negative log-likelihood of labels, and its gradient.
//
// The labels are cut into parts of a fixed length, each with a total and a count (float64), which are added up in
// order. A label that is no class makes the count NaN, and with it every result.

import { pointerAt, sizeAt } from './params';

/** Units are parts. Parameters: x, target, totals, labels, labels of each image, classes, label to ignore, part length. */
// @ts-ignore: decorator
@inline
function sumParts(hasValues: bool, params: usize, begin: u32, end: u32): void {
  const x = pointerAt(params, 0);
  const target = pointerAt(params, 1);
  const totals = pointerAt(params, 2);
  const labels = <u32>sizeAt(params, 3);
  const inner = <u32>sizeAt(params, 4);
  const classes = <u32>sizeAt(params, 5);
  const ignored = sizeAt(params, 6);
  const length = <u32>sizeAt(params, 7);
  for (let part = begin; part < end; part += 1) {
    let total: f64 = 0;
    let count: f64 = 0;
    const last = min(labels, (part + 1) * length);
    for (let at = part * length; at < last; at += 1) {
      const label = load<i32>(target + (<usize>at << 2));
      if (label == ignored) continue;
      if (<u32>label >= classes) {
        count = NaN;
        continue;
      }
      count += 1;
      if (hasValues) {
        const row = (at / inner) * classes + label;
        total -= <f64>load<f32>(x + ((<usize>row * inner + (at % inner)) << 2));
      }
    }
    store<f64>(totals + (<usize>part << 4), total);
    store<f64>(totals + (<usize>part << 4), count, 8);
  }
}

/** The total (offset 0) or the count (offset 8) over all parts. */
// @ts-ignore: decorator
@inline
function joinParts(totals: usize, parts: i32, offset: usize): f64 {
  let sum: f64 = 0;
  for (let part = 0; part < parts; part += 1) sum += load<f64>(totals + offset + (<usize>part << 4));
  return sum;
}

export function nllParts_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  sumParts(true, params, begin, end);
}

export function nllCounts_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  sumParts(false, params, begin, end);
}

/** One unit. Parameters: totals, parts, out. */
export function nllLoss_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const totals = pointerAt(params, 0);
  const parts = sizeAt(params, 1);
  store<f32>(pointerAt(params, 2), <f32>(joinParts(totals, parts, 0) / joinParts(totals, parts, 8)));
}

/**
 * Units are rows, one class of one image each. Parameters: cotangent, target, totals, parts, out, length of a row,
 * classes, label to ignore.
 */
export function nllLossGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const cotangent = <f64>load<f32>(pointerAt(params, 0));
  const target = pointerAt(params, 1);
  const count = joinParts(pointerAt(params, 2), sizeAt(params, 3), 8);
  const out = pointerAt(params, 4);
  const inner = <u32>sizeAt(params, 5);
  const classes = <u32>sizeAt(params, 6);
  const ignored = sizeAt(params, 7);
  const value = <f32>(-cotangent / count);
  const vector = f32x4.splat(value);
  for (let row = begin; row < end; row += 1) {
    const label = <i32>(row % classes);
    const to = out + ((<usize>row * inner) << 2);
    if (label == ignored) {
      memory.fill(to, 0, <usize>inner << 2);
      continue;
    }
    const from = target + ((<usize>(row / classes) * inner) << 2);
    let i: u32 = 0;
    for (; i + 4 <= inner; i += 4) {
      const isHere = i32x4.eq(v128.load(from + (<usize>i << 2)), i32x4.splat(label));
      v128.store(to + (<usize>i << 2), v128.and(vector, isHere));
    }
    for (; i < inner; i += 1) {
      store<f32>(to + (<usize>i << 2), load<i32>(from + (<usize>i << 2)) == label ? value : 0);
    }
  }
}

/** Units are labels. Parameters: x, target, out, labels of each image, classes, label to ignore. */
export function nllTerms_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0);
  const target = pointerAt(params, 1);
  const out = pointerAt(params, 2);
  const inner = <u32>sizeAt(params, 3);
  const classes = <u32>sizeAt(params, 4);
  const ignored = sizeAt(params, 5);
  for (let at = begin; at < end; at += 1) {
    const label = load<i32>(target + (<usize>at << 2));
    let term: f32 = 0;
    if (label != ignored) {
      const row = (at / inner) * classes + label;
      term = <u32>label >= classes ? NaN : -load<f32>(x + ((<usize>row * inner + (at % inner)) << 2));
    }
    store<f32>(out + (<usize>at << 2), term);
  }
}

/**
 * Units are rows, one class of one image each. Parameters: cotangent, target, out, length of a row, classes, label to
 * ignore.
 */
export function nllTermsGradient_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  const cotangent = pointerAt(params, 0);
  const target = pointerAt(params, 1);
  const out = pointerAt(params, 2);
  const inner = <u32>sizeAt(params, 3);
  const classes = <u32>sizeAt(params, 4);
  const ignored = sizeAt(params, 5);
  for (let row = begin; row < end; row += 1) {
    const label = <i32>(row % classes);
    const to = out + ((<usize>row * inner) << 2);
    if (label == ignored) {
      memory.fill(to, 0, <usize>inner << 2);
      continue;
    }
    const labels = target + ((<usize>(row / classes) * inner) << 2);
    const from = cotangent + ((<usize>(row / classes) * inner) << 2);
    let i: u32 = 0;
    for (; i + 4 <= inner; i += 4) {
      const at = <usize>i << 2;
      const isHere = i32x4.eq(v128.load(labels + at), i32x4.splat(label));
      v128.store(to + at, v128.and(f32x4.neg(v128.load(from + at)), isHere));
    }
    for (; i < inner; i += 1) {
      const at = <usize>i << 2;
      store<f32>(to + at, load<i32>(labels + at) == label ? -load<f32>(from + at) : 0);
    }
  }
}
