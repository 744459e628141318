// A 4D convolution of a 2×2 support plane with a 3×3 kernel, stride 1 and padding 1. Along each axis of the plane it is
// a Toeplitz product with three multiplications in place of four:
//
//   y₀ = w₀ x₀ + w₊ x₁ = w₀ (x₀ + x₁) + (w₊ − w₀) x₁
//   y₁ = w₋ x₀ + w₀ x₁ = w₀ (x₀ + x₁) + (w₋ − w₀) x₀,
//
// along both axes 9 matrix products in place of 16, of the elements (i, j), i for the rows and j for the columns:
// 0 holds x₀ + x₁ and w₀, 1 holds x₁ and w₊ − w₀, 2 holds x₀ and w₋ − w₀. The four values of a plane are one vector in
// memory; the kernel may have taps on the query plane too.

import { DEPTH, multiplyBlock, PANEL_COLUMNS, PANEL_ROWS, TILE_BYTES } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { gatherRows } from '@hypercorr/tensor/assembly/winograd-weight-transform';
import { allPositions, allTaps, tapsOf } from './axes';
import { inside, OFFSET, RECORD, recordPositions, step } from './positions';

const ELEMENTS: usize = 9;

/**
 * Transforms the kernels and packs them as left operands, one for each element.
 *
 * Parameters: weights, packed (addresses); outputs, channels; strides of output, channel, kernel row and kernel column
 * of the support plane (elements); rows and columns of the taps on the query plane, and the strides of both; bytes
 * between packed elements. Units are panels of 4 outputs.
 */
export function toeplitzWeights(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2), channels = <u32>sizeAt(params, 3);
  const outputStride = sizeAt(params, 4) << 2, channelStride = sizeAt(params, 5) << 2;
  const rowStride = sizeAt(params, 6) << 2, columnStride = sizeAt(params, 7) << 2;
  const tapRows = <u32>sizeAt(params, 8), tapColumns = <u32>sizeAt(params, 9);
  const tapRowStride = sizeAt(params, 10) << 2, tapColumnStride = sizeAt(params, 11) << 2;
  const elementStep = <usize>sizeAt(params, 12);
  const paddedRows = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const depth = tapRows * tapColumns * channels;
  for (let unit = begin; unit < end; unit++) {
    const row = unit * PANEL_ROWS, lanes = m - row;
    for (let k: u32 = 0; k < depth; k++) {
      const tap = k / channels;
      const from = pointerAt(params, 0) + row * outputStride + k % channels * channelStride
        + tap / tapColumns * tapRowStride + tap % tapColumns * tapColumnStride;
      const block = k - k % DEPTH;
      const place = block * paddedRows + row * min(DEPTH, depth - block) + (k - block) * PANEL_ROWS;
      const to = pointerAt(params, 1) + (<usize>place << 2);
      const center = from + rowStride, after = center + rowStride;
      const g0 = gatherRows(center, outputStride, lanes);
      const g1 = gatherRows(center + columnStride, outputStride, lanes);
      const g2 = gatherRows(center + 2 * columnStride, outputStride, lanes);
      storeTaps(g0, g1, g2, to, elementStep);
      storeTaps(
        f32x4.sub(gatherRows(after, outputStride, lanes), g0),
        f32x4.sub(gatherRows(after + columnStride, outputStride, lanes), g1),
        f32x4.sub(gatherRows(after + 2 * columnStride, outputStride, lanes), g2), to + 3 * elementStep, elementStep,
      );
      storeTaps(
        f32x4.sub(gatherRows(from, outputStride, lanes), g0),
        f32x4.sub(gatherRows(from + columnStride, outputStride, lanes), g1),
        f32x4.sub(gatherRows(from + 2 * columnStride, outputStride, lanes), g2), to + 6 * elementStep, elementStep,
      );
    }
  }
}

/** w₀, w₊ − w₀, w₋ − w₀ of three taps w₋, w₀, w₊. */
// @ts-ignore: decorator
@inline
function storeTaps(before: v128, center: v128, after: v128, to: usize, step: usize): void {
  v128.store(to, center);
  v128.store(to + step, f32x4.sub(after, center));
  v128.store(to + 2 * step, f32x4.sub(before, center));
}

