// A 4D convolution of few channels, by windows over one plane at eight positions of the other:
//
//   out[m, q, s] = bias[m] + Σ_{i, j} Σ_c W[m, i, j, c] · in[c, q·step + first + i, s·step + first + j],
//
// say with windows over the support plane: for each tap i the support planes that eight query positions see are brought
// into panels, one for each support position, [channel][query position]; every result is then a sum of products of
// whole panels, as they lie there. A panel serves all windows that it is part of, taps that see only padding are left
// out at each support position, and so are panels of zeros: what a mask leaves out of the support costs a look at it.
// The same with the planes exchanged: below, the lanes are the eight positions, and the plane is that of the windows.

import { PANEL_COLUMNS, PANEL_ROWS, storeTile, TILE_BYTES } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { areConsecutive, madd } from '@hypercorr/tensor/assembly/simd';
import { gatherRows } from '@hypercorr/tensor/assembly/winograd-weight-transform';
import { allPositions, allTaps, AXES, AXIS, dilationOf, firstOf, isContiguous, isOutContiguous, outStrideOf, positionsOf, sizeOf, stepOf, strideOf, tapsOf } from './axes';
import { RECORD, recordPositions } from './positions';
import { areFinite, flagValues, gatherLanes, placesThrough, seenThrough, STEP, transposeLanes } from './window-lanes';

/** Bytes from one channel of a panel of weights to the next. */
const ROW_STEP: usize = PANEL_ROWS << 2;
/** Bytes of an entry of a list of products. */
const ENTRY: usize = 12;

/**
 * Packs the weights of all taps: [panel of four outputs][tap][channel][output].
 *
 * Parameters: weights, packed (addresses); outputs, channels; strides of output and channel; number of the taps of the
 * four axes, and the stride of each (elements). Units are panels of outputs.
 */
export function windowWeights(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2), channels = <u32>sizeAt(params, 3);
  const outputStride = sizeAt(params, 4) << 2, channelStride = sizeAt(params, 5) << 2;
  const taps1 = sizeAt(params, 7), taps2 = sizeAt(params, 8), taps3 = sizeAt(params, 9);
  const taps = sizeAt(params, 6) * taps1 * taps2 * taps3;
  for (let unit = begin; unit < end; unit++) {
    const row = unit * PANEL_ROWS;
    let to = pointerAt(params, 1) + <usize>(unit * taps * channels) * ROW_STEP;
    for (let tap = 0; tap < taps; tap++) {
      const place = tap / (taps1 * taps2 * taps3) * sizeAt(params, 10) + tap / (taps2 * taps3) % taps1 * sizeAt(params, 11)
        + tap / taps3 % taps2 * sizeAt(params, 12) + tap % taps3 * sizeAt(params, 13);
      let from = pointerAt(params, 0) + row * outputStride + (place << 2);
      for (let c: u32 = 0; c < channels; c++) {
        v128.store(to, gatherRows(from, outputStride, m - row));
        from += channelStride;
        to += ROW_STEP;
      }
    }
  }
}

/**
 * Parameters: packed weights, input, output, bias or null (addresses); outputs, channels; the input's strides of image
 * and channel; the output's (elements); entries of a list whose products are added up before their sum is added to the
 * rest; rows of the plane's positions that make a band, and elements of the largest band; positions that are computed
 * before they are stored (a whole band if the lanes have several taps); the axes of the lanes, of which two have one
 * position, then the two axes of the plane. Units are eight lanes of a band of an image, bands fastest.
 * Scratch: an offset a lane, a record for four; whether an element of the band is not zero in all lanes; the panels of
 * all elements; a list of products; results.
 */
