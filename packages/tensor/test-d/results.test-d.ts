/** What the compiler knows of results: exactly this, of literal shapes and of open ones. */
import { arange, linspace, tensor, zeros } from '../src/create.ts';
import {
  adaptiveAvgPool2d,
  avgPool1d,
  avgPool3d,
  conv1d,
  conv3d,
  convTranspose1d,
  convTranspose3d,
  maxPool1d,
  maxPool3d,
  add,
  argMax,
  argMin,
  argSort,
  avgPool2d,
  broadcastTo,
  concat,
  conv2d,
  convTranspose2d,
  crossEntropy,
  cumsum,
  einsum,
  flip,
  gather,
  gelu,
  gridSample,
  indexSelect,
  l2Normalize,
  layerNorm,
  logSumExp,
  matmul,
  max,
  maxPool2d,
  min,
  mod,
  nllLoss,
  norm,
  oneHot,
  pad,
  permute,
  pixelShuffle,
  pixelUnshuffle,
  pow,
  prelu,
  prod,
  relu,
  reshape,
  resizeBicubic,
  resizeBilinear,
  resizeNearest,
  scatterAdd,
  slice,
  sort,
  split,
  stack,
  sum,
  tile,
  topK,
  transpose,
  tril,
  variance,
  where,
} from '../src/ops/index.ts';
import type { NestedData } from '../src/shape/nested.ts';
import type { Shape } from '../src/shape/shape.ts';
import type { Tensor } from '../src/tensor.ts';
import { exactly } from './support.ts';

/** Labels document axes; rules look at sizes alone. */
type Image = readonly [batch: number, channel: 3, height: number, width: number];

declare const count: number;
declare const rows: readonly (readonly number[])[];
declare const nested: NestedData;
declare const flag: boolean;
declare const anyShape: Tensor<Shape, 'float32'>;
declare const image: Tensor<Image, 'float32'>;
declare const several: readonly Tensor<readonly [2, 3], 'float32'>[];
declare const index: Tensor<readonly [5], 'int32'>;
declare const positions: Tensor<readonly [2, 9], 'int32'>;

const matrix = zeros([2, 3]);
const photo = zeros([8, 3, 64, 48]);

exactly<readonly [2, 3]>()(matrix);
exactly<readonly [2, 3], 'int32'>()(zeros([2, 3], { dtype: 'int32' }));
exactly<readonly [2, number]>()(zeros([2, count]));
exactly<readonly [2, 2]>()(
  tensor([
    [1, 2],
    [3, 4],
  ]),
);
exactly<readonly []>()(tensor(4));
exactly<readonly [2, 0]>()(tensor([[], []]));
exactly<readonly [number, number]>()(tensor(rows));
exactly<Shape>()(tensor(nested));
exactly<readonly [5]>()(arange(5));
exactly<readonly [number], 'int32'>()(arange(count, { dtype: 'int32' }));
exactly<readonly [number]>()(arange(2.5));
exactly<readonly [number]>()(arange(-3));
exactly<readonly [number]>()(arange(0, 6, 2));
exactly<readonly [7]>()(linspace(0, 1, 7));
exactly<readonly [number]>()(linspace(0, 1, count));

// Elementwise: a literal beside an open size decides, unless it is 1.
exactly<readonly [2, 3]>()(add(matrix, zeros([3])));
exactly<readonly [2, 3]>()(add(matrix, 1));
exactly<readonly [2, 3]>()(add(1, matrix));
exactly<readonly [4, 2, 3]>()(add(matrix, zeros([4, 1, 1])));
exactly<Image>()(relu(image));
exactly<readonly [number, 3, 64, number]>()(add(image, zeros([1, 64, 1])));
exactly<readonly [number, 3, number, number]>()(add(image, zeros([3, 1, 1])));
exactly<Shape>()(add(anyShape, matrix));
exactly<readonly [2, 3]>()(where(zeros([3], { dtype: 'bool' }), matrix, 0));
exactly<readonly [4, 2, 3]>()(broadcastTo(matrix, [4, 2, 3]));
exactly<readonly [4, 2, 3]>()(broadcastTo(anyShape, [4, 2, 3]));

