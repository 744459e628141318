/**
 * Calls that must not compile. The text after `@ts-expect-error` is what the compiler says, and what the call throws
 * where types could not see it coming: `test/types.test.ts` holds both against it.
 */
import { linspace, tensor, zeros } from '../src/create.ts';
import {
  adaptiveAvgPool2d,
  avgPool3d,
  conv1d,
  conv3d,
  convTranspose1d,
  convTranspose3d,
  maxPool1d,
  add,
  argMax,
  argMin,
  argSort,
  avgPool2d,
  broadcastTo,
  cast,
  channelDropout,
  concat,
  conv2d,
  convTranspose2d,
  crossEntropy,
  cumsum,
  einsum,
  flip,
  gather,
  gridSample,
  indexSelect,
  l2Normalize,
  layerNorm,
  logicalAnd,
  logicalOr,
  logSumExp,
  matmul,
  max,
  maxPool2d,
  mean,
  min,
  mod,
  mul,
  nllLoss,
  norm,
  oneHot,
  pad,
  permute,
  pixelShuffle,
  pow,
  prelu,
  prod,
  reshape,
  resizeBicubic,
  resizeBilinear,
  resizeNearest,
  scatter,
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
  triu,
  variance,
  where,
} from '../src/ops/index.ts';
import { key } from '../src/random.ts';
import type { Shape } from '../src/shape/shape.ts';
import type { Tensor } from '../src/tensor.ts';

const labelled = (): Tensor<readonly [batch: 2, channel: 3], 'float32'> => zeros([2, 3]);

const indices = <const S extends Shape>(shape: S): Tensor<S, 'int32'> => cast(broadcastTo(zeros([]), shape), 'int32');

