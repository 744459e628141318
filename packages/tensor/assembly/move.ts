// Moving words without looking at them: strided copies, fills, picking rows. Serves every element type.

import { placeOf } from './indices';
import { pointerAt, sizeAt } from './params';
import { storeTransposed } from './simd';

/** Copies a contiguous run of words. */
// @ts-ignore: decorator
@inline
function copyRun(from: usize, to: usize, count: i32): void {
  let left = count;
  for (; left >= 16; left -= 16) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
    from += 64;
    to += 64;
  }
  for (; left >= 4; left -= 4) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  for (; left > 0; left--) {
    store<u32>(to, load<u32>(from));
    from += 4;
    to += 4;
  }
}

/** Writes one word `count` times. */
// @ts-ignore: decorator
@inline
function fillRun(word: u32, to: usize, count: i32): void {
  const four = i32x4.splat(word);
  let left = count;
  for (; left >= 4; left -= 4) {
    v128.store(to, four);
    to += 16;
  }
  for (; left > 0; left--) {
    store<u32>(to, word);
    to += 4;
  }
}

/** Fills a contiguous array. Parameters: out, word. Units are words. */
export function fill_word(params: usize, begin: u32, end: u32, scratch: usize): void {
  fillRun(<u32>sizeAt(params, 1), pointerAt(params, 0) + ((<usize>begin) << 2), <i32>(end - begin));
}

/** One by one, with any strides (in bytes). */
// @ts-ignore: decorator
@inline
function copyWords(from: usize, fromStep: usize, to: usize, toStep: usize, count: i32): void {
  for (let i = 0; i < count; i++) {
    store<u32>(to, load<u32>(from));
    from += fromStep;
    to += toStep;
  }
}

/**
 * A rectangle whose rows are neighbours in the input and whose columns are neighbours in the output,
 * transposed in blocks of 4×4. The other strides are in bytes.
 */
// @ts-ignore: decorator
@inline
function transpose(from: usize, fromColumn: usize, to: usize, toRow: usize, rows: i32, columns: i32): void {
  const wholeRows = rows & ~3, wholeColumns = columns & ~3;
  for (let column = 0; column < wholeColumns; column += 4) {
    let source = from + <usize>column * fromColumn;
    let target = to + ((<usize>column) << 2);
    for (let row = 0; row < wholeRows; row += 4) {
      storeTransposed(
        v128.load(source), v128.load(source + fromColumn),
        v128.load(source + 2 * fromColumn), v128.load(source + 3 * fromColumn), target, toRow,
      );
      source += 16;
      target += 4 * toRow;
    }
  }
  for (let row = 0; row < wholeRows; row++) {
    const source = from + ((<usize>row) << 2) + <usize>wholeColumns * fromColumn;
    copyWords(source, fromColumn, to + <usize>row * toRow + ((<usize>wholeColumns) << 2), 4, columns - wholeColumns);
  }
  for (let row = wholeRows; row < rows; row++) {
    copyWords(from + ((<usize>row) << 2), fromColumn, to + <usize>row * toRow, 4, columns);
  }
}

/**
 * Copies between two arrays under any strides: out[o + Σ iₐ toₐ] = in[o' + Σ iₐ fromₐ] for all indices i.
 *
 * Two of the axes, rows and columns, span the rectangles that are moved at once, in tiles; the rest are the outer axes.
 * Parameters: in, out, rows, their strides in and out, columns, their strides in and out, rows and columns of a tile,
 * number of outer axes, then for each, outermost first: size, stride in, stride out; strides in bytes.
 * Units are tiles. Scratch: a word for each outer axis.
 */