// Reductions: one axis, several, or all; literal, open, or of an open rank.
exactly<readonly []>()(sum(matrix));
exactly<readonly [1, 1]>()(sum(matrix, { keepDims: true }));
exactly<readonly [2]>()(sum(matrix, { axes: -1 }));
exactly<readonly [2, 1]>()(sum(matrix, { axes: [1], keepDims: true }));
exactly<readonly [8, 3]>()(sum(photo, { axes: [2, -1] }));
exactly<readonly [number, number]>()(sum(image, { axes: [1, 2] }));
exactly<readonly [2, 3]>()(sum(matrix, { axes: [] }));
exactly<readonly [3]>()(max(matrix, { axes: 0 }));
exactly<readonly [2, 1], 'int32'>()(argMax(matrix, { axes: 1, keepDims: true }));
exactly<readonly [2], 'int32'>()(argMax(matrix, { axes: 1, selectLast: true }));
exactly<readonly [2, 1], 'int32'>()(argMin(matrix, { axes: 1, keepDims: true }));
exactly<readonly [2]>()(min(matrix, { axes: 1 }));
exactly<readonly [3]>()(prod(matrix, { axes: [-2] }));
exactly<readonly [8, 1, 1, 48]>()(variance(photo, { axes: [1, 2], keepDims: true, correction: 0 }));
exactly<readonly [number, number]>()(norm(image, { axes: [1, 2], p: Infinity }));
exactly<readonly []>()(logSumExp(matrix));
exactly<Image>()(cumsum(image, -1));
exactly<Image>()(gelu(image, { approximate: 'tanh' }));
exactly<readonly [4, 2, 3]>()(pow(matrix, zeros([4, 1, 1])));
exactly<readonly [2, 3]>()(pow(2, matrix));
exactly<Image>()(l2Normalize(image, 1, { eps: 1e-5 }));
exactly<Shape>()(l2Normalize(anyShape, 7, { eps: 1e-5 }));
exactly<Shape>()(sum(matrix, { axes: count }));
exactly<Shape>()(sum(matrix, { axes: flag ? 0 : 1 }));
exactly<Shape>()(sum(matrix, { axes: 0, keepDims: flag }));
exactly<readonly [number, number]>()(sum(matrix, { axes: count, keepDims: true }));
exactly<Shape>()(sum(anyShape, { axes: [5] }));

// Movement
exactly<readonly [3, 2]>()(reshape(matrix, [3, 2]));
exactly<readonly [6]>()(reshape(matrix, [-1]));
exactly<readonly [8, 3, 3072]>()(reshape(photo, [8, 3, -1]));
exactly<readonly [number, 4]>()(reshape(matrix, [-1, 4]));
exactly<readonly [number, number]>()(reshape(zeros([count, 6]), [count, -1]));
exactly<readonly [number]>()(reshape(anyShape, [-1]));
exactly<readonly [3, 2]>()(permute(matrix, [-1, 0]));
exactly<readonly [8, 48, 3, 64]>()(permute(photo, [0, 3, 1, 2]));
exactly<readonly [2 | 3, 2]>()(permute(matrix, [count, 0]));
exactly<readonly [64, 3, 8, 48]>()(transpose(photo, 0, 2));
exactly<Shape>()(transpose(anyShape, 0, 2));
exactly<readonly [number, 3]>()(slice(matrix, [[0, 1]]));
exactly<readonly [2, number]>()(slice(matrix, [[], [0, -1, 2]]));
exactly<readonly [4, 3]>()(
  pad(matrix, [
    [1, 1],
    [0, 0],
  ]),
);
exactly<readonly [2, number]>()(
  pad(matrix, [
    [0, 0],
    [0, count],
  ]),
);

// Lists
exactly<readonly [4, 3]>()(concat([matrix, matrix], 0));
exactly<readonly [2, 1048]>()(concat([matrix, zeros([2, 1024]), zeros([2, 21])], -1));
exactly<readonly [number, number]>()(concat([matrix, matrix], count));
exactly<Shape>()(concat(several, 0));
exactly<Shape>()(concat([matrix, anyShape], 0));
exactly<readonly [2, 2, 3]>()(stack([matrix, matrix], 0));
exactly<readonly [2, 3, 2]>()(stack([matrix, matrix], -1));
exactly<readonly [number, 2, 3]>()(stack(several, 0));
exactly<readonly [2, 5]>()(indexSelect(matrix, index, 1));
exactly<readonly [number, number]>()(indexSelect(matrix, index, count));