export function conv4dWindows(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 4), channels = <u32>sizeAt(params, 5);
  const imageStride = sizeAt(params, 6), channelStride = <usize>sizeAt(params, 7) << 2;
  const outImageStride = sizeAt(params, 8), outChannelStride = <usize>sizeAt(params, 9) << 2;
  const group = <usize>sizeAt(params, 10), bandRows = sizeAt(params, 11), span = <u32>sizeAt(params, 13);
  const lanes = params + (14 << 2), plane = lanes + (AXES * AXIS << 2);
  const blocks = (allPositions(lanes) + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
  const elements = <usize>sizeAt(params, 12);
  const bands = (positionsOf(plane, 0) + bandRows - 1) / bandRows;
  const planeTaps = <u32>(tapsOf(plane, 0) * tapsOf(plane, 1));
  const rowPanels = (m + PANEL_ROWS - 1) / PANEL_ROWS;
  const panelBytes = <usize>channels * STEP, tapBytes = <usize>channels * ROW_STEP;
  const laneTaps = allTaps(lanes);
  const weightPanel = laneTaps * planeTaps * tapBytes;
  const contiguous = isContiguous(plane);
  const offsets = scratch;
  const records = offsets + STEP;
  const flags = records + 2 * RECORD;
  const panels = flags + ((elements + 3) / 4 << 4);
  const list = panels + elements * panelBytes;
  const tiles = list + planeTaps * ENTRY;
  const leavesOut = areFinite(pointerAt(params, 0), rowPanels * weightPanel);

  for (let unit = begin; unit < end; unit++) {
    const firstRow = <i32>(unit % bands) * bandRows, rowEnd = min(firstRow + bandRows, <i32>positionsOf(plane, 0));
    const firstPosition = <u32>firstRow * positionsOf(plane, 1), positionEnd = <u32>rowEnd * positionsOf(plane, 1);
    // The rows of the input that the band sees.
    const begin0 = max(0, firstRow * stepOf(plane, 0) + firstOf(plane, 0));
    const last0 = (rowEnd - 1) * stepOf(plane, 0) + firstOf(plane, 0) + (tapsOf(plane, 0) - 1) * dilationOf(plane, 0);
    const end0 = max(begin0, min(last0 + 1, sizeOf(plane, 0)));
    const seenElements = <u32>((end0 - begin0) * sizeOf(plane, 1));
    const position = unit / bands % blocks * PANEL_COLUMNS, image = unit / (bands * blocks);
    const columns = min(PANEL_COLUMNS, allPositions(lanes) - position);
    const input = pointerAt(params, 1) + (<usize>(image * imageStride + begin0 * strideOf(plane, 0)) << 2);
    const out = pointerAt(params, 2) + (<usize>(image * outImageStride) << 2);
    recordPositions(lanes, position, columns, records, offsets);
    for (let tap: u32 = 0; tap < laneTaps; tap++) {
      const weights = pointerAt(params, 0) + tap * planeTaps * tapBytes;
      const seen0 = seenThrough(lanes, tap, records), seen1 = seenThrough(lanes, tap, records + RECORD);
      const bytes0 = placesThrough(lanes, tap, records, seen0), bytes1 = placesThrough(lanes, tap, records + RECORD, seen1);
      if (contiguous) {
        memory.fill(flags, leavesOut ? 0 : 1, <usize>seenElements << 2);
        if (leavesOut && !flagValues(input, bytes0, seen0, channels, channelStride, seenElements, flags)) {
          flagValues(input, bytes1, seen1, channels, channelStride, seenElements, flags);
        }
        transposeLanes(input, bytes0, seen0, channels, channels, channelStride, seenElements, flags, panels);
        transposeLanes(input, bytes1, seen1, channels, channels, channelStride, seenElements, flags, panels + 16);
      } else {
        gatherLanes(
          input, end0 - begin0, sizeOf(plane, 1), strideOf(plane, 0), strideOf(plane, 1), bytes0, seen0, bytes1, seen1,
          channels, channels, channelStride, flags, panels,
        );
        if (!leavesOut) memory.fill(flags, 1, <usize>seenElements << 2);
      }
      let tile = tiles;
      for (let at = firstPosition; at < positionEnd; at++) {
        const listEnd = listPanels(plane, at, begin0, flags, <u32>tapBytes, <u32>panelBytes, list);
        for (let r: u32 = 0; r < rowPanels; r++) {
          let from = list, first = tap == 0;
          do {
            const to = min(from + group * ENTRY, listEnd);
            multiplyListed(weights + r * weightPanel, panels, from, to, tile, first);
            from = to;
            first = false;
          } while (from < listEnd);
          tile += TILE_BYTES;
        }
        const done = at + 1 - firstPosition;
        if (tap + 1 == laneTaps && (done % span == 0 || at + 1 == positionEnd)) {
          storeWindows(
            tiles, rowPanels, m, columns, plane, at - (done - 1) % span, at + 1, out, outChannelStride, offsets, pointerAt(params, 3),
          );
          tile = tiles;
        }
      }
    }
  }
}

