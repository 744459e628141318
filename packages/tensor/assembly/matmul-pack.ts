// Brings operands of any strides into the panels that matmul-tile.ts multiplies.

import { PANEL_COLUMNS } from './matmul-tile';
import { storeTransposed } from './simd';

/**
 * Half or all of a panel: to[k·step + lane] = from[lane·laneStride + k·depthStride] (bytes) for four lanes,
 * zero from lane `lanes` on (which may be negative).
 */
export function packQuad(
  from: usize, laneStride: usize, depthStride: usize, lanes: i32, depth: u32, to: usize, step: usize,
): void {
  let k: u32 = 0;
  if (lanes >= 4 && laneStride == 4) {
    for (; k < depth; k++) {
      v128.store(to, v128.load(from));
      from += depthStride;
      to += step;
    }
  } else if (lanes >= 4 && depthStride == 4) {
    for (; k + 4 <= depth; k += 4) {
      const second = from + laneStride, third = second + laneStride, fourth = third + laneStride;
      storeTransposed(v128.load(from), v128.load(second), v128.load(third), v128.load(fourth), to, step);
      from += 16;
      to += 4 * step;
    }
  }
  for (; k < depth; k++) {
    let lane = f32x4.splat(0);
    if (lanes > 0) lane = v128.load32_zero(from);
    if (lanes > 1) lane = v128.load_lane<i32>(from + laneStride, lane, 1);
    if (lanes > 2) lane = v128.load_lane<i32>(from + 2 * laneStride, lane, 2);
    if (lanes > 3) lane = v128.load_lane<i32>(from + 3 * laneStride, lane, 3);
    v128.store(to, lane);
    from += depthStride;
    to += step;
  }
}

/** One lane of a panel: to[k·step] = from[k·depthStride] (bytes). */
// @ts-ignore: decorator
@inline
export function packLane(from: usize, depthStride: usize, depth: u32, to: usize, step: usize): void {
  for (let k: u32 = 0; k < depth; k++) {
    store<u32>(to, load<u32>(from));
    from += depthStride;
    to += step;
  }
}

/**
 * to[k·step + lane] = from[k·depthStride + 4·offsets[lane]] (bytes) for the four lanes that are `seen`, else 0;
 * `together` says that the offsets follow each other.
 */
// @ts-ignore: decorator
@inline
export function packSeen(
  from: usize, offsets: v128, together: bool, seen: v128, depthStride: usize, depth: u32, to: usize, step: usize,
): void {
  const end = to + <usize>depth * step;
  if (!v128.any_true(seen)) {
    for (; to < end; to += step) v128.store(to, i32x4.splat(0));
  } else if (together) {
    from += i32x4.extract_lane(offsets, 0) << 2;
    for (; to < end; to += step) {
      v128.store(to, v128.and(v128.load(from), seen));
      from += depthStride;
    }
  } else {
    const bytes = i32x4.shl(v128.and(offsets, seen), 2);
    const first = <usize>i32x4.extract_lane(bytes, 0), second = <usize>i32x4.extract_lane(bytes, 1);
    const third = <usize>i32x4.extract_lane(bytes, 2), fourth = <usize>i32x4.extract_lane(bytes, 3);
    for (; to < end; to += step) {
      let values = v128.load32_zero(from + first);
      values = v128.load_lane<i32>(from + second, values, 1);
      values = v128.load_lane<i32>(from + third, values, 2);
      values = v128.load_lane<i32>(from + fourth, values, 3);
      v128.store(to, v128.and(values, seen));
      from += depthStride;
    }
  }
}

/** `columns` columns of a right operand, `depth` deep: panel after panel, the last one filled up with zeros. */
export function packColumns(
  from: usize, laneStride: usize, depthStride: usize, columns: u32, depth: u32, to: usize,
): void {
  let done: u32 = 0;
  if (laneStride == 4) {
    // Row by row, two rows at a time, which fill a cache line of each panel: down a panel, rows that are a power
    // of two apart would push each other out of the cache.
    done = columns / PANEL_COLUMNS * PANEL_COLUMNS;
    copyRows(from, depthStride, done / PANEL_COLUMNS, depth, to);
  }
  for (let lane = done; lane < columns; lane += 4) {
    const quad = to + (<usize>(lane / PANEL_COLUMNS * PANEL_COLUMNS * depth + lane % PANEL_COLUMNS) << 2);
    packQuad(from + <usize>lane * laneStride, laneStride, depthStride, columns - lane, depth, quad, PANEL_COLUMNS << 2);
  }
  const rest = columns % PANEL_COLUMNS;
  if (rest != 0 && rest <= 4) {
    packQuad(from, 0, 0, 0, depth, to + (<usize>(columns - rest) * depth << 2) + 16, PANEL_COLUMNS << 2);
  }
}

/** The whole panels of `packColumns`, from rows whose values lie side by side. */
function copyRows(from: usize, rowStride: usize, panels: u32, depth: u32, to: usize): void {
  const panelBytes = <usize>depth * PANEL_COLUMNS << 2;
  let k: u32 = 0;
  for (; k + 2 <= depth; k += 2) {
    let row = from, next = from + rowStride, target = to;
    for (let panel: u32 = 0; panel < panels; panel++) {
      v128.store(target, v128.load(row), 0);
      v128.store(target, v128.load(row, 16), 16);
      v128.store(target, v128.load(next), 32);
      v128.store(target, v128.load(next, 16), 48);
      row += PANEL_COLUMNS << 2;
      next += PANEL_COLUMNS << 2;
      target += panelBytes;
    }
    from += 2 * rowStride;
    to += 64;
  }
  if (k < depth) {
    for (let panel: u32 = 0; panel < panels; panel++) {
      v128.store(to, v128.load(from), 0);
      v128.store(to, v128.load(from, 16), 16);
      from += PANEL_COLUMNS << 2;
      to += panelBytes;
    }
  }
}