// Order and indices
exactly<readonly [2, 3]>()(flip(matrix, { axes: 1 }));
exactly<readonly [2, 3]>()(sort(matrix).values);
exactly<readonly [2, 3], 'int32'>()(sort(matrix, { axis: 0 }).indices);
exactly<Shape, 'int32'>()(argSort(anyShape));
exactly<readonly [2, 2]>()(topK(matrix, 2).values);
exactly<readonly [1, 3], 'int32'>()(topK(matrix, 1, { axis: 0 }).indices);
exactly<readonly [number, number]>()(topK(matrix, 1, { axis: count }).values);
exactly<readonly [2, number]>()(topK(matrix, count).values);
exactly<readonly [2, 9]>()(gather(matrix, positions, 1));
exactly<readonly [2, 9]>()(gather(anyShape, positions, 1));
exactly<readonly [2, 12]>()(scatterAdd(zeros([2, 9]), positions, 1, [2, 12]));
exactly<readonly [2, 9, 4]>()(oneHot(positions, 4));
exactly<readonly [2, 9, number], 'bool'>()(oneHot(positions, count, { dtype: 'bool' }));
const [head, tail] = split(matrix, [1, 2], 1);
exactly<readonly [2, 1]>()(head);
exactly<readonly [2, 2]>()(tail);
const [left, right] = split(photo, 2, -1);
exactly<readonly [8, 3, 64, number]>()(left);
exactly<readonly [8, 3, 64, number]>()(right);
for (const part of split(matrix, count, 0)) exactly<readonly [number, 3]>()(part);

// Contraction
exactly<readonly [2, 7]>()(einsum('ij,jk->ik', matrix, zeros([3, 7])));
exactly<readonly [3, 3]>()(einsum('ij, ik -> kj', matrix, matrix));
exactly<readonly [8, 64, 48, 5, 6]>()(einsum('bchw,bcij->bhwij', photo, zeros([8, 3, 5, 6])));
exactly<readonly [2, 7]>()(einsum('bA,bc', zeros([5, 2]), zeros([5, 7])));
exactly<readonly []>()(einsum('ij->', matrix));
exactly<readonly [4]>()(einsum('iij->i', zeros([4, 4, 2])));
exactly<readonly [number, 2]>()(einsum('nchw,cd->nd', image, zeros([3, 2])));
exactly<Shape>()(einsum('...ij,...jk', matrix, zeros([3, 7])));
exactly<Shape>()(einsum('ij->j', anyShape));

// Products
exactly<readonly [2, 7]>()(matmul(matrix, zeros([3, 7])));
exactly<readonly [2, 2]>()(matmul(matrix, matrix, { transposeB: true }));
exactly<readonly [3, 3]>()(matmul(matrix, matrix, { transposeA: true }));
exactly<readonly [number, number]>()(matmul(matrix, matrix, { transposeA: flag, transposeB: flag }));
exactly<readonly [5, 4, 2, 7]>()(matmul(zeros([5, 1, 2, 3]), zeros([4, 3, 7])));
exactly<readonly [8, 16, number, number]>()(conv2d(photo, zeros([16, 3, 3, 3])));
exactly<readonly [number, 16, number, number]>()(conv2d(image, zeros([16, 3, 3, 3]), { bias: zeros([16]), stride: 2 }));
exactly<readonly [1, 16, number, number]>()(conv2d(zeros([1, 6, 9, 9]), zeros([16, 3, 3, 3]), { groups: 2 }));
exactly<readonly [number, number, number, number]>()(conv2d(anyShape, anyShape));

