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

/** Leaves the least words of a line in a heap that holds its first `kept` ones. */
// @ts-ignore: decorator
@inline
function keepLeast(type: i32, heap: usize, kept: u32, line: usize, step: usize, length: u32, turned: i32): void {
  for (let root = kept / 2; root > 0; root--) siftDown(heap, kept, root - 1);
  for (let i = kept; i < length; i++) {
    const word = wordOf(type, line, step, i, turned);
    if (word >= load<i64>(heap)) continue;
    store<i64>(heap, word);
    siftDown(heap, kept, 0);
  }
}

/**
 * Sorts whole lines, or, where a selection is enough, keeps what is asked for in a heap and sorts only that. Scratch: two
 * words for each element that is sorted.
 */
// @ts-ignore: decorator
@inline
function orderLines(type: i32, isSelection: bool, params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), out = pointerAt(params, 1);
  const length = <u32>sizeAt(params, 2), count = <u32>sizeAt(params, 3), inner = <u32>sizeAt(params, 4);
  const turned = -sizeAt(params, 5);
  const step = (<usize>inner) << 2;
  const kept = isSelection ? count : length;
  for (let unit = begin; unit < end; unit++) {
    const outer = unit / inner, column = unit % inner;
    const line = x + ((<usize>(outer * length * inner + column)) << 2);
    for (let i: u32 = 0; i < kept; i++) store<i64>(at(scratch, i), wordOf(type, line, step, i, turned));
    if (isSelection) keepLeast(type, scratch, kept, line, step, length, turned);
    const sorted = mergeSort(scratch, kept);
    const positions = out + ((<usize>(outer * count * inner + column)) << 2);
    for (let i: u32 = 0; i < count; i++) store<u32>(positions + <usize>i * step, load<u32>(at(sorted, i)));
  }
}

export function argSort_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  orderLines(F32, false, params, begin, end, scratch);
}

export function argSort_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  orderLines(I32, false, params, begin, end, scratch);
}

export function argSelect_f32(params: usize, begin: u32, end: u32, scratch: usize): void {
  orderLines(F32, true, params, begin, end, scratch);
}

export function argSelect_i32(params: usize, begin: u32, end: u32, scratch: usize): void {
  orderLines(I32, true, params, begin, end, scratch);
}
