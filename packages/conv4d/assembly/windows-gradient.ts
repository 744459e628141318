// Weight gradient of the convolutions of windows.ts:
//
//   dW[m, i, j, c] = Σ_{q, s} dOut[m, q, s] · in[c, q·step + first + i, s·step + first + j]
//
// The cotangent is brought into panels as the input is, eight lanes at a time. For each tap j a list says which panels
// of both meet: those of input zeros are left out. The products of the lanes stay apart until a list is done. Every
// unit sums over its own lanes; the sums are added up in the end, in the order of the units.

import { PANEL_COLUMNS, PANEL_ROWS } from '@hypercorr/tensor/assembly/matmul-tile';
import { pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { madd } from '@hypercorr/tensor/assembly/simd';
import { allPositions, allTaps, AXES, AXIS, dilationOf, firstOf, isContiguous, isOutContiguous, outStrideOf, positionsOf, sizeOf, stepOf, strideOf, tapsOf } from './axes';
import { RECORD, recordPositions } from './positions';
import { areFinite, flagValues, gatherLanes, placesThrough, seenThrough, STEP, transposeLanes } from './window-lanes';

/** Bytes of an entry of a list: offsets of the panels of the cotangent and of the input. */
const ENTRY: usize = 8;

/**
 * Parameters: cotangent, input, sums (addresses); outputs, channels; the input's strides of image and channel; the
 * cotangent's (elements); images; blocks of eight lanes of a unit; rows of the plane's positions that make a band, and
 * elements of the largest band; the axes of the lanes, of which two have one position, then those of the plane.
 * Units are blocks of lanes of all images; a unit's sums lie as [tap][channel][output], outputs padded to panels.
 * Scratch: an offset a lane, a record for four, the same of the cotangent; whether an element of the band is not zero
 * in all lanes, and for the cotangent that all are to be packed; the panels of both; a list.
 */
export function conv4dWindowsGradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 3), channels = <u32>sizeAt(params, 4);
  const imageStride = sizeAt(params, 5), channelStride = <usize>sizeAt(params, 6) << 2;
  const outImageStride = sizeAt(params, 7), outChannelStride = <usize>sizeAt(params, 8) << 2;
  const images = <u32>sizeAt(params, 9), unitBlocks = <u32>sizeAt(params, 10), bandRows = sizeAt(params, 11);
  const elements = <usize>sizeAt(params, 12);
  const lanes = params + (13 << 2), plane = lanes + (AXES * AXIS << 2);
  const blocks = (allPositions(lanes) + PANEL_COLUMNS - 1) / PANEL_COLUMNS;
  const paddedOutputs = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const laneTaps = allTaps(lanes), planeTaps = <u32>(tapsOf(plane, 0) * tapsOf(plane, 1));
  const tapBytes = <usize>channels * paddedOutputs << 2;
  const sumBytes = laneTaps * planeTaps * tapBytes;
  const width = positionsOf(plane, 1);
  const contiguous = isContiguous(plane), outContiguous = isOutContiguous(plane);
  const bandPositions = <usize>bandRows * width;
  const offsets = scratch;
  const records = offsets + STEP;
  const flags = records + 2 * RECORD;
  const all = flags + ((elements + 3) / 4 << 4);
  const inputs = all + ((bandPositions + 3) / 4 << 4);
  // One channel more: channels are taken by twos.
  const cotangents = inputs + (elements * channels + 1) * STEP;
  const list = cotangents + bandPositions * paddedOutputs * STEP;

  for (let unit = begin; unit < end; unit++) {
    const sums = pointerAt(params, 2) + unit * sumBytes;
    memory.fill(sums, 0, sumBytes);
    for (let block = unit * unitBlocks; block < min((unit + 1) * unitBlocks, blocks * images); block++) {
      const position = block % blocks * PANEL_COLUMNS, image = block / blocks;
      const columns = min(PANEL_COLUMNS, allPositions(lanes) - position);
      recordPositions(lanes, position, columns, records, offsets);
      const exist0 = i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(columns)), exist1 = i32x4.lt_u(i32x4(4, 5, 6, 7), i32x4.splat(columns));
      const out0 = i32x4.shl(v128.and(v128.load(offsets), exist0), 2), out1 = i32x4.shl(v128.and(v128.load(offsets, 16), exist1), 2);
      for (let firstRow = 0; firstRow < <i32>positionsOf(plane, 0); firstRow += bandRows) {
        const rowEnd = min(firstRow + bandRows, <i32>positionsOf(plane, 0));
        const begin0 = max(0, firstRow * stepOf(plane, 0) + firstOf(plane, 0));
        const last0 = (rowEnd - 1) * stepOf(plane, 0) + firstOf(plane, 0) + (tapsOf(plane, 0) - 1) * dilationOf(plane, 0);
        const seenRows = max(0, min(last0 + 1, sizeOf(plane, 0)) - begin0);
        const cotangent = pointerAt(params, 0) + (<usize>(image * outImageStride + firstRow * outStrideOf(plane, 0)) << 2);
        const input = pointerAt(params, 1) + (<usize>(image * imageStride + begin0 * strideOf(plane, 0)) << 2);
        const positions = <u32>(rowEnd - firstRow) * width;
        if (outContiguous) {
          memory.fill(all, 1, <usize>positions << 2);
          transposeLanes(cotangent, out0, exist0, m, paddedOutputs, outChannelStride, positions, all, cotangents);
          transposeLanes(cotangent, out1, exist1, m, paddedOutputs, outChannelStride, positions, all, cotangents + 16);
        } else {
          gatherLanes(
            cotangent, rowEnd - firstRow, width, outStrideOf(plane, 0), outStrideOf(plane, 1), out0, exist0, out1, exist1,
            m, paddedOutputs, outChannelStride, all, cotangents,
          );
        }
        let leavesOut = true;
        for (let at: u32 = 0; leavesOut && at < positions; at++) leavesOut = areFinite(cotangents + <usize>(at * paddedOutputs) * STEP, m * STEP);
        const seenBytes = <usize>(seenRows * sizeOf(plane, 1)) << 2;
        for (let tap: u32 = 0; tap < laneTaps; tap++) {
          const seen0 = seenThrough(lanes, tap, records), seen1 = seenThrough(lanes, tap, records + RECORD);
          const bytes0 = placesThrough(lanes, tap, records, seen0), bytes1 = placesThrough(lanes, tap, records + RECORD, seen1);
          if (contiguous) {
            memory.fill(flags, leavesOut ? 0 : 1, seenBytes);
            if (leavesOut && !flagValues(input, bytes0, seen0, channels, channelStride, seenRows * sizeOf(plane, 1), flags)) {
              flagValues(input, bytes1, seen1, channels, channelStride, seenRows * sizeOf(plane, 1), flags);
            }
            transposeLanes(input, bytes0, seen0, channels, channels, channelStride, seenRows * sizeOf(plane, 1), flags, inputs);
            transposeLanes(input, bytes1, seen1, channels, channels, channelStride, seenRows * sizeOf(plane, 1), flags, inputs + 16);
          } else {
            gatherLanes(
              input, seenRows, sizeOf(plane, 1), strideOf(plane, 0), strideOf(plane, 1), bytes0, seen0, bytes1, seen1,
              channels, channels, channelStride, flags, inputs,
            );
            if (!leavesOut) memory.fill(flags, 1, seenBytes);
          }
          for (let j: u32 = 0; j < planeTaps; j++) {
            const listEnd = listPairs(plane, j, firstRow, rowEnd, begin0, flags, paddedOutputs * <u32>STEP, channels * <u32>STEP, list);
            if (list == listEnd) continue;
            const sum = sums + (tap * planeTaps + j) * tapBytes;
            for (let c: u32 = 0; c < channels; c += 2) {
              for (let row: u32 = 0; row < paddedOutputs; row += PANEL_ROWS) {
                const to = sum + (<usize>(c * paddedOutputs + row) << 2);
                addProducts(cotangents + row * STEP, inputs + c * STEP, list, listEnd, to, c + 1 < channels ? paddedOutputs << 2 : 0);
              }
            }
          }
        }
      }
    }
  }
}