// Windows: spatial sizes are left to run time, unless they are asked for.
exactly<readonly [number, 3, number, number]>()(maxPool2d(image, 3, { stride: 2 }));
exactly<readonly [8, 3, number, number]>()(avgPool2d(photo, 2));
exactly<readonly [8, 3, number, number]>()(maxPool2d(photo, 2, { padding: [[0, 1], 1], ceilMode: true, dilation: 2 }));
exactly<readonly [8, 16, number, number]>()(conv2d(photo, zeros([16, 3, 3, 3]), { padding: 'same' }));
exactly<readonly [number, 3, 50, 60]>()(resizeBilinear(image, [50, 60]));
exactly<readonly [8, 3, number, 60]>()(resizeNearest(photo, [count, 60]));
exactly<readonly [number, 3, 6, 8]>()(adaptiveAvgPool2d(image, [6, 8]));
exactly<readonly [8, 3, number, 1]>()(adaptiveAvgPool2d(photo, [count, 1]));
exactly<readonly [8, 16, number, number]>()(
  convTranspose2d(photo, zeros([3, 16, 3, 3]), { stride: 2, bias: zeros([16]) }),
);
exactly<readonly [1, 16, number, number]>()(
  convTranspose2d(zeros([1, 6, 9, 9]), zeros([6, 8, 3, 3]), { groups: 2, bias: zeros([16]) }),
);
exactly<readonly [number, number, number, number]>()(convTranspose2d(anyShape, anyShape));
exactly<readonly [8, 3, 20, 30]>()(gridSample(photo, zeros([8, 20, 30, 2])));
exactly<readonly [number, 3, 20, number]>()(gridSample(image, zeros([8, 20, count, 2])));
exactly<readonly [2, 3]>()(layerNorm(matrix, [3], { weight: zeros([3]), bias: zeros([3]) }));
exactly<Shape>()(layerNorm(anyShape, [4, 5]));

// Rearranging and resampling
exactly<readonly [4, 9]>()(tile(matrix, [2, 3]));
exactly<readonly [number, 3, 3]>()(tile(zeros([count, 1, 3]), [2, 3, 1]));
exactly<readonly [2, 3]>()(tril(matrix, { diagonal: 1 }));
exactly<readonly [1, number, 6, 10]>()(pixelShuffle(zeros([1, 8, 3, 5]), 2));
exactly<readonly [1, 8, number, number]>()(pixelUnshuffle(zeros([1, 2, 6, 10]), 2));
exactly<readonly [8, 3, 20, 30]>()(resizeBicubic(photo, [20, 30], { antialias: true }));
exactly<readonly [2, 3]>()(mod(matrix, 3));
exactly<readonly [2, 3]>()(prelu(matrix, zeros([3])));
// Sequences and volumes
exactly<readonly [8, 16, number]>()(conv1d(zeros([8, 3, 64]), zeros([16, 3, 3]), { padding: 'same' }));
exactly<readonly [8, 16, number]>()(convTranspose1d(zeros([8, 4, 64]), zeros([4, 8, 3]), { groups: 2 }));
exactly<readonly [1, 4, number, number, number]>()(conv3d(zeros([1, 2, 5, 6, 7]), zeros([4, 2, 3, 3, 3])));
exactly<readonly [1, 4, number, number, number]>()(convTranspose3d(zeros([1, 2, 5, 6, 7]), zeros([2, 4, 3, 3, 3])));
exactly<readonly [8, 3, number]>()(maxPool1d(zeros([8, 3, 64]), 2, { dilation: 2 }));
exactly<readonly [8, 3, number]>()(avgPool1d(zeros([8, 3, 64]), 2, { padding: [0, 1] }));
exactly<readonly [1, 2, number, number, number]>()(maxPool3d(zeros([1, 2, 5, 6, 7]), 2));
exactly<readonly [1, 2, number, number, number]>()(avgPool3d(zeros([1, 2, 5, 6, 7]), [1, 2, 2]));
exactly<readonly [number, number, number]>()(conv1d(anyShape, anyShape));

// Losses of labels
exactly<readonly []>()(crossEntropy(zeros([2, 4, 9]), positions));
exactly<readonly [2, 9]>()(crossEntropy(zeros([2, 4, 9]), positions, { weight: zeros([4]), reduction: 'none' }));
exactly<readonly []>()(nllLoss(zeros([2, 4, 9]), positions, { reduction: 'sum', ignoreIndex: 255 }));