export function copy_strided(params: usize, begin: u32, end: u32, scratch: usize): void {
  let from = pointerAt(params, 0);
  let to = pointerAt(params, 1);
  const rows = sizeAt(params, 2), fromRow = pointerAt(params, 3), toRow = pointerAt(params, 4);
  const columns = sizeAt(params, 5), fromColumn = pointerAt(params, 6), toColumn = pointerAt(params, 7);
  const tileRows = sizeAt(params, 8), tileColumns = sizeAt(params, 9);
  const outer = sizeAt(params, 10);
  const axes = params + 44;

  const across = <u32>((columns + tileColumns - 1) / tileColumns);
  const down = <u32>((rows + tileRows - 1) / tileRows);
  let column = <i32>(begin % across) * tileColumns;
  let rest = begin / across;
  let row = <i32>(rest % down) * tileRows;
  rest /= down;
  for (let axis = outer - 1; axis >= 0; axis--) {
    const size = <u32>sizeAt(axes, 3 * axis);
    const index = rest % size;
    rest /= size;
    store<u32>(scratch + ((<usize>axis) << 2), index);
    from += index * pointerAt(axes, 3 * axis + 1);
    to += index * pointerAt(axes, 3 * axis + 2);
  }

  for (let unit = begin; unit < end; unit++) {
    const height = min(tileRows, rows - row), width = min(tileColumns, columns - column);
    let source = from + <usize>row * fromRow + <usize>column * fromColumn;
    let target = to + <usize>row * toRow + <usize>column * toColumn;
    if (toColumn == 4 && fromColumn > 4 && fromRow == 4) {
      transpose(source, fromColumn, target, toRow, height, width);
    } else {
      for (let i = 0; i < height; i++) {
        if (toColumn == 4 && fromColumn == 4) copyRun(source, target, width);
        else if (toColumn == 4 && fromColumn == 0) fillRun(load<u32>(source), target, width);
        else copyWords(source, fromColumn, target, toColumn, width);
        source += fromRow;
        target += toRow;
      }
    }

    column += tileColumns;
    if (column < columns) continue;
    column = 0;
    row += tileRows;
    if (row < rows) continue;
    row = 0;
    for (let axis = outer - 1; axis >= 0; axis--) {
      const counter = scratch + ((<usize>axis) << 2);
      const size = <u32>sizeAt(axes, 3 * axis);
      const index = load<u32>(counter) + 1;
      from += pointerAt(axes, 3 * axis + 1);
      to += pointerAt(axes, 3 * axis + 2);
      store<u32>(counter, index);
      if (index < size) break;
      store<u32>(counter, 0);
      from -= size * pointerAt(axes, 3 * axis + 1);
      to -= size * pointerAt(axes, 3 * axis + 2);
    }
  }
}

/**
 * Picks rows: out[o, k, :] = x[o, index[k], :].
 * Parameters: x, index, out, size (of x along the axis), count (of indices), inner (words of a row).
 * Units are rows of the output.
 */
export function index_select(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), indices = pointerAt(params, 1), out = pointerAt(params, 2);
  const size = sizeAt(params, 3), count = sizeAt(params, 4), inner = sizeAt(params, 5);
  let outer = <i32>begin / count;
  let k = <i32>begin % count;
  for (let row = begin; row < end; row++) {
    const place = placeOf(load<i32>(indices + ((<usize>k) << 2)), size);
    const source = x + ((<usize>((outer * size + place) * inner)) << 2);
    copyRun(source, out + ((<usize>(row * inner)) << 2), inner);
    if (++k == count) {
      k = 0;
      outer++;
    }
  }
}

/**
 * Adds rows of float32 up: out[o, index[k], :] = Σ_k source[o, k, :], k ascending, 0 where no index points.
 * Parameters: source, index, out, size (of out along the axis), count (of indices), inner (words of a row).
 * Units are the columns (o, i) of the output.
 */
export function index_add(params: usize, begin: u32, end: u32, scratch: usize): void {
  const source = pointerAt(params, 0), indices = pointerAt(params, 1), out = pointerAt(params, 2);
  const size = sizeAt(params, 3), count = sizeAt(params, 4), inner = sizeAt(params, 5);
  const step = (<usize>inner) << 2;
  let unit = begin;
  while (unit < end) {
    const outer = unit / inner, column = unit % inner;
    const width = <i32>min(inner - column, end - unit);
    const target = out + ((<usize>(outer * size * inner + column)) << 2);
    for (let place = 0; place < size; place++) fillRun(0, target + <usize>place * step, width);
    let from = source + ((<usize>(outer * count * inner + column)) << 2);
    for (let k = 0; k < count; k++) {
      addRun(from, target + <usize>placeOf(load<i32>(indices + ((<usize>k) << 2)), size) * step, width);
      from += step;
    }
    unit += width;
  }
}

// @ts-ignore: decorator
@inline
function addRun(from: usize, to: usize, count: i32): void {
  let left = count;
  for (; left >= 4; left -= 4) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  for (; left > 0; left--) {
    store<f32>(to, load<f32>(to) + load<f32>(from));
    from += 4;
    to += 4;
  }
}
