import type { Shape, Spec } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import { lowering, type GraphBuilder, type GraphValue, type Lowering } from '@hypercorr/tensor/onnx';
import { epsilon, hypercorrelationOp } from '../hypercorrelation/hypercorrelation.ts';
import { pairsOf } from '../hypercorrelation/pairs.ts';

/** The ONNX forms of the operations of `@hypercorr/hsnet`. */
export const hsnetLowerings: readonly Lowering[] = [
  lowering(hypercorrelationOp, (graph, inputs, _, output) => {
    const taps = pairsOf(inputs).map(({ query, support }) => rectifiedCosine(graph, query, support));
    return graph.reshape(concatenate(graph, taps, output), output.shape);
  }),
];

/** ReLU(q̂ᵀ ŝ) of every query position with every support position: [b, C, hq, wq], [b, C, hs, ws] → [b, 1, hq·wq, hs·ws] */
function rectifiedCosine(graph: GraphBuilder, query: GraphValue, support: GraphValue): GraphValue {
  const [q, s] = [unitVectors(graph, query), unitVectors(graph, support)];
  const [batch = 0, , positions = 0] = q.shape;
  const shape: Shape = [batch, positions, s.shape[2] ?? 0];
  const cosine = graph.node('MatMul', [graph.transpose(q, [0, 2, 1]), s], shape);
  return graph.reshape(graph.node('Relu', [cosine], shape), [batch, 1, ...shape.slice(1)]);
}

/** x / (‖x‖ + ε) for the vectors along the channels: [b, C, h, w] → [b, C, h·w] */
function unitVectors(graph: GraphBuilder, map: GraphValue): GraphValue {
  const [batch = 0, channels = 0, height = 0, width = 0] = map.shape;
  const vectors = graph.reshape(map, [batch, channels, height * width]);
  const length = graph.node('ReduceL2', [vectors], [batch, 1, height * width], { axes: [1], keepdims: 1 });
  const divisor = graph.node('Add', [length, graph.constant('epsilon', Float32Array.of(epsilon), [])], length.shape);
  return graph.node('Div', [vectors, divisor], vectors.shape);
}

function concatenate(graph: GraphBuilder, taps: readonly GraphValue[], { shape }: Spec): GraphValue {
  const [batch = 0, count = 0, ...planes] = shape;
  const [positions, others] = [sizeOf(planes.slice(0, 2)), sizeOf(planes.slice(2))];
  return graph.node('Concat', taps, [batch, count, positions, others], { axis: 1 });
}