/**
 * Lists the products of a position of the plane, whose panels begin with row `firstRow`: offsets of weights and panels,
 * and bytes of the panels. Taps that follow each other along a row see panels that follow each other (the dilation of the
 * plane's columns is 1: `windowsOf` sees to it), which are one product. Returns the end of the list.
 */
function listPanels(plane: usize, position: u32, firstRow: i32, flags: usize, tapBytes: u32, panelBytes: u32, list: usize): usize {
  const taps0 = tapsOf(plane, 0), taps1 = tapsOf(plane, 1), size0 = sizeOf(plane, 0), size1 = sizeOf(plane, 1);
  const from0 = <i32>(position / positionsOf(plane, 1)) * stepOf(plane, 0) + firstOf(plane, 0);
  const from1 = <i32>(position % positionsOf(plane, 1)) * stepOf(plane, 1) + firstOf(plane, 1);
  for (let i0 = 0; i0 < taps0; i0++) {
    const at0 = from0 + i0 * dilationOf(plane, 0);
    if (<u32>at0 >= <u32>size0) continue;
    let bytes: u32 = 0;
    for (let i1 = 0; i1 < taps1; i1++) {
      const at1 = from1 + i1 * dilationOf(plane, 1);
      const place = (at0 - firstRow) * size1 + at1;
      if (<u32>at1 >= <u32>size1 || load<u32>(flags + (place << 2)) == 0) {
        if (bytes != 0) list += ENTRY;
        bytes = 0;
        continue;
      }
      if (bytes == 0) {
        store<u32>(list, <u32>(i0 * taps1 + i1) * tapBytes);
        store<u32>(list, <u32>place * panelBytes, 4);
      }
      bytes += panelBytes;
      store<u32>(list, bytes, 8);
    }
    if (bytes != 0) list += ENTRY;
  }
  return list;
}

/**
 * tile[4×8] = the sum of the products of the listed panels of weights and of lanes, or += unless `first`. Written out for
 * four k for the reason that `multiplyPanels` gives (@hypercorr/tensor/assembly/matmul-tile). A function of its own, because V8
 * optimises a function from its next call on: the loops around it may run once.
 */
function multiplyListed(weights: usize, panels: usize, list: usize, listEnd: usize, tile: usize, first: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let b0: v128, b1: v128, row: v128;
  for (; list < listEnd; list += ENTRY) {
    let a = weights + load<u32>(list), b = panels + load<u32>(list, 4);
    const end = a + (load<u32>(list, 8) >> 1);
    do {
      b0 = v128.load(b, 0), b1 = v128.load(b, 16);
      row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
      row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
      row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
      row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
      a += 16;
      if (a == end) break;

      b0 = v128.load(b, 32), b1 = v128.load(b, 48);
      row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
      row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
      row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
      row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
      a += 16;
      if (a == end) break;

      b0 = v128.load(b, 64), b1 = v128.load(b, 80);
      row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
      row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
      row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
      row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
      a += 16;
      if (a == end) break;

      b0 = v128.load(b, 96), b1 = v128.load(b, 112);
      row = v128.load32_splat(a, 0), c00 = madd(row, b0, c00), c01 = madd(row, b1, c01);
      row = v128.load32_splat(a, 4), c10 = madd(row, b0, c10), c11 = madd(row, b1, c11);
      row = v128.load32_splat(a, 8), c20 = madd(row, b0, c20), c21 = madd(row, b1, c21);
      row = v128.load32_splat(a, 12), c30 = madd(row, b0, c30), c31 = madd(row, b1, c31);
      a += 16;
      b += 128;
    } while (a != end);
  }
  storeTile(tile, first, c00, c01, c10, c11, c20, c21, c30, c31);
}

