// Vector times matrix, y[j] = Σₖ x[k]·B[k,j], straight from B's memory: each value of B is used once, so that
// packing it would cost more than the product.

import { batchOffset } from './matmul-batch';
import { pointerAt, sizeAt } from './params';
import { madd, sumLanes } from './simd';

/**
 * Parameters: x, B, y (addresses); n, k; x's stride; B's strides along k and n, one of which is 1; columns of
 * a block, a multiple of 4; the number of batch axes, then for each: size, stride of x, stride of B.
 * Strides in elements. Units are blocks of y. Scratch: k + columns of a block, both rounded up to 4 values.
 */
export function matmulVector(params: usize, begin: u32, end: u32, scratch: usize): void {
  const n = <u32>sizeAt(params, 3), k = <u32>sizeAt(params, 4);
  const xStride = sizeAt(params, 5) << 2, depthStride = sizeAt(params, 6) << 2, laneStride = sizeAt(params, 7) << 2;
  const block = <u32>sizeAt(params, 8);
  const blocks = (n + block - 1) / block;
  const sums = scratch + (<usize>(k + 3 & ~3) << 2);
  for (let unit = begin; unit < end; unit++) {
    const column = unit % blocks * block, batch = unit / blocks;
    const columns = min(block, n - column);
    const axes = params + (10 << 2), rank = sizeAt(params, 9);
    const x = pointerAt(params, 0) + (<usize>batchOffset(axes, rank, batch, 1) << 2);
    const b = pointerAt(params, 1) + (<usize>batchOffset(axes, rank, batch, 2) << 2) + column * laneStride;
    const y = pointerAt(params, 2) + (<usize>(batch * n + column) << 2);
    for (let i: u32 = 0; i < k; i++) f32.store(scratch + (i << 2), f32.load(x + i * xStride));
    if (laneStride == 4) {
      addRows(scratch, b, depthStride, k, columns, sums);
      memory.copy(y, sums, columns << 2);
    } else {
      for (let j: u32 = 0; j < columns; j++) f32.store(y + (j << 2), dot(scratch, b + j * laneStride, k));
    }
  }
}

/** sums[j] = Σₖ x[k]·B[k,j], four rows of B at a time, so that the sums are loaded and stored less often. */
function addRows(x: usize, b: usize, depthStride: usize, k: u32, columns: u32, sums: usize): void {
  memory.fill(sums, 0, columns + 3 << 2);
  let i: u32 = 0;
  for (; i + 4 <= k; i += 4) {
    const x0 = v128.load32_splat(x, 0), x1 = v128.load32_splat(x, 4);
    const x2 = v128.load32_splat(x, 8), x3 = v128.load32_splat(x, 12);
    const second = b + depthStride, third = second + depthStride, fourth = third + depthStride;
    for (let j: usize = 0; j < columns << 2; j += 16) {
      let sum = madd(x0, v128.load(b + j), v128.load(sums + j));
      sum = madd(x1, v128.load(second + j), sum);
      sum = madd(x2, v128.load(third + j), sum);
      v128.store(sums + j, madd(x3, v128.load(fourth + j), sum));
    }
    x += 16;
    b = fourth + depthStride;
  }
  for (; i < k; i++) {
    const x0 = v128.load32_splat(x);
    for (let j: usize = 0; j < columns << 2; j += 16) {
      v128.store(sums + j, madd(x0, v128.load(b + j), v128.load(sums + j)));
    }
    x += 4;
    b += depthStride;
  }
}

/** Σₖ x[k]·y[k] of contiguous values, in 16 partial sums. */
function dot(x: usize, y: usize, k: u32): f32 {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
  let i: u32 = 0;
  for (; i + 16 <= k; i += 16) {
    s0 = madd(v128.load(x, 0), v128.load(y, 0), s0);
    s1 = madd(v128.load(x, 16), v128.load(y, 16), s1);
    s2 = madd(v128.load(x, 32), v128.load(y, 32), s2);
    s3 = madd(v128.load(x, 48), v128.load(y, 48), s3);
    x += 64;
    y += 64;
  }
  let sum = sumLanes(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
  for (; i < k; i++) {
    sum += f32.load(x) * f32.load(y);
    x += 4;
    y += 4;
  }
  return sum;
}
