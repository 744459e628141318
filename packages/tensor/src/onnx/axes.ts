import { BackendError } from '../errors.ts';
import { broadcastToOp } from '../ops/broadcast-to.ts';
import { concatOp } from '../ops/concat.ts';
import { indexSelectOp } from '../ops/index-select.ts';
import { logSoftmaxOp } from '../ops/log-softmax.ts';
import { logSumExpOp } from '../ops/log-sum-exp.ts';
import { maxOp } from '../ops/max.ts';
import { meanOp } from '../ops/mean.ts';
import { minOp } from '../ops/min.ts';
import { normOp } from '../ops/norm.ts';
import { permuteOp } from '../ops/permute.ts';
import { prodOp } from '../ops/prod.ts';
import type { ReductionAttrs } from '../ops/reduction.ts';
import { padOp, sliceOp } from '../ops/slice-pad.ts';
import { softmaxOp } from '../ops/softmax.ts';
import { sumOp } from '../ops/sum.ts';
import type { Op } from '../op.ts';
import { sliceShape } from '../shape/slice.ts';
import { lowering, type Lowering, type NodeAttribute } from './lowering.ts';

/** The attributes of a reduction in ONNX: the axes, and whether they stay. */
const reductionAttributes = ({ axes, keepDims }: ReductionAttrs): Record<string, NodeAttribute> => ({
  ...(axes === undefined ? {} : { axes: [axes].flat() }),
  keepdims: Number(keepDims),
});

const reduction = (op: Op<'x', ReductionAttrs>, operator: string): Lowering =>
  lowering(op, (graph, { x }, attrs, { shape }) => graph.node(operator, [x], shape, reductionAttributes(attrs)));

/** Operations that move or combine elements along axes. */
export const axesLowerings: readonly Lowering[] = [
  reduction(meanOp, 'ReduceMean'),
  reduction(maxOp, 'ReduceMax'),
  reduction(minOp, 'ReduceMin'),
  reduction(prodOp, 'ReduceProd'),
  reduction(logSumExpOp, 'ReduceLogSumExp'),
  // In this operator set, only ReduceSum takes its axes as an input.
  lowering(sumOp, (graph, { x }, { axes, keepDims }, { shape }) => {
    const list = axes === undefined ? undefined : graph.list('axes', [axes].flat());
    return graph.node('ReduceSum', list === undefined ? [x] : [x, list], shape, { keepdims: Number(keepDims) });
  }),
  lowering(normOp, (graph, { x }, { p, ...attrs }, { shape }) => {
    if (p !== 1 && p !== 2) throw new BackendError('onnx', `ONNX has norms of order 1 and 2, got ${p}`);
    return graph.node(p === 1 ? 'ReduceL1' : 'ReduceL2', [x], shape, reductionAttributes(attrs));
  }),
  lowering(softmaxOp, (graph, { x }, { axis }) => graph.node('Softmax', [x], x.shape, { axis })),
  lowering(logSoftmaxOp, (graph, { x }, { axis }) => graph.node('LogSoftmax', [x], x.shape, { axis })),
  lowering(permuteOp, (graph, { x }, { order }) => graph.transpose(x, order)),
  lowering(broadcastToOp, (graph, { x }, _, { shape }) => graph.node('Expand', [x, graph.list('shape', shape)], shape)),
  // The inputs are named 0, 1…
  lowering(concatOp, (graph, inputs, { axis }, { shape }) => {
    const parts = Object.keys(inputs).map((_, i) => inputs[`${i}`]);
    return graph.node('Concat', parts, shape, { axis });
  }),
  lowering(sliceOp, (graph, { x }, { ranges }, { shape }) => {
    const { starts, steps } = sliceShape('slice', x.shape, ranges);
    const ends = starts.map((start, axis) => start + ((shape[axis] ?? 0) - 1) * (steps[axis] ?? 1) + 1);
    const lists = { starts, ends, axes: shape.map((_, axis) => axis), steps };
    return graph.node(
      'Slice',
      [x, ...Object.entries(lists).map(([name, numbers]) => graph.list(name, numbers))],
      shape,
    );
  }),
  lowering(padOp, (graph, { x }, { widths, steps, value }, { shape }) => {
    if (steps.some((step) => step !== 1)) throw new BackendError('onnx', 'ONNX cannot pad between elements');
    const pads = [...widths.map(([before]) => before), ...widths.map(([, after]) => after)];
    const constant = graph.constant('value', Float32Array.of(value), []);
    return graph.node('Pad', [x, graph.list('pads', pads), constant], shape, { mode: 'constant' });
  }),
  lowering(indexSelectOp, (graph, { x, index }, { axis }, { shape }) =>
    graph.node('Gather', [x, index], shape, { axis }),
  ),
];
