/**
 * A typical model file: a correlation of two images' features, squeezed by convolutions and decoded to a mask.
 * `test/types.test.ts` bounds what checking it costs.
 */
import {
  concat,
  conv2d,
  div,
  exp,
  l2Normalize,
  log,
  matmul,
  maxPool2d,
  mean,
  mul,
  permute,
  relu,
  reshape,
  resizeBilinear,
  sub,
  sum,
  transpose,
} from '../src/ops/index.ts';
import { sizeAt } from '../src/shape/shape.ts';
import type { Tensor } from '../src/tensor.ts';
import { exactly } from './support.ts';

type Image = readonly [batch: number, channel: 3, height: number, width: number];
type Features<C extends number> = readonly [batch: number, channel: C, height: number, width: number];
type Corr = readonly [batch: number, channel: number, hq: number, wq: number, hs: number, ws: number];

interface ConvBlock<In extends number, Out extends number> {
  readonly weight: Tensor<readonly [outputs: Out, inputs: In, height: 3, width: 3], 'float32'>;
  readonly bias: Tensor<readonly [Out], 'float32'>;
}

interface Weights {
  readonly stem: ConvBlock<3, 64>;
  readonly deeper: ConvBlock<64, 128>;
  readonly squeeze: ConvBlock<2, 16>;
  readonly head: ConvBlock<80, 2>;
}

function block<In extends number, Out extends number>(
  x: Tensor<Features<In>, 'float32'>,
  { weight, bias }: ConvBlock<In, Out>,
  stride = 1,
): Tensor<Features<Out>, 'float32'> {
  return relu(conv2d(x, weight, { bias, padding: 1, stride }));
}

function correlate(
  query: Tensor<Features<128>, 'float32'>,
  support: Tensor<Features<128>, 'float32'>,
): Tensor<Corr, 'float32'> {
  const [n, , hq, wq] = query.shape;
  const [, , hs, ws] = support.shape;
  const q = reshape(l2Normalize(query, 1, { eps: 1e-5 }), [n, 128, hq * wq]);
  const s = reshape(l2Normalize(support, 1, { eps: 1e-5 }), [n, 128, hs * ws]);
  return reshape(relu(matmul(q, s, { transposeA: true })), [n, 1, hq, wq, hs, ws]);
}

export function model(query: Tensor<Image, 'float32'>, support: Tensor<Image, 'float32'>, weights: Weights) {
  const shallow = maxPool2d(block(query, weights.stem, 2), 3, { stride: 2, padding: 1 });
  const deep = block(shallow, weights.deeper, 2);
  const guide = block(maxPool2d(block(support, weights.stem, 2), 3, { stride: 2, padding: 1 }), weights.deeper, 2);

  const corr = correlate(deep, guide);
  const both = concat([corr, permute(corr, [0, 1, 3, 2, 5, 4])], 1);
  const best = mean(both, { axes: [-2, -1] });
  const [n, , hq, wq] = corr.shape;
  const squeezed = block(reshape(best, [n, 2, hq, wq]), weights.squeeze);

  const [, , h, w] = shallow.shape;
  const decoded = concat([resizeBilinear(squeezed, [h, w], { alignCorners: true }), shallow], 1);
  const logits = conv2d(decoded, weights.head.weight, { bias: weights.head.bias, padding: 1 });
  exactly<readonly [number, 2, number, number]>()(logits);
  return logits;
}

export function loss(
  logits: Tensor<Features<2>, 'float32'>,
  mask: Tensor<readonly [batch: number, height: number, width: number], 'float32'>,
) {
  const total = log(sum(exp(logits), { axes: 1, keepDims: true }));
  const likelihood = transpose(sub(logits, total), 1, -1);
  const [n, h, w] = mask.shape;
  const picked = mul(likelihood, reshape(mask, [n, w, h, 1]));
  exactly<readonly [number, number, number, 2]>()(picked);
  return div(sum(picked), -sizeAt(mask.shape, 0));
}
