// Linear maps along both axes of the planes of [N, C, H, W]: bilinear resizing, average pooling, and their adjoints.

import { pointerAt, sizeAt } from './params';
import { madd } from './simd';

/**
 * out[y, x] = Σ_i rows[y, i] Σ_j columns[x, j] in[i, j], each map given by its taps: element y takes the inputs
 * start, start + 1… with one weight each.
 *
 * Parameters: in, out, H and W of the input, H and W of the output, words of a tap list along the rows and along the
 * columns, then the lists for each output row, then for each output column: start, count, weights (float32).
 * Units are rows of the output. Scratch: W words (of the input), a row after the map down the columns.
 */
export function resample(params: usize, begin: u32, end: u32, scratch: usize): void {
  const input = pointerAt(params, 0), out = pointerAt(params, 1);
  const height = sizeAt(params, 2), width = sizeAt(params, 3);
  const outHeight = sizeAt(params, 4), outWidth = sizeAt(params, 5);
  const rowTaps = (<usize>sizeAt(params, 6)) << 2, columnTaps = (<usize>sizeAt(params, 7)) << 2;
  const rows = params + 32, columns = rows + rowTaps * <usize>outHeight;
  const rowBytes = (<usize>width) << 2;

  for (let unit = begin; unit < end; unit++) {
    const plane = input + <usize>(unit / outHeight) * <usize>height * rowBytes;
    const taps = rows + rowTaps * <usize>(unit % outHeight);
    combineRows(plane + <usize>sizeAt(taps, 0) * rowBytes, rowBytes, taps + 8, sizeAt(taps, 1), scratch, width);

    const target = out + ((<usize>(unit * outWidth)) << 2);
    let list = columns;
    for (let column = 0; column < outWidth; column++) {
      const from = scratch + ((<usize>sizeAt(list, 0)) << 2);
      const count = (<usize>sizeAt(list, 1)) << 2;
      let sum: f32 = 0;
      for (let at: usize = 0; at < count; at += 4) sum += load<f32>(list + at, 8) * load<f32>(from + at);
      store<f32>(target + ((<usize>column) << 2), sum);
      list += columnTaps;
    }
  }
}

/** to[i] = Σ_k weights[k] row_k[i] */
// @ts-ignore: decorator
@inline
function combineRows(from: usize, rowBytes: usize, weights: usize, count: i32, to: usize, width: i32): void {
  let column = 0;
  for (; column + 4 <= width; column += 4) {
    let sum = f32x4.splat(0);
    let at = from;
    for (let k = 0; k < count; k++) {
      sum = madd(v128.load32_splat(weights + ((<usize>k) << 2)), v128.load(at), sum);
      at += rowBytes;
    }
    v128.store(to, sum);
    from += 16;
    to += 16;
  }
  for (; column < width; column++) {
    let sum: f32 = 0;
    let at = from;
    for (let k = 0; k < count; k++) {
      sum += load<f32>(weights + ((<usize>k) << 2)) * load<f32>(at);
      at += rowBytes;
    }
    store<f32>(to, sum);
    from += 4;
    to += 4;
  }
}
