// Orders of the elements along an axis: the positions of the least ones first, of equal ones that which comes first.
//
// An element and its position make one 64-bit word, the element above. Such words are all different, so that any way of
// sorting them is stable. NaN counts as larger than everything, and -0 as 0.
//
// Parameters: x, out, length of a line, how many positions to keep of it, words between neighbours on a line, and
// whether to begin with the largest. Units are lines.

import { pointerAt, sizeAt } from './params';

const F32 = 0;
const I32 = 1;

/** Runs that are sorted by insertion, in words. */
const SHORT: u32 = 16;

/** The element as an integer of the same order. */
// @ts-ignore: decorator
@inline
function orderedBits(type: i32, at: usize): i32 {
  const bits = load<i32>(at);
  if (type == I32) return bits;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return i32.MAX_VALUE;
  return bits < 0 ? -magnitude : bits;
}

/** The word of the element at `place` of the line that starts at `line`; all bits of the element turned for descending. */
// @ts-ignore: decorator
@inline
function wordOf(type: i32, line: usize, step: usize, place: u32, turned: i32): i64 {
  return (<i64>(orderedBits(type, line + <usize>place * step) ^ turned) << 32) | <i64>place;
}

// @ts-ignore: decorator
@inline
function at(words: usize, i: u32): usize {
  return words + ((<usize>i) << 3);
}

/** Sorts the words from `start` to `end` - 1, few of them. */
function insertionSort(words: usize, start: u32, end: u32): void {
  for (let i = start + 1; i < end; i++) {
    const word = load<i64>(at(words, i));
    let j = i;
    for (; j > start && load<i64>(at(words, j - 1)) > word; j--) store<i64>(at(words, j), load<i64>(at(words, j - 1)));
    store<i64>(at(words, j), word);
  }
}

/** Merges the sorted runs [start, middle) and [middle, end) of `from` into `to`. */
function merge(from: usize, to: usize, start: u32, middle: u32, end: u32): void {
  let left = at(from, start), right = at(from, middle), out = at(to, start);
  const leftEnd = right, rightEnd = at(from, end);
  // Runs that follow each other, as in a line that was in order, need no comparisons.
  if (middle < end && load<i64>(leftEnd - 8) > load<i64>(right)) {
    while (left < leftEnd && right < rightEnd) {
      const a = load<i64>(left), b = load<i64>(right);
      const isLeft = a < b;
      store<i64>(out, isLeft ? a : b);
      left += isLeft ? 8 : 0;
      right += isLeft ? 0 : 8;
      out += 8;
    }
  }
  memory.copy(out, left, leftEnd - left);
  memory.copy(out + (leftEnd - left), right, rightEnd - right);
}

/** Sorts `count` words, with room for as many behind them, and returns where they are then: here, or there. */
function mergeSort(words: usize, count: u32): usize {
  for (let start: u32 = 0; start < count; start += SHORT) insertionSort(words, start, min(start + SHORT, count));
  let from = words, to = at(words, count);
  for (let run = SHORT; run < count; run *= 2) {
    for (let start: u32 = 0; start < count; start += 2 * run) {
      merge(from, to, start, min(start + run, count), min(start + 2 * run, count));
    }
    const next = from;
    from = to;
    to = next;
  }
  return from;
}

/** Restores a heap, the largest word on top, whose word at `root` may be too small for its place. */
function siftDown(heap: usize, count: u32, root: u32): void {
  const word = load<i64>(at(heap, root));
  let place = root;
  for (let child: u32 = 2 * place + 1; child < count; child = 2 * place + 1) {
    if (child + 1 < count && load<i64>(at(heap, child + 1)) > load<i64>(at(heap, child))) child++;
    const larger = load<i64>(at(heap, child));
    if (larger <= word) break;
    store<i64>(at(heap, place), larger);
    place = child;
  }
  store<i64>(at(heap, place), word);
}

// @ts-ignore: decorator
@inline
function storePositions(words: usize, count: u32, out: usize, step: usize): void {
  for (let i: u32 = 0; i < count; i++) store<u32>(out + <usize>i * step, load<u32>(at(words, i)));
}

/** Sorts whole lines. Scratch: two words for each element of a line. */
// @ts-ignore: decorator
@inline
function sortLines(type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), out = pointerAt(params, 1);
  const length = <u32>sizeAt(params, 2), count = <u32>sizeAt(params, 3), inner = <u32>sizeAt(params, 4);
  const turned = -sizeAt(params, 5);
  const step = (<usize>inner) << 2;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / inner, column = unit % inner;
    const line = x + ((<usize>(outer * length * inner + column)) << 2);
    for (let i: u32 = 0; i < length; i++) store<i64>(at(scratch, i), wordOf(type, line, step, i, turned));
    const sorted = mergeSort(scratch, length);
    storePositions(sorted, count, out + ((<usize>(outer * count * inner + column)) << 2), step);
  }
}

/** Keeps the first few of each line in a heap, and sorts only those. Scratch: two words for each that is kept. */
// @ts-ignore: decorator
@inline
function selectFromLines(type: i32, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), out = pointerAt(params, 1);
  const length = <u32>sizeAt(params, 2), count = <u32>sizeAt(params, 3), inner = <u32>sizeAt(params, 4);
  const turned = -sizeAt(params, 5);
  const step = (<usize>inner) << 2;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / inner, column = unit % inner;
    const line = x + ((<usize>(outer * length * inner + column)) << 2);
    for (let i: u32 = 0; i < count; i++) store<i64>(at(scratch, i), wordOf(type, line, step, i, turned));
    for (let root = count / 2; root > 0; root--) siftDown(scratch, count, root - 1);
    for (let i = count; i < length; i++) {
      const word = wordOf(type, line, step, i, turned);
      if (word >= load<i64>(scratch)) continue;
      store<i64>(scratch, word);
      siftDown(scratch, count, 0);
    }
    const sorted = mergeSort(scratch, count);
    storePositions(sorted, count, out + ((<usize>(outer * count * inner + column)) << 2), step);
  }
}

export function argSort_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  sortLines(F32, params, begin, end, scratch);
}

export function argSort_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  sortLines(I32, params, begin, end, scratch);
}

export function argSelect_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  selectFromLines(F32, params, begin, end, scratch);
}

export function argSelect_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  selectFromLines(I32, params, begin, end, scratch);
}
