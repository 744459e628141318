import {
  BackendError,
  Engine,
  fromArray,
  readSync,
  referenceBackend,
  resizeBilinear,
  scope,
  type Shape,
  type Spec,
} from '@hypercorr/tensor';
import {
  addOp,
  batchNormOp,
  conv2dOp,
  groupNormOp,
  maxPool2dOp,
  meanOp,
  mulOp,
  permuteOp,
  reluOp,
  resizeBilinearOp,
  sizeOf,
} from '@hypercorr/tensor/op';
import { epsilon, hypercorrelationOp } from '../hypercorrelation/hypercorrelation.ts';
import { pairsOf } from '../hypercorrelation/pairs.ts';
import type { Graph, Value } from '@hypercorr/onnx';
import { lowerConv4d } from './lower-conv4d.ts';
import { lowering, type Lowering } from '@hypercorr/onnx';

/** How the operations of HSNet are written with the operators of ONNX. */
export const lowerings: ReadonlyMap<string, Lowering> = new Map([
  lowering(addOp, (graph, { a, b }, _, { shape }) => graph.node('Add', [a, b], shape)),
  lowering(mulOp, (graph, { a, b }, _, { shape }) => graph.node('Mul', [a, b], shape)),
  lowering(reluOp, (graph, { x }) => graph.node('Relu', [x], x.shape)),
  lowering(permuteOp, (graph, { x }, { order }) => graph.transpose(x, order)),
  lowering(conv2dOp, (graph, { x, weight, bias }, { stride, padding, dilation, groups }, { shape }) =>
    graph.node('Conv', [x, weight, bias], shape, {
      strides: stride,
      pads: [...padding, ...padding],
      dilations: dilation,
      group: groups,
    }),
  ),
  lowerConv4d,
  lowering(maxPool2dOp, (graph, { x }, { kernel, stride, padding }, { shape }) =>
    graph.node('MaxPool', [x], shape, { kernel_shape: kernel, strides: stride, pads: [...padding, ...padding] }),
  ),
  lowering(meanOp, (graph, { x }, { axes, keepDims }, { shape }) =>
    graph.node('ReduceMean', [x], shape, {
      ...(axes === undefined ? {} : { axes: [axes].flat() }),
      keepdims: Number(keepDims),
    }),
  ),
  // As products with the weights of both axes: runtimes round the places of their own Resize each in another way.
  lowering(resizeBilinearOp, (graph, { x }, { alignCorners }, { shape }) => {
    const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
    const [, , newHeight = 0, newWidth = 0] = shape;
    const across = resizeWeights(graph, width, [width, newWidth], alignCorners);
    const down = resizeWeights(graph, height, [newHeight, height], alignCorners);
    const wide = graph.node('MatMul', [x, across], [batch, channels, height, newWidth]);
    return graph.node('MatMul', [down, wide], shape);
  }),
  lowering(groupNormOp, (graph, { x, weight, bias }, { groups, eps }, { shape }) => {
    if (typeof groups !== 'number') throw new BackendError('onnx', 'a norm over batches is for training');
    const [batch = 0] = shape;
    // Each group is one channel of an instance norm.
    const grouped = graph.reshape(x, [batch, groups, sizeOf(shape) / (batch * groups)]);
    const [ones, zeros] = [new Float32Array(groups).fill(1), new Float32Array(groups)];
    const scale = [graph.constant('ones', ones, [groups]), graph.constant('zeros', zeros, [groups])];
    const normal = graph.node('InstanceNormalization', [grouped, ...scale], grouped.shape, { epsilon: { float: eps } });
    const scaled = alongChannels(graph, 'Mul', graph.reshape(normal, shape), weight);
    return alongChannels(graph, 'Add', scaled, bias);
  }),
  lowering(batchNormOp, (graph, { x, mean, variance, weight, bias }, { eps }, { shape }) => {
    const [, channels = 0] = shape;
    const scale = weight ?? graph.constant('ones', new Float32Array(channels).fill(1), [channels]);
    const shift = bias ?? graph.constant('zeros', new Float32Array(channels), [channels]);
    return graph.node('BatchNormalization', [x, scale, shift, mean, variance], shape, { epsilon: { float: eps } });
  }),
  lowering(hypercorrelationOp, (graph, inputs, _, output) => {
    const taps = pairsOf(inputs).map(({ query, support }) => rectifiedCosine(graph, query, support));
    return graph.reshape(concatenate(graph, taps, output), output.shape);
  }),
]);

/** The identity matrix, resized along one axis: what each new element takes of the old ones. */
function resizeWeights(
  graph: Graph,
  size: number,
  to: readonly [height: number, width: number],
  alignCorners: boolean,
): Value {
  const identity = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const engine = new Engine(referenceBackend());
  const weights = scope(() =>
    readSync(resizeBilinear(fromArray(identity, [1, 1, size, size], { engine }), to, { alignCorners })),
  );
  return graph.constant('weights', weights, to);
}

/** ReLU(q̂ᵀ ŝ) of all positions with all: [b, C, hq, wq], [b, C, hs, ws] → [b, 1, hq·wq, hs·ws] */
function rectifiedCosine(graph: Graph, query: Value, support: Value): Value {
  const [q, s] = [unitVectors(graph, query), unitVectors(graph, support)];
  const [batch = 0, , positions = 0] = q.shape;
  const shape: Shape = [batch, positions, s.shape[2] ?? 0];
  const cosine = graph.node('MatMul', [graph.transpose(q, [0, 2, 1]), s], shape);
  return graph.reshape(graph.node('Relu', [cosine], shape), [batch, 1, ...shape.slice(1)]);
}

/** x / (‖x‖ + ε), vectors along the channels: [b, C, h, w] → [b, C, h·w] */
function unitVectors(graph: Graph, map: Value): Value {
  const [batch = 0, channels = 0, height = 0, width = 0] = map.shape;
  const vectors = graph.reshape(map, [batch, channels, height * width]);
  const length = graph.node('ReduceL2', [vectors], [batch, 1, height * width], { axes: [1], keepdims: 1 });
  const divisor = graph.node('Add', [length, graph.constant('epsilon', Float32Array.of(epsilon), [])], length.shape);
  return graph.node('Div', [vectors, divisor], vectors.shape);
}

function concatenate(graph: Graph, taps: readonly Value[], { shape }: Spec): Value {
  const [batch = 0, count = 0, ...planes] = shape;
  const [positions, others] = [sizeOf(planes.slice(0, 2)), sizeOf(planes.slice(2))];
  return graph.node('Concat', taps, [batch, count, positions, others], { axis: 1 });
}

/** x with a value for each channel added or multiplied; x where there is none. */
function alongChannels(graph: Graph, operator: 'Add' | 'Mul', x: Value, vector: Value | undefined): Value {
  if (vector === undefined) return x;
  const [, channels = 0, ...rest] = x.shape;
  return graph.node(operator, [x, graph.reshape(vector, [1, channels, ...rest.map(() => 1)])], x.shape);
}