/**
 * Parameters: packed weights, input, output, bias or null (addresses); outputs, channels; the input's strides of image
 * and channel; the output's (elements); query positions of a block, a multiple of 8; bytes between elements of the
 * weights, the inputs and the products; then the axes, of which the two of the support plane have one position.
 * Units are blocks of query positions of all images.
 * Scratch: an offset a position, a record for four, the elements of the inputs of one depth block, those of the products.
 */
export function toeplitz(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 4), channels = <u32>sizeAt(params, 5);
  const imageStride = sizeAt(params, 6), channelStride = <usize>sizeAt(params, 7) << 2;
  const outImageStride = sizeAt(params, 8), outChannelStride = <usize>sizeAt(params, 9) << 2;
  const block = <u32>sizeAt(params, 10);
  const weightStep = <usize>sizeAt(params, 11), inputStep = <usize>sizeAt(params, 12), productStep = <usize>sizeAt(params, 13);
  const axes = params + (14 << 2);
  const n = allPositions(axes), depth = allTaps(axes) * channels;
  const blocks = (n + block - 1) / block;
  const rowPanels = (m + PANEL_ROWS - 1) / PANEL_ROWS;
  const offsets = scratch;
  const records = offsets + (block << 2);
  const inputs = records + <usize>(block >> 2) * RECORD;
  const products = inputs + ELEMENTS * inputStep;

  for (let unit = begin; unit < end; unit++) {
    const position = unit % blocks * block, image = unit / blocks;
    const columns = min(block, n - position);
    const columnPanels = (columns + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
    const input = pointerAt(params, 1) + (<usize>(image * imageStride) << 2);
    recordPositions(axes, position, columns, records, offsets);
    for (let k: u32 = 0; k < depth; k += DEPTH) {
      const run = min(DEPTH, depth - k);
      for (let lane: u32 = 0; lane < columnPanels * PANEL_COLUMNS; lane += 4) {
        const to = inputs + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * run + lane % PANEL_COLUMNS) << 2);
        packPlanes(axes, input, channels, channelStride, records + <usize>(lane >> 2) * RECORD, k, run, to, inputStep);
      }
      for (let element: usize = 0; element < ELEMENTS; element++) {
        const weights = pointerAt(params, 0) + element * weightStep + (<usize>(k * rowPanels * PANEL_ROWS) << 2);
        multiplyBlock(weights, inputs + element * inputStep, run, rowPanels, columnPanels, products + element * productStep, k == 0);
      }
    }
    const out = pointerAt(params, 2) + (<usize>(image * outImageStride) << 2);
    storePlanes(products, productStep, columnPanels, m, columns, out, outChannelStride, offsets, pointerAt(params, 3));
  }
}

/** Packs the elements of the planes at four recorded query positions for depths [begin, begin + depth) of (tap, channel). */
function packPlanes(
  axes: usize, input: usize, channels: u32, channelStride: usize, record: usize, begin: u32, depth: u32, to: usize, elementStep: usize,
): void {
  const offsets = v128.load(record, OFFSET);
  const tapColumns = <u32>tapsOf(axes, 1);
  const end = begin + depth;
  let k = begin;
  while (k < end) {
    const tap = k / channels, channel = k % channels;
    const i0 = <i32>(tap / tapColumns), i1 = <i32>(tap % tapColumns);
    const seen = v128.and(inside(axes, 0, i0, record), inside(axes, 1, i1, record));
    const shift = i32x4.splat(step(axes, 0, i0) + step(axes, 1, i1));
    const bytes = i32x4.shl(v128.and(i32x4.add(offsets, shift), seen), 2);
    const seen0 = v128.shuffle<i32>(seen, seen, 0, 0, 0, 0), seen1 = v128.shuffle<i32>(seen, seen, 1, 1, 1, 1);
    const seen2 = v128.shuffle<i32>(seen, seen, 2, 2, 2, 2), seen3 = v128.shuffle<i32>(seen, seen, 3, 3, 3, 3);
    let from = input + channel * channelStride;
    const run = min(channels - channel, end - k);
    for (let c: u32 = 0; c < run; c++) {
      storeElements(
        v128.and(v128.load(from + i32x4.extract_lane(bytes, 0)), seen0),
        v128.and(v128.load(from + i32x4.extract_lane(bytes, 1)), seen1),
        v128.and(v128.load(from + i32x4.extract_lane(bytes, 2)), seen2),
        v128.and(v128.load(from + i32x4.extract_lane(bytes, 3)), seen3), to, elementStep,
      );
      from += channelStride;
      to += PANEL_COLUMNS << 2;
    }
    k += run;
  }
}

