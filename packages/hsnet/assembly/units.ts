// Feature maps to panels of unit vectors, f / (‖f‖ + ε), as matmul-tile.ts multiplies them.
//
// A map [channels, positions] holds its vectors as columns: four neighbouring positions are one vector load. Query
// positions become panels of 4 rows, those support positions that are not zero panels of 8 columns; the depth is the
// channel, in blocks of DEPTH.

import { DEPTH, PANEL_COLUMNS, PANEL_ROWS } from '@hypercorr/tensor/assembly/matmul-tile';
import { floatAt, pointerAt, sizeAt } from '@hypercorr/tensor/assembly/params';
import { areConsecutive, madd } from '@hypercorr/tensor/assembly/simd';

/** Positions of a unit of work: a cache line of each channel. */
const CHUNK: u32 = 16;

/**
 * 1 / (‖f‖ + ε) of the vectors at four neighbouring positions, and 0 for a vector of zeros.
 * Squares are summed in blocks, which keeps the rounding error of many channels small.
 */
function unitScales(from: usize, channelBytes: usize, channels: u32, epsilon: f32): v128 {
  let squares = f32x4.splat(0);
  for (let block: u32 = 0; block < channels; block += DEPTH) {
    let partial = f32x4.splat(0);
    const depth = min(DEPTH, channels - block);
    for (let k: u32 = 0; k < depth; k++) {
      const values = v128.load(from);
      partial = madd(values, values, partial);
      from += channelBytes;
    }
    squares = f32x4.add(squares, partial);
  }
  const scales = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.sqrt(squares), f32x4.splat(epsilon)));
  return v128.andnot(scales, f32x4.eq(squares, f32x4.splat(0)));
}

/**
 * Parameters: query maps, panels (addresses); channels, positions of a map; ε; units are chunks of positions of all maps.
 * Layout of a map's panels: depth block, row panel, depth, row.
 */
export function packQueries(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2), positions = <u32>sizeAt(params, 3);
  const epsilon = floatAt(params, 4);
  const channelBytes = <usize>positions << 2;
  const padded = (positions + PANEL_ROWS - 1) / PANEL_ROWS * PANEL_ROWS;
  const chunks = (positions + CHUNK - 1) / CHUNK;
  for (let unit = begin; unit < end; unit++) {
    const map = unit / chunks, first = unit % chunks * CHUNK;
    const maps = pointerAt(params, 0) + <usize>map * channels * channelBytes;
    const panels = pointerAt(params, 1) + (<usize>map * padded * channels << 2);
    for (let position = first; position < min(first + CHUNK, positions); position += PANEL_ROWS) {
      let from = maps + (<usize>position << 2);
      const scales = unitScales(from, channelBytes, channels, epsilon);
      for (let block: u32 = 0; block < channels; block += DEPTH) {
        const depth = min(DEPTH, channels - block);
        let to = panels + (<usize>(block * padded + position * depth) << 2);
        for (let k: u32 = 0; k < depth; k++) {
          v128.store(to, f32x4.mul(v128.load(from), scales));
          from += channelBytes;
          to += PANEL_ROWS << 2;
        }
      }
    }
  }
}

/**
 * Parameters: support maps, scales (addresses); channels, positions of a map; ε; floats between the scales of two maps,
 * a multiple of 4. Units are chunks of positions of all maps.
 */
export function supportScales(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 2), positions = <u32>sizeAt(params, 3), scaleStride = <u32>sizeAt(params, 5);
  const channelBytes = <usize>positions << 2;
  const chunks = (positions + CHUNK - 1) / CHUNK;
  for (let unit = begin; unit < end; unit++) {
    const map = unit / chunks, first = unit % chunks * CHUNK;
    const maps = pointerAt(params, 0) + <usize>map * channels * channelBytes;
    const scales = pointerAt(params, 1) + (<usize>map * scaleStride << 2);
    for (let position = first; position < min(first + CHUNK, positions); position += 4) {
      const at = <usize>position << 2;
      v128.store(scales + at, unitScales(maps + at, channelBytes, channels, floatAt(params, 4)));
    }
  }
}

