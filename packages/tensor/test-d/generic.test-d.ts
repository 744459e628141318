/**
 * Code over shapes that are type parameters compiles without a cast: what its types leave open is checked at run
 * time, and a call with literal shapes has a literal result.
 */
import { zeros } from '../src/create.ts';
import {
  adaptiveAvgPool2d,
  add,
  broadcastTo,
  channelDropout,
  concat,
  conv2d,
  convTranspose2d,
  cumsum,
  einsum,
  flip,
  gather,
  gridSample,
  layerNorm,
  matmul,
  mul,
  norm,
  pad,
  permute,
  pow,
  relu,
  reshape,
  slice,
  sort,
  split,
  stack,
  sum,
  topK,
  transpose,
} from '../src/ops/index.ts';
import { key } from '../src/random.ts';
import type { Shape } from '../src/shape/shape.ts';
import type { Tensor } from '../src/tensor.ts';
import { exactly } from './support.ts';

export function residual<S extends Shape>(x: Tensor<S, 'float32'>, scale: Tensor<Shape, 'float32'>) {
  mul(x, scale);
  const y = add(relu(x), x);
  return add(sum(y, { axes: -1, keepDims: true }), y);
}
exactly<readonly [2, 3]>()(residual(zeros([2, 3]), zeros([3])));

/** y = x·wᵀ + b, where the types carry the sizes through. */
export function linear<N extends number, In extends number, Out extends number>(
  x: Tensor<readonly [N, In], 'float32'>,
  weight: Tensor<readonly [Out, In], 'float32'>,
  bias: Tensor<readonly [Out], 'float32'>,
): Tensor<readonly [N, Out], 'float32'> {
  const y = matmul(x, weight, { transposeB: true });
  add(y, bias);
  return y;
}
exactly<readonly [5, 7]>()(linear(zeros([5, 3]), zeros([7, 3]), zeros([7])));

/** What is wrong whatever the parameters are is still found. */
export function wrong<N extends number>(x: Tensor<readonly [N, 3], 'float32'>): void {
  // @ts-expect-error [add] shapes [?,3] and [4] do not broadcast: axis -1 is 3 against 4
  add(x, zeros([4]));
  // @ts-expect-error [sum] axis 2 is out of range for x [?,3]
  sum(x, { axes: 2 });
  // @ts-expect-error [matmul] the inner sizes are 3 and 4
  matmul(x, zeros([4, 5]));
}

export function everything<S extends Shape>(x: Tensor<S, 'float32'>): Tensor<Shape, 'float32'> {
  add(x, zeros([4]));
  broadcastTo(x, [3, 3]);
  reshape(x, [2, 3]);
  permute(x, [1, 0]);
  transpose(x, 0, 1);
  slice(x, [[1, 2]]);
  pad(x, [[1, 1]]);
  concat([x, x, zeros([2])], 0);
  stack([x, x], 0);
  matmul(x, x);
  conv2d(x, zeros([4, 3, 3, 3]), { bias: zeros([4]) });
  pow(x, 2);
  cumsum(norm(x, { axes: 1, p: 1 }), 0);
  flip(x, { axes: 1 });
  split(x, [1, 2], 0);
  gather(x, zeros([2, 3], { dtype: 'int32' }), 0);
  einsum('ij,jk->ik', x, zeros([3, 4]));
  topK(sort(x, { axis: 1 }).values, 3);
  convTranspose2d(x, zeros([3, 4, 3, 3]), { bias: zeros([4]) });
  adaptiveAvgPool2d(x, [2, 2]);
  gridSample(x, zeros([1, 4, 4, 2]));
  layerNorm(x, [3, 4], { weight: zeros([3, 4]) });
  channelDropout(x, key(1));
  return sum(x, { axes: [0, 1] });
}