/**
 * Adds the bias, and stores the results of the positions [begin, end) of the plane: [position][output][lane] becomes
 * [output][lane][position] if the plane is contiguous in memory, or the other way round.
 */
function storeWindows(
  tiles: usize, rowPanels: u32, m: u32, columns: u32, plane: usize, begin: u32, end: u32, out: usize, channelStride: usize,
  offsets: usize, bias: usize,
): void {
  const width = positionsOf(plane, 1);
  const rowStride = outStrideOf(plane, 0), columnStride = outStrideOf(plane, 1);
  const contiguous = isOutContiguous(plane);
  const bytes = <usize>rowPanels * TILE_BYTES;
  for (let channel: u32 = 0; channel < m; channel++) {
    const shift = bias != 0 ? v128.load32_splat(bias + (channel << 2)) : f32x4.splat(0);
    const row = tiles + <usize>(channel / PANEL_ROWS) * TILE_BYTES + channel % PANEL_ROWS * <u32>STEP;
    for (let lane: u32 = 0; lane < columns; lane += 4) {
      const index = v128.load(offsets + (lane << 2));
      const out0 = out + (i32x4.extract_lane(index, 0) << 2), out1 = out + (i32x4.extract_lane(index, 1) << 2);
      const out2 = out + (i32x4.extract_lane(index, 2) << 2), out3 = out + (i32x4.extract_lane(index, 3) << 2);
      const lanes = columns - lane;
      const together = lanes >= 4 && areConsecutive(index);
      let from = row + (lane << 2);
      let position = begin;
      for (; contiguous && position + 4 <= end; position += 4) {
        const y0 = f32x4.add(v128.load(from), shift), y1 = f32x4.add(v128.load(from + bytes), shift);
        const y2 = f32x4.add(v128.load(from + 2 * bytes), shift), y3 = f32x4.add(v128.load(from + 3 * bytes), shift);
        const low = v128.shuffle<i32>(y0, y1, 0, 4, 1, 5), lowNext = v128.shuffle<i32>(y2, y3, 0, 4, 1, 5);
        const high = v128.shuffle<i32>(y0, y1, 2, 6, 3, 7), highNext = v128.shuffle<i32>(y2, y3, 2, 6, 3, 7);
        const at = position << 2;
        v128.store(out0 + at, v128.shuffle<i64>(low, lowNext, 0, 2));
        if (lanes > 1) v128.store(out1 + at, v128.shuffle<i64>(low, lowNext, 1, 3));
        if (lanes > 2) v128.store(out2 + at, v128.shuffle<i64>(high, highNext, 0, 2));
        if (lanes > 3) v128.store(out3 + at, v128.shuffle<i64>(high, highNext, 1, 3));
        from += 4 * bytes;
      }
      for (; position < end; position++) {
        const y = f32x4.add(v128.load(from), shift);
        const at = position / width * rowStride + position % width * columnStride << 2;
        if (together) {
          v128.store(out0 + at, y);
        } else {
          f32.store(out0 + at, f32x4.extract_lane(y, 0));
          if (lanes > 1) f32.store(out1 + at, f32x4.extract_lane(y, 1));
          if (lanes > 2) f32.store(out2 + at, f32x4.extract_lane(y, 2));
          if (lanes > 3) f32.store(out3 + at, f32x4.extract_lane(y, 3));
        }
        from += bytes;
      }
    }
    out += channelStride;
  }
}
