// What convolutions without packing read: a band of the input, copied into scratch with zeros around it, so that no tap
// has to look for the edge. Columns of the copy are sorted by their residue modulo the column step: whatever the stride,
// neighbouring outputs then see neighbouring values through each tap.
//
// `view` are the 14 words on the input of conv2d-positions.ts, with dilations that are not negative.

import { sizeAt } from './params';

/** For each tap, the distance in bytes from an output's place in the copy of a channel to what it sees. */
export function listTaps(view: usize, copyColumns: u32, to: usize): void {
  const step = <u32>sizeAt(view, 11);
  for (let i = 0; i < sizeAt(view, 6); i++) {
    for (let j = 0; j < sizeAt(view, 7); j++) {
      const row = <u32>(i * sizeAt(view, 10)), column = <u32>(j * sizeAt(view, 13));
      store<u32>(to, (row * step + column % step) * copyColumns + column / step << 2);
      to += 4;
    }
  }
}

/** `listTaps` for every channel of a group, whose copies are `copyPlane` bytes apart. */
export function listChannels(view: usize, copyColumns: u32, channels: u32, copyPlane: u32, to: usize): void {
  const taps = <u32>(sizeAt(view, 6) * sizeAt(view, 7));
  listTaps(view, copyColumns, to);
  for (let i = taps; i < channels * taps; i++) store<u32>(to + (i << 2), load<u32>(to + (i - taps << 2)) + copyPlane);
}

/** Rows `first` and on of an input plane: to[row][residue][column], zero outside of the plane. */
export function copyBand(view: usize, plane: usize, first: i32, copyRows: u32, copyColumns: u32, to: usize): void {
  const step = sizeAt(view, 11);
  memory.fill(to, 0, <usize>(copyRows * copyColumns * step) << 2);
  for (let i: u32 = 0; i < copyRows; i++) {
    const row = first + <i32>i;
    for (let residue = 0; residue < step; residue++) {
      if (<u32>row < <u32>sizeAt(view, 4)) copyResidue(view, plane, row, sizeAt(view, 12) + residue, copyColumns, to);
      to += copyColumns << 2;
    }
  }
}

/** Columns `first`, `first + step`, … of a row, as far as they exist. */
// @ts-ignore: decorator
@inline
function copyResidue(view: usize, plane: usize, row: i32, first: i32, count: u32, to: usize): void {
  const step = sizeAt(view, 11), columns = sizeAt(view, 5), columnStride = sizeAt(view, 3);
  const low = first < 0 ? (step - 1 - first) / step : 0;
  const high = first < columns ? min(<i32>count, (columns - 1 - first) / step + 1) : 0;
  let from = plane + (<usize>(row * sizeAt(view, 2) + (first + low * step) * columnStride) << 2);
  let i = low;
  if (step * columnStride == 1) {
    for (; i + 4 <= high; i += 4) {
      v128.store(to + (i << 2), v128.load(from));
      from += 16;
    }
  }
  for (; i < high; i++) {
    store<u32>(to + (i << 2), load<u32>(from));
    from += step * columnStride << 2;
  }
}

/** Stores the first `columns` of eight neighbouring outputs, or all of them; the stride in bytes. */
// @ts-ignore: decorator
@inline
export function storeEight(low: v128, high: v128, to: usize, columnStride: usize, columns: u32): void {
  if (columns >= 8 && columnStride == 4) {
    v128.store(to, low, 0);
    v128.store(to, high, 16);
  } else {
    for (let i: u32 = 0; i < min(columns, 8); i++) {
      f32.store(to, f32x4.extract_lane(low, 0));
      low = v128.shuffle<i32>(low, high, 1, 2, 3, 4);
      high = v128.shuffle<i32>(high, high, 1, 2, 3, 0);
      to += columnStride;
    }
  }
}