/** Lists where tap `j` of the windows in the rows [firstRow, rowEnd) sees an element that is flagged. Returns the end of the list. */
function listPairs(
  plane: usize, j: u32, firstRow: i32, rowEnd: i32, begin0: i32, flags: usize, outBytes: u32, inBytes: u32, list: usize,
): usize {
  const width = <i32>positionsOf(plane, 1), size0 = sizeOf(plane, 0), size1 = sizeOf(plane, 1);
  const first0 = firstOf(plane, 0) + <i32>j / tapsOf(plane, 1) * dilationOf(plane, 0);
  const first1 = firstOf(plane, 1) + <i32>j % tapsOf(plane, 1) * dilationOf(plane, 1);
  for (let row = firstRow; row < rowEnd; row++) {
    const at0 = row * stepOf(plane, 0) + first0;
    if (<u32>at0 >= <u32>size0) continue;
    for (let column = 0; column < width; column++) {
      const at1 = column * stepOf(plane, 1) + first1;
      if (<u32>at1 >= <u32>size1) continue;
      const place = <u32>((at0 - begin0) * size1 + at1);
      if (load<u32>(flags + (<usize>place << 2)) == 0) continue;
      store<u32>(list, <u32>((row - firstRow) * width + column) * outBytes);
      store<u32>(list, place * inBytes, 4);
      list += ENTRY;
    }
  }
  return list;
}