/**
 * Lists the support positions whose vector is not zero, which are those that take part.
 * Parameters: scales, counts, lists (addresses); positions of a map; words between the scales of two maps and between
 * two lists, a multiple of 8. A list ends with zeros up to a whole panel. Units are maps.
 */
export function activeSupports(params: usize, begin: u32, end: u32, scratch: usize): void {
  const positions = <u32>sizeAt(params, 3), stride = <u32>sizeAt(params, 4);
  for (let map = begin; map < end; map++) {
    const scales = pointerAt(params, 0) + (<usize>map * stride << 2);
    const list = pointerAt(params, 2) + (<usize>map * stride << 2);
    let count: u32 = 0;
    for (let position: u32 = 0; position < positions; position++) {
      if (f32.load(scales + (<usize>position << 2)) == 0) continue;
      store<u32>(list + (<usize>count << 2), position);
      count++;
    }
    store<u32>(pointerAt(params, 1) + (<usize>map << 2), count);
    for (; count % PANEL_COLUMNS != 0; count++) store<u32>(list + (<usize>count << 2), 0);
  }
}

/**
 * Parameters: support maps, scales, counts, lists, panels (addresses); channels, positions of a map; words between the
 * scales of two maps, between two lists, and columns of a map's panels. Units are column panels of all maps; those
 * beyond the active positions have nothing to do.
 * Layout of a map's panels: depth block, column panel, depth, column.
 */
export function packSupports(params: usize, begin: u32, end: u32, scratch: usize): void {
  const channels = <u32>sizeAt(params, 5), positions = <u32>sizeAt(params, 6), stride = <u32>sizeAt(params, 7);
  const channelBytes = <usize>positions << 2;
  const panelsOfMap = stride / PANEL_COLUMNS;
  for (let unit = begin; unit < end; unit++) {
    const map = unit / panelsOfMap, first = unit % panelsOfMap * PANEL_COLUMNS;
    if (first >= load<u32>(pointerAt(params, 2) + (<usize>map << 2))) continue;
    const maps = pointerAt(params, 0) + <usize>map * channels * channelBytes;
    const scales = pointerAt(params, 1) + (<usize>map * stride << 2);
    const list = pointerAt(params, 3) + (<usize>(map * stride + first) << 2);
    const panels = pointerAt(params, 4) + (<usize>map * stride * channels << 2);
    for (let half: u32 = 0; half < PANEL_COLUMNS; half += 4) {
      const columns = v128.load(list + (half << 2));
      let from = maps;
      for (let block: u32 = 0; block < channels; block += DEPTH) {
        const depth = min(DEPTH, channels - block);
        const to = panels + (<usize>(block * stride + first * depth + half) << 2);
        packColumns(from, channelBytes, columns, gather(scales, columns), depth, to);
        from += <usize>depth * channelBytes;
      }
    }
  }
}

/** to[k·PANEL_COLUMNS + lane] = scales[lane] · from[k, columns[lane]] */
// @ts-ignore: decorator
@inline
function packColumns(from: usize, channelBytes: usize, columns: v128, scales: v128, depth: u32, to: usize): void {
  if (areConsecutive(columns)) {
    from += i32x4.extract_lane(columns, 0) << 2;
    for (let k: u32 = 0; k < depth; k++) {
      v128.store(to, f32x4.mul(v128.load(from), scales));
      from += channelBytes;
      to += PANEL_COLUMNS << 2;
    }
  } else {
    for (let k: u32 = 0; k < depth; k++) {
      v128.store(to, f32x4.mul(gather(from, columns), scales));
      from += channelBytes;
      to += PANEL_COLUMNS << 2;
    }
  }
}

/** from[columns[lane]] */
// @ts-ignore: decorator
@inline
function gather(from: usize, columns: v128): v128 {
  let values = v128.load32_zero(from + (i32x4.extract_lane(columns, 0) << 2));
  values = v128.load_lane<i32>(from + (i32x4.extract_lane(columns, 1) << 2), values, 1);
  values = v128.load_lane<i32>(from + (i32x4.extract_lane(columns, 2) << 2), values, 2);
  return v128.load_lane<i32>(from + (i32x4.extract_lane(columns, 3) << 2), values, 3);
}
