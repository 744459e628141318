import { absOp } from '../ops/abs.ts';
import { addOp } from '../ops/add.ts';
import { clampOp } from '../ops/clamp.ts';
import { cosOp } from '../ops/cos.ts';
import { divOp } from '../ops/div.ts';
import { erfOp } from '../ops/erf.ts';
import { expOp } from '../ops/exp.ts';
import { geluOp } from '../ops/gelu.ts';
import { leakyReluOp } from '../ops/leaky-relu.ts';
import { logOp } from '../ops/log.ts';
import { maximumOp } from '../ops/maximum.ts';
import { minimumOp } from '../ops/minimum.ts';
import { modOp } from '../ops/mod.ts';
import { mulOp } from '../ops/mul.ts';
import { negOp } from '../ops/neg.ts';
import { powOp } from '../ops/pow.ts';
import { reciprocalOp } from '../ops/reciprocal.ts';
import { reluOp } from '../ops/relu.ts';
import { ceilOp, floorOp, roundOp, signOp } from '../ops/rounding.ts';
import { sigmoidOp } from '../ops/sigmoid.ts';
import { sinOp } from '../ops/sin.ts';
import { softplusOp } from '../ops/softplus.ts';
import { sqrtOp } from '../ops/sqrt.ts';
import { squareOp } from '../ops/square.ts';
import { subOp } from '../ops/sub.ts';
import { tanhOp } from '../ops/tanh.ts';
import type { Op } from '../op.ts';
import { lowering, type GraphBuilder, type GraphValue, type Lowering } from './lowering.ts';

const unary = (op: Op<'x', object>, operator: string): Lowering =>
  lowering(op, (graph, { x }) => graph.node(operator, [x], x.shape));

const binary = (op: Op<'a' | 'b', object>, operator: string): Lowering =>
  lowering(op, (graph, { a, b }, _, { shape }) => graph.node(operator, [a, b], shape));

const scalar = (graph: GraphBuilder, name: string, value: number): GraphValue =>
  graph.constant(name, Float32Array.of(value), []);

/** Elementwise operations. */
export const elementwiseLowerings: readonly Lowering[] = [
  binary(addOp, 'Add'),
  binary(subOp, 'Sub'),
  binary(mulOp, 'Mul'),
  binary(divOp, 'Div'),
  binary(powOp, 'Pow'),
  binary(maximumOp, 'Max'),
  binary(minimumOp, 'Min'),
  unary(reluOp, 'Relu'),
  unary(negOp, 'Neg'),
  unary(absOp, 'Abs'),
  unary(expOp, 'Exp'),
  unary(logOp, 'Log'),
  unary(sqrtOp, 'Sqrt'),
  unary(reciprocalOp, 'Reciprocal'),
  unary(sigmoidOp, 'Sigmoid'),
  unary(tanhOp, 'Tanh'),
  unary(softplusOp, 'Softplus'),
  unary(sinOp, 'Sin'),
  unary(cosOp, 'Cos'),
  unary(erfOp, 'Erf'),
  unary(floorOp, 'Floor'),
  unary(ceilOp, 'Ceil'),
  unary(roundOp, 'Round'),
  unary(signOp, 'Sign'),
  // a − b ⌊a / b⌋: on floats ONNX's Mod has the sign of a.
  lowering(modOp, (graph, { a, b }, _, { shape }) => {
    const quotient = graph.node('Floor', [graph.node('Div', [a, b], shape)], shape);
    return graph.node('Sub', [a, graph.node('Mul', [b, quotient], shape)], shape);
  }),
  lowering(squareOp, (graph, { x }) => graph.node('Mul', [x, x], x.shape)),
  lowering(leakyReluOp, (graph, { x }, { slope }) =>
    graph.node('LeakyRelu', [x], x.shape, { alpha: { float: slope } }),
  ),
  lowering(clampOp, (graph, { x }, { min, max }) =>
    graph.node('Clip', [x, scalar(graph, 'min', min), scalar(graph, 'max', max)], x.shape),
  ),
  // x Φ(x), with Φ(x) = (1 + erf(x / √2)) / 2, or about sigmoid(2 √(2/π) (x + 0.044715 x³)): see ops/gelu.ts.
  lowering(geluOp, (graph, { x }, { approximate }) => {
    const { shape } = x;
    const times = (value: GraphValue, factor: number) =>
      graph.node('Mul', [value, scalar(graph, 'factor', factor)], shape);
    if (approximate === 'tanh') {
      const cube = graph.node('Mul', [graph.node('Mul', [x, x], shape), x], shape);
      const place = times(graph.node('Add', [x, times(cube, 0.044715)], shape), 2 * Math.sqrt(2 / Math.PI));
      return graph.node('Mul', [x, graph.node('Sigmoid', [place], shape)], shape);
    }
    const error = graph.node('Erf', [times(x, Math.SQRT1_2)], shape);
    const twice = graph.node('Add', [error, scalar(graph, 'one', 1)], shape);
    return graph.node('Mul', [x, times(twice, 0.5)], shape);
  }),
];