/** sums[channel][4 outputs] += the products of two channels and four outputs in the listed panels; `next` 0: of one channel. */
function addProducts(cotangents: usize, inputs: usize, list: usize, listEnd: usize, sums: usize, next: usize): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let x0: v128, x1: v128, row: v128;
  for (; list < listEnd; list += ENTRY) {
    const y = cotangents + load<u32>(list), x = inputs + load<u32>(list, 4);
    x0 = v128.load(x, 0), x1 = v128.load(x, 32);
    row = v128.load(y, 0), c00 = madd(row, x0, c00), c01 = madd(row, x1, c01);
    row = v128.load(y, 32), c10 = madd(row, x0, c10), c11 = madd(row, x1, c11);
    row = v128.load(y, 64), c20 = madd(row, x0, c20), c21 = madd(row, x1, c21);
    row = v128.load(y, 96), c30 = madd(row, x0, c30), c31 = madd(row, x1, c31);
    x0 = v128.load(x, 16), x1 = v128.load(x, 48);
    row = v128.load(y, 16), c00 = madd(row, x0, c00), c01 = madd(row, x1, c01);
    row = v128.load(y, 48), c10 = madd(row, x0, c10), c11 = madd(row, x1, c11);
    row = v128.load(y, 80), c20 = madd(row, x0, c20), c21 = madd(row, x1, c21);
    row = v128.load(y, 112), c30 = madd(row, x0, c30), c31 = madd(row, x1, c31);
  }
  v128.store(sums, f32x4.add(v128.load(sums), laneSums(c00, c10, c20, c30)));
  if (next != 0) v128.store(sums + next, f32x4.add(v128.load(sums + next), laneSums(c01, c11, c21, c31)));
}

/** The sums of the lanes of four vectors. */
// @ts-ignore: decorator
@inline
function laneSums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

/**
 * Adds up the sums of all units.
 *
 * Parameters: sums, gradient (addresses); outputs, channels; units; the gradient's strides of output and channel; number
 * of the taps of the four axes, and the stride of each (elements). Units are outputs.
 */
export function sumWindowGradients(params: usize, begin: u32, end: u32, scratch: usize): void {
  const m = <u32>sizeAt(params, 2), channels = <u32>sizeAt(params, 3), units = <u32>sizeAt(params, 4);
  const taps1 = sizeAt(params, 8), taps2 = sizeAt(params, 9), taps3 = sizeAt(params, 10);
  const taps = sizeAt(params, 7) * taps1 * taps2 * taps3;
  const paddedOutputs = (m + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const unitBytes = <usize>(taps * channels * paddedOutputs) << 2;
  for (let output = begin; output < end; output++) {
    let from = pointerAt(params, 0) + (output << 2);
    for (let tap = 0; tap < taps; tap++) {
      const place = tap / (taps1 * taps2 * taps3) * sizeAt(params, 11) + tap / (taps2 * taps3) % taps1 * sizeAt(params, 12)
        + tap / taps3 % taps2 * sizeAt(params, 13) + tap % taps3 * sizeAt(params, 14);
      for (let c: u32 = 0; c < channels; c++) {
        let total: f32 = 0;
        for (let unit: u32 = 0; unit < units; unit++) total += f32.load(from + unit * unitBytes);
        f32.store(pointerAt(params, 1) + (<usize>(output * sizeAt(params, 5) + c * sizeAt(params, 6) + place) << 2), total);
        from += paddedOutputs << 2;
      }
    }
  }
}
