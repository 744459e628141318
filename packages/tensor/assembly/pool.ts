// Max pooling over [N, C, H, W], planes [H, W] one after another.
//
// Parameters: x, cotangent (the backward kernel only), out, H, W, height and width of the pooled planes, of the window,
// of its stride, of the padding in front, and the distance between elements of a window (the dilation); then the elements
// that windows reach behind a row (the forward kernel only).

import { pointerAt, sizeAt } from './params';

/**
 * Largest element of each window; padding takes no part. Units are rows of the output.
 * Scratch: the maxima of a row's windows down each column of the input, between margins of -∞ as wide as the padding in
 * front and as what windows reach behind.
 */
export function max_pool2d(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), out = pointerAt(params, 2);
  const height = sizeAt(params, 3), width = sizeAt(params, 4);
  const pooledHeight = sizeAt(params, 5), pooledWidth = sizeAt(params, 6);
  const windowHeight = sizeAt(params, 7), windowWidth = sizeAt(params, 8);
  const strideY = sizeAt(params, 9), strideX = sizeAt(params, 10);
  const paddingY = sizeAt(params, 11), paddingX = sizeAt(params, 12);
  const dilationY = sizeAt(params, 13), dilationX = sizeAt(params, 14), behind = sizeAt(params, 15);
  const rowBytes = (<usize>width) << 2;
  const columns = scratch + ((<usize>paddingX) << 2);
  for (let i: usize = 0; i < <usize>paddingX << 2; i += 4) store<f32>(scratch + i, -Infinity);
  for (let i: usize = 0; i < <usize>behind << 2; i += 4) store<f32>(columns + rowBytes + i, -Infinity);

  for (let unit = begin; unit < end; unit++) {
    const plane = x + <usize>(unit / pooledHeight) * <usize>height * rowBytes;
    const top = <i32>(unit % pooledHeight) * strideY - paddingY;
    const first = firstInside(top, dilationY);
    const last = min(top + (windowHeight - 1) * dilationY + 1, height);
    const rows = (last - first + dilationY - 1) / dilationY;
    maximaDown(plane + <usize>first * rowBytes, rowBytes * dilationY, rows, columns, width);
    maximaAcross(scratch, strideX, windowWidth, dilationX, out + ((<usize>(unit * pooledWidth)) << 2), pooledWidth);
  }
}

/** The first place from `start` on, in steps, that is not in front of the image. */
// @ts-ignore: decorator
@inline
function firstInside(start: i32, step: i32): i32 {
  return start >= 0 ? start : start + (step - 1 - start) / step * step;
}

/** to[i] = the largest of `count` elements from i · stride on, `dilation` apart. */
// @ts-ignore: decorator
@inline
function maximaAcross(from: usize, stride: i32, count: i32, dilation: i32, to: usize, length: i32): void {
  const step = (<usize>stride) << 2, apart = (<usize>dilation) << 2, span = apart * count;
  let i = 0;
  // All four windows end within the row.
  if (stride <= 2) for (; i + 4 <= length; i += 4) {
    let best = f32x4.splat(-Infinity);
    for (let at = from; at < from + span; at += apart) best = f32x4.max(best, fourFrom(at, stride));
    v128.store(to, best);
    from += 4 * step;
    to += 16;
  }
  for (; i < length; i++) {
    let best: f32 = -Infinity;
    for (let at = from; at < from + span; at += apart) best = max<f32>(best, load<f32>(at));
    store<f32>(to, best);
    from += step;
    to += 4;
  }
}

/** Four elements, next to each other or every second; reads one element more than it takes then. */
// @ts-ignore: decorator
@inline
function fourFrom(at: usize, stride: i32): v128 {
  const first = v128.load(at);
  return stride == 1 ? first : v128.shuffle<i32>(first, v128.load(at, 16), 0, 2, 4, 6);
}

/** to[i] = the largest element of column i; rows are `rowBytes` apart. */
// @ts-ignore: decorator
@inline
function maximaDown(from: usize, rowBytes: usize, rows: i32, to: usize, columns: i32): void {
  let column = 0;
  for (; column + 4 <= columns; column += 4) {
    let best = v128.load(from);
    let at = from + rowBytes;
    for (let row = 1; row < rows; row++) {
      best = f32x4.max(best, v128.load(at));
      at += rowBytes;
    }
    v128.store(to, best);
    from += 16;
    to += 16;
  }
  for (; column < columns; column++) {
    let best = load<f32>(from);
    let at = from + rowBytes;
    for (let row = 1; row < rows; row++) {
      best = max<f32>(best, load<f32>(at));
      at += rowBytes;
    }
    store<f32>(to, best);
    from += 4;
    to += 4;
  }
}

/**
 * Hands each window's cotangent to its first maximum (or its last NaN). Windows are visited in order, so the sums are
 * fixed. Units are planes.
 */
export function max_pool2d_gradient(params: usize, begin: u32, end: u32, scratch: usize): void {
  const x = pointerAt(params, 0), out = pointerAt(params, 2);
  const height = sizeAt(params, 3), width = sizeAt(params, 4);
  const pooledHeight = sizeAt(params, 5), pooledWidth = sizeAt(params, 6);
  const windowHeight = sizeAt(params, 7), windowWidth = sizeAt(params, 8);
  const strideY = sizeAt(params, 9), strideX = sizeAt(params, 10);
  const paddingY = sizeAt(params, 11), paddingX = sizeAt(params, 12);
  const dilationY = sizeAt(params, 13), dilationX = sizeAt(params, 14);
  const planeBytes = (<usize>(height * width)) << 2;
  let cotangent = pointerAt(params, 1) + ((<usize>(begin * pooledHeight * pooledWidth)) << 2);

  for (let unit = begin; unit < end; unit++) {
    const plane = x + <usize>unit * planeBytes;
    const target = out + <usize>unit * planeBytes;
    memory.fill(target, 0, planeBytes);
    for (let row = 0; row < pooledHeight; row++) {
      const top = row * strideY - paddingY;
      const firstRow = firstInside(top, dilationY);
      const lastRow = min(top + (windowHeight - 1) * dilationY + 1, height);
      for (let column = 0; column < pooledWidth; column++) {
        const left = column * strideX - paddingX;
        const firstColumn = firstInside(left, dilationX);
        const lastColumn = min(left + (windowWidth - 1) * dilationX + 1, width);
        let winner = <usize>(firstRow * width + firstColumn) << 2;
        let best: f32 = -Infinity;
        for (let y = firstRow; y < lastRow; y += dilationY) {
          let at = <usize>(y * width + firstColumn) << 2;
          for (let i = firstColumn; i < lastColumn; i += dilationX) {
            const value = load<f32>(plane + at);
            if (value > best || value != value) {
              best = value;
              winner = at;
            }
            at += (<usize>dilationX) << 2;
          }
        }
        store<f32>(target + winner, load<f32>(target + winner) + load<f32>(cotangent));
        cotangent += 4;
      }
    }
  }
}