/** The nine elements of four planes; a plane is a vector (row, column). */
// @ts-ignore: decorator
@inline
function storeElements(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const low = v128.shuffle<i32>(a, b, 0, 4, 1, 5), lowNext = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const high = v128.shuffle<i32>(a, b, 2, 6, 3, 7), highNext = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  const x00 = v128.shuffle<i64>(low, lowNext, 0, 2), x01 = v128.shuffle<i64>(low, lowNext, 1, 3);
  const x10 = v128.shuffle<i64>(high, highNext, 0, 2), x11 = v128.shuffle<i64>(high, highNext, 1, 3);
  storePair(f32x4.add(x00, x10), f32x4.add(x01, x11), to, step);
  storePair(x10, x11, to + 3 * step, step);
  storePair(x00, x01, to + 6 * step, step);
}

/** x₀ + x₁, x₁, x₀ */
// @ts-ignore: decorator
@inline
function storePair(x0: v128, x1: v128, to: usize, step: usize): void {
  v128.store(to, f32x4.add(x0, x1));
  v128.store(to + step, x1);
  v128.store(to + 2 * step, x0);
}

/** Adds up the products of all outputs, adds the bias, and stores a plane at each of `columns` positions. */
function storePlanes(
  products: usize, step: usize, columnPanels: u32, m: u32, columns: u32, out: usize, channelStride: usize, offsets: usize, bias: usize,
): void {
  for (let channel: u32 = 0; channel < m; channel++) {
    const shift = bias != 0 ? v128.load32_splat(bias + (channel << 2)) : f32x4.splat(0);
    const row = products + <usize>(channel / PANEL_ROWS * columnPanels) * TILE_BYTES + (channel % PANEL_ROWS * PANEL_COLUMNS << 2);
    for (let column: u32 = 0; column < columns; column += 4) {
      const p = row + <usize>(column / PANEL_COLUMNS) * TILE_BYTES + (column % PANEL_COLUMNS << 2);
      const sums = f32x4.add(v128.load(p), shift), ones = v128.load(p + step), twos = v128.load(p + 2 * step);
      const y00 = f32x4.add(f32x4.add(sums, v128.load(p + 3 * step)), f32x4.add(ones, v128.load(p + 4 * step)));
      const y01 = f32x4.add(f32x4.add(sums, v128.load(p + 3 * step)), f32x4.add(twos, v128.load(p + 5 * step)));
      const y10 = f32x4.add(f32x4.add(sums, v128.load(p + 6 * step)), f32x4.add(ones, v128.load(p + 7 * step)));
      const y11 = f32x4.add(f32x4.add(sums, v128.load(p + 6 * step)), f32x4.add(twos, v128.load(p + 8 * step)));
      storeLanes(y00, y01, y10, y11, out, offsets + (column << 2), columns - column);
    }
    out += channelStride;
  }
}

/** Stores the planes of the first `count` of four positions. */
// @ts-ignore: decorator
@inline
function storeLanes(y00: v128, y01: v128, y10: v128, y11: v128, out: usize, offsets: usize, count: u32): void {
  const top = v128.shuffle<i32>(y00, y01, 0, 4, 1, 5), bottom = v128.shuffle<i32>(y10, y11, 0, 4, 1, 5);
  v128.store(out + (load<u32>(offsets) << 2), v128.shuffle<i64>(top, bottom, 0, 2));
  if (count > 1) v128.store(out + (load<u32>(offsets, 4) << 2), v128.shuffle<i64>(top, bottom, 1, 3));
  if (count <= 2) return;
  const topHigh = v128.shuffle<i32>(y00, y01, 2, 6, 3, 7), bottomHigh = v128.shuffle<i32>(y10, y11, 2, 6, 3, 7);
  v128.store(out + (load<u32>(offsets, 8) << 2), v128.shuffle<i64>(topHigh, bottomHigh, 0, 2));
  if (count > 3) v128.store(out + (load<u32>(offsets, 12) << 2), v128.shuffle<i64>(topHigh, bottomHigh, 1, 3));
}