export const misuse: readonly (() => unknown)[] = [
  // @ts-expect-error [tensor] lists of different lengths side by side
  () => tensor([[1, 2], [3]]),
  // @ts-expect-error [tensor] lists and single values side by side
  () => tensor([[1, 2], 3]),
  // @ts-expect-error [full] shape [2,-1] holds the size -1: sizes are whole numbers from 0
  () => zeros([2, -1]),
  // @ts-expect-error [full] shape [2.5] holds the size 2.5: sizes are whole numbers from 0
  () => zeros([2.5]),

  // @ts-expect-error [add] shapes [2,3] and [4] do not broadcast: axis -1 is 3 against 4
  () => add(zeros([2, 3]), zeros([4])),
  // @ts-expect-error [mul] shapes [5,2,3] and [4,1,3] do not broadcast: axis -3 is 5 against 4
  () => mul(zeros([5, 2, 3]), zeros([4, 1, 3])),
  // @ts-expect-error [add] shapes [2,3] and [2] do not broadcast: axis -1 is 3 against 2
  () => add(labelled(), zeros([2])),
  // @ts-expect-error [where] shapes [2,3] and [2] do not broadcast: axis -1 is 3 against 2
  () => where(zeros([3], { dtype: 'bool' }), zeros([2, 3]), zeros([2])),
  // @ts-expect-error [broadcastTo] x [2,3] does not broadcast to [4,3]
  () => broadcastTo(zeros([2, 3]), [4, 3]),
  // @ts-expect-error [broadcastTo] x [1,2,3] does not broadcast to [2,3]
  () => broadcastTo(zeros([1, 2, 3]), [2, 3]),

  // @ts-expect-error [sum] axis 2 is out of range for x [2,3]
  () => sum(zeros([2, 3]), { axes: 2 }),
  // @ts-expect-error [sum] axis -3 is out of range for x [2,3]
  () => sum(zeros([2, 3]), { axes: [0, -3], keepDims: true }),
  // @ts-expect-error [sum] axes [1,-1] name axis -1 of x [2,3] twice
  () => sum(zeros([2, 3]), { axes: [1, -1] }),
  // @ts-expect-error [sum] axis 0.5 is out of range for x [2,3]
  () => sum(zeros([2, 3]), { axes: 0.5 }),
  // @ts-expect-error [sum] axis 0 is out of range for x []
  () => sum(zeros([]), { axes: 0 }),
  // @ts-expect-error [mean] axis 4 is out of range for x [8,3,64,48]
  () => mean(zeros([8, 3, 64, 48]), { axes: [2, 3, 4] }),
  // @ts-expect-error [max] axes [-1,1] name axis 1 of x [2,3] twice
  () => max(zeros([2, 3]), { axes: [-1, 1] }),
  // @ts-expect-error [argMax] axis 2 is out of range for x [2,3]
  () => argMax(zeros([2, 3]), { axes: 2 }),
  // @ts-expect-error [pow] shapes [2,3] and [2] do not broadcast: axis -1 is 3 against 2
  () => pow(zeros([2, 3]), zeros([2])),
  // @ts-expect-error [min] axis 2 is out of range for x [2,3]
  () => min(zeros([2, 3]), { axes: [0, 2] }),
  // @ts-expect-error [argMin] axes [0,-2] name axis -2 of x [2,3] twice
  () => argMin(zeros([2, 3]), { axes: [0, -2] }),
  // @ts-expect-error [prod] axis -3 is out of range for x [2,3]
  () => prod(zeros([2, 3]), { axes: -3 }),
  // @ts-expect-error [variance] axis 2 is out of range for x [2,3]
  () => variance(zeros([2, 3]), { axes: 2, correction: 0 }),
  // @ts-expect-error [norm] axes [1,1] name axis 1 of x [2,3] twice
  () => norm(zeros([2, 3]), { axes: [1, 1], p: 1 }),
  // @ts-expect-error [logSumExp] axis 4 is out of range for x [2,3]
  () => logSumExp(zeros([2, 3]), { axes: 4 }),
  // @ts-expect-error [cumsum] axis 2 is out of range for x [2,3]
  () => cumsum(zeros([2, 3]), 2),
  // @ts-expect-error [l2Normalize] axis 2 is out of range for x [2,3]
  () => l2Normalize(zeros([2, 3]), 2, { eps: 1e-5 }),

  // @ts-expect-error [reshape] x [2,3] has 6 elements, shape [4,2] has 8
  () => reshape(zeros([2, 3]), [4, 2]),
  // @ts-expect-error [reshape] x [2,64,13,17] has 28288 elements, shape [2,64,222] has 28416
  () => reshape(zeros([2, 64, 13, 17]), [2, 64, 222]),
  // @ts-expect-error [reshape] shape [-1,-1] has more than one -1
  () => reshape(zeros([2, 3]), [-1, -1]),
  // @ts-expect-error [reshape] shape [2,-3] holds the size -3: sizes are whole numbers from 0
  () => reshape(zeros([2, 3]), [2, -3]),

  // @ts-expect-error [permute] order [0] has 1 axes, x [2,3] has 2
  () => permute(zeros([2, 3]), [0]),
  // @ts-expect-error [permute] axes [0,0] name axis 0 of x [2,3] twice
  () => permute(zeros([2, 3]), [0, 0]),
  // @ts-expect-error [permute] axis 2 is out of range for x [2,3]
  () => permute(zeros([2, 3]), [0, 2]),
  // @ts-expect-error [transpose] axis 2 is out of range for x [2,3]
  () => transpose(zeros([2, 3]), 0, 2),

  // @ts-expect-error [slice] 3 ranges for the 2 axes of x [2,3]
  () => slice(zeros([2, 3]), [[], [], [0, 1]]),
  // @ts-expect-error [pad] 1 pairs of widths for the 2 axes of x [2,3]
  () => pad(zeros([2, 3]), [[1, 1]]),
  // @ts-expect-error [concat] shapes [2,3] and [4,2] differ outside axis 0
  () => concat([zeros([2, 3]), zeros([4, 2])], 0),
  // @ts-expect-error [concat] axis 2 is out of range for x [2,3]
  () => concat([zeros([2, 3]), zeros([2, 3])], 2),
  // @ts-expect-error [stack] shapes [2,3] and [2,2] differ
  () => stack([zeros([2, 3]), zeros([2, 2])], 0),
  // @ts-expect-error [stack] axis 3 is out of range for a stack of [2,3]
  () => stack([zeros([2, 3]), zeros([2, 3])], 3),
  // @ts-expect-error [indexSelect] axis -3 is out of range for x [2,3]
  () => indexSelect(zeros([2, 3]), zeros([5], { dtype: 'int32' }), -3),

  // @ts-expect-error [linspace] shape [-1] holds the size -1: sizes are whole numbers from 0
  () => linspace(0, 1, -1),
  // @ts-expect-error [flip] axes [1,-1] name axis -1 of x [2,3] twice
  () => flip(zeros([2, 3]), { axes: [1, -1] }),
  // @ts-expect-error [split] axis 2 is out of range for x [2,3]
  () => split(zeros([2, 3]), 3, 2),
  // @ts-expect-error [split] the sizes [1,1] add up to 2, not to axis -1 of x [2,3]
  () => split(zeros([2, 3]), [1, 1], -1),
  // @ts-expect-error [split] shape [4,-1] holds the size -1: sizes are whole numbers from 0
  () => split(zeros([2, 3]), [4, -1], 1),
  // @ts-expect-error [sort] axis 2 is out of range for x [2,3]
  () => sort(zeros([2, 3]), { axis: 2 }),
  // @ts-expect-error [argSort] axis -3 is out of range for x [2,3]
  () => argSort(zeros([2, 3]), { axis: -3 }),
  // @ts-expect-error [topK] k is 4, and has to be a whole number from 0 to the size of axis -1 of x [2,3]
  () => topK(zeros([2, 3]), 4),
  // @ts-expect-error [topK] k is 1.5, and has to be a whole number from 0 to the size of axis -2 of x [2,3]
  () => topK(zeros([2, 3]), 1.5, { axis: -2 }),
  // @ts-expect-error [gather] axis 2 is out of range for x [2,3]
  () => gather(zeros([2, 3]), indices([2, 3]), 2),
  // @ts-expect-error [gather] index [5] has 1 axes, [2,3] has 2
  () => gather(zeros([2, 3]), indices([5]), 0),
  // @ts-expect-error [gather] index [10,3] is longer than [9,3] outside axis 1
  () => gather(zeros([9, 3]), indices([10, 3]), 1),
  // @ts-expect-error [scatterAdd] index has shape [2,3], expected [2,4]
  () => scatterAdd(zeros([2, 4]), indices([2, 3]), 1, [2, 9]),
  // @ts-expect-error [scatterAdd] index [2,4] is longer than [1,9] outside axis 1
  () => scatterAdd(zeros([2, 4]), indices([2, 4]), 1, [1, 9]),
  // @ts-expect-error [oneHot] shape [-3] holds the size -3: sizes are whole numbers from 0
  () => oneHot(indices([2]), -3),
  // @ts-expect-error [einsum] 'ij,jk' names 2 operands, got 1
  () => einsum('ij,jk', zeros([2, 3])),
  // @ts-expect-error [einsum] 'ij' names 1 operands, got 2
  () => einsum('ij', zeros([2, 3]), zeros([3, 4])),
  // @ts-expect-error [einsum] 'ijk' does not fit an operand of shape [2,3]: one letter for each axis
  () => einsum('ijk->ik', zeros([2, 3])),
  // @ts-expect-error [einsum] 'i' does not fit an operand of shape [2,3]: one letter for each axis
  () => einsum('i->i', zeros([2, 3])),
  // @ts-expect-error [einsum] '1' in 'i1' is no letter
  () => einsum('i1->i', zeros([2, 3])),
  // @ts-expect-error [einsum] 'j' is 3 and 4; got [2,3], [4,5] for 'ij,jk->ik'
  () => einsum('ij,jk->ik', zeros([2, 3]), zeros([4, 5])),
  // @ts-expect-error [einsum] 'i' is 2 and 3; got [2,3] for 'ii'
  () => einsum('ii', zeros([2, 3])),
  // @ts-expect-error [einsum] the output 'ik' of 'ij->ik' names 'k', which no operand has
  () => einsum('ij->ik', zeros([2, 3])),
  // @ts-expect-error [einsum] the output 'ii' of 'ij -> ii' names 'i' twice
  () => einsum('ij -> ii', zeros([2, 3])),
  // @ts-expect-error [einsum] '>' in 'i>' is no letter
  () => einsum('ij->i>', zeros([2, 3])),

  // @ts-expect-error [matmul] the inner sizes are 3 and 2; got a [2,3], b [2,3]
  () => matmul(zeros([2, 3]), zeros([2, 3])),
  // @ts-expect-error [matmul] the inner sizes are 2 and 4; got a [2,3] transposed, b [4,5]
  () => matmul(zeros([2, 3]), zeros([4, 5]), { transposeA: true }),
  // @ts-expect-error [matmul] operands need 2 axes or more; got a [2,3], b [3]
  () => matmul(zeros([2, 3]), zeros([3])),
  // @ts-expect-error [matmul] the batches do not broadcast: axis -1 is 5 against 4; got a [5,2,3], b [4,3,7]
  () => matmul(zeros([5, 2, 3]), zeros([4, 3, 7])),

  // @ts-expect-error [conv2d] the input has 3 channels, the weight expects 4; got x [1,3,9,9], weight [8,4,3,3]
  () => conv2d(zeros([1, 3, 9, 9]), zeros([8, 4, 3, 3])),
  // @ts-expect-error [conv2d] the input has 6 channels, the weight expects 4; got x [1,6,9,9], weight [8,2,3,3]
  () => conv2d(zeros([1, 6, 9, 9]), zeros([8, 2, 3, 3]), { groups: 2 }),
  // @ts-expect-error [conv2d] x has shape [3,9,9], expected [N,C,H,W]
  () => conv2d(zeros([3, 9, 9]), zeros([8, 3, 3, 3])),
  // @ts-expect-error [conv2d] bias has shape [4], expected [8]
  () => conv2d(zeros([1, 3, 9, 9]), zeros([8, 3, 3, 3]), { bias: zeros([4]) }),
  // @ts-expect-error [maxPool2d] x has shape [3,9,9], expected [N,C,H,W]
  () => maxPool2d(zeros([3, 9, 9]), 3),
  // @ts-expect-error [avgPool2d] x has shape [9,9], expected [N,C,H,W]
  () => avgPool2d(zeros([9, 9]), 3),
  // @ts-expect-error [resizeBilinear] x has shape [3,9,9], expected [N,C,H,W]
  () => resizeBilinear(zeros([3, 9, 9]), [4, 4]),
  // @ts-expect-error [resizeNearest] x has shape [3,9,9], expected [N,C,H,W]
  () => resizeNearest(zeros([3, 9, 9]), [4, 4]),

  // @ts-expect-error [adaptiveAvgPool2d] x has shape [3,9,9], expected [N,C,H,W]
  () => adaptiveAvgPool2d(zeros([3, 9, 9]), [2, 2]),
  // @ts-expect-error [convTranspose2d] the input has 3 channels, the weight expects 4; got x [1,3,9,9], weight [4,8,3,3]
  () => convTranspose2d(zeros([1, 3, 9, 9]), zeros([4, 8, 3, 3])),
  // @ts-expect-error [convTranspose2d] weight has shape [3,8,3], expected [C,O/groups,kh,kw]
  () => convTranspose2d(zeros([1, 3, 9, 9]), zeros([3, 8, 3])),
  // @ts-expect-error [convTranspose2d] bias has shape [8], expected [16]
  () => convTranspose2d(zeros([1, 4, 9, 9]), zeros([4, 8, 3, 3]), { groups: 2, bias: zeros([8]) }),
  // @ts-expect-error [gridSample] x has shape [3,9,9], expected [N,C,H,W]
  () => gridSample(zeros([3, 9, 9]), zeros([1, 4, 4, 2])),
  // @ts-expect-error [gridSample] grid has shape [1,4,4,3], expected [N,H',W',2]
  () => gridSample(zeros([1, 3, 9, 9]), zeros([1, 4, 4, 3])),
  // @ts-expect-error [gridSample] there are 2 images and 1 grids; got x [2,3,9,9], grid [1,4,4,2]
  () => gridSample(zeros([2, 3, 9, 9]), zeros([1, 4, 4, 2])),
  // @ts-expect-error [layerNorm] x has shape [2,3,4], expected […,3,5]
  () => layerNorm(zeros([2, 3, 4]), [3, 5]),
  // @ts-expect-error [layerNorm] x has shape [4], expected […,3,4]
  () => layerNorm(zeros([4]), [3, 4]),
  // @ts-expect-error [layerNorm] the last axes of x [2,3] are asked for as []: name one at least
  () => layerNorm(zeros([2, 3]), []),
  // @ts-expect-error [layerNorm] weight has shape [3], expected [4]
  () => layerNorm(zeros([2, 3, 4]), [4], { weight: zeros([3]) }),
  // @ts-expect-error [channelDropout] x has shape [3], expected [N,C,…]
  () => channelDropout(zeros([3]), key(1)),

  // @ts-expect-error [mod] shapes [2,3] and [2] do not broadcast: axis -1 is 3 against 2
  () => mod(zeros([2, 3]), zeros([2])),
  // @ts-expect-error [logicalAnd] shapes [2,3] and [2] do not broadcast: axis -1 is 3 against 2
  () => logicalAnd(zeros([2, 3], { dtype: 'bool' }), zeros([2], { dtype: 'bool' })),
  // @ts-expect-error [logicalOr] shapes [2,3] and [2] do not broadcast: axis -1 is 3 against 2
  () => logicalOr(zeros([2, 3], { dtype: 'bool' }), zeros([2], { dtype: 'bool' })),
  // @ts-expect-error [prelu] weight has shape [2], expected [1] or one slope for each channel of [2,3]
  () => prelu(zeros([2, 3]), zeros([2])),
  // @ts-expect-error [prelu] weight has shape [1,3], expected [1] or one slope for each channel of [2,3]
  () => prelu(zeros([2, 3]), zeros([1, 3])),
  // @ts-expect-error [tile] 1 repeats for the 2 axes of x [2,3]
  () => tile(zeros([2, 3]), [2]),
  // @ts-expect-error [tril] x has shape [3], expected […,M,N]
  () => tril(zeros([3])),
  // @ts-expect-error [triu] x has shape [], expected […,M,N]
  () => triu(zeros([])),
  // @ts-expect-error [pixelShuffle] x has shape [4,2,2], expected [N,C,H,W]
  () => pixelShuffle(zeros([4, 2, 2]), 2),
  // @ts-expect-error [resizeBicubic] x has shape [3,8,8], expected [N,C,H,W]
  () => resizeBicubic(zeros([3, 8, 8]), [4, 4]),
  // @ts-expect-error [conv1d] the input has 3 channels, the weight expects 4; got x [1,3,9], weight [8,4,3]
  () => conv1d(zeros([1, 3, 9]), zeros([8, 4, 3])),
  // @ts-expect-error [conv1d] weight has shape [8,3,3,3], expected [O,C/groups,k]
  () => conv1d(zeros([1, 3, 9]), zeros([8, 3, 3, 3])),
  // @ts-expect-error [conv3d] x has shape [1,3,9,9], expected [N,C,D,H,W]
  () => conv3d(zeros([1, 3, 9, 9]), zeros([8, 3, 3, 3, 3])),
  // @ts-expect-error [conv3d] bias has shape [3], expected [8]
  () => conv3d(zeros([1, 3, 9, 9, 9]), zeros([8, 3, 3, 3, 3]), { bias: zeros([3]) }),
  // @ts-expect-error [convTranspose1d] the input has 3 channels, the weight expects 4; got x [1,3,9], weight [4,8,3]
  () => convTranspose1d(zeros([1, 3, 9]), zeros([4, 8, 3])),
  // @ts-expect-error [convTranspose3d] bias has shape [8], expected [16]
  () => convTranspose3d(zeros([1, 4, 9, 9, 9]), zeros([4, 8, 3, 3, 3]), { groups: 2, bias: zeros([8]) }),
  // @ts-expect-error [maxPool1d] x has shape [1,3,9,9], expected [N,C,L]
  () => maxPool1d(zeros([1, 3, 9, 9]), 3),
  // @ts-expect-error [avgPool3d] x has shape [1,3,9,9], expected [N,C,D,H,W]
  () => avgPool3d(zeros([1, 3, 9, 9]), 3),

  // @ts-expect-error [nllLoss] target has shape [2,4], expected [2,5]
  () => nllLoss(zeros([2, 3, 5]), indices([2, 4])),
  // @ts-expect-error [nllLoss] weight has shape [5], expected [3]
  () => nllLoss(zeros([2, 3, 5]), indices([2, 5]), { weight: zeros([5]) }),
  // @ts-expect-error [crossEntropy] weight has shape [2], expected [3]
  () => crossEntropy(zeros([2, 3]), indices([2]), { weight: zeros([2]), reduction: 'none' }),
  // @ts-expect-error [scatter] axis 2 is out of range for x [2,3]
  () => scatter(zeros([2, 3]), zeros([2, 5]), indices([2, 5]), 2),
  // @ts-expect-error [scatter] index [3,5] is longer than [2,3] outside axis 1
  () => scatter(zeros([2, 3]), zeros([3, 5]), indices([3, 5]), 1),
  // @ts-expect-error [scatter] index has shape [2,4], expected [2,5]
  () => scatter(zeros([2, 3]), zeros([2, 5]), indices([2, 4]), 1),
];
