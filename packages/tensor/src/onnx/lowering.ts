import type { Named, Spec } from '../spec.ts';
import type { Op } from '../op.ts';
import type { Shape } from '../shape/shape.ts';

/** A value in a graph: the output of one node, and an input of others. All shapes are known when a graph is built. */
export interface GraphValue {
  readonly name: string;
  readonly shape: Shape;
}

/**
 * An attribute of a node. A number stands for a whole number. A float is marked as one, because ONNX tells the two
 * apart.
 */
export type NodeAttribute = number | string | readonly number[] | { readonly float: number };

/**
 * A graph of ONNX operators under construction (https://onnx.ai/onnx/operators, operator set 17). `@hypercorr/onnx` builds
 * it; packages below write their operations into it.
 */
export interface GraphBuilder {
  /** Adds a constant. */
  constant(name: string, data: Float32Array | BigInt64Array, shape: Shape): GraphValue;
  /** Adds a constant list of whole numbers: a shape, axes, places. */
  list(name: string, numbers: readonly number[]): GraphValue;
  /**
   * Adds an operator.
   *
   * @param inputs in the operator's order, `undefined` where an optional one is left out
   * @param shape of its output
   */
  node(
    operator: string,
    inputs: readonly (GraphValue | undefined)[],
    shape: Shape,
    attributes?: Readonly<Record<string, NodeAttribute>>,
  ): GraphValue;
  /** Gives `x` another shape of as many elements. Adds no node where `x` has that shape. */
  reshape(x: GraphValue, shape: Shape): GraphValue;
  /** Exchanges axes: axis i of the output is axis `order[i]` of `x`. */
  transpose(x: GraphValue, order: readonly number[]): GraphValue;
}

/** How one operation is written into an ONNX graph. */
export interface Lowering {
  readonly op: Op;
  /** Adds the operation's nodes, and returns its output. */
  write(graph: GraphBuilder, inputs: Readonly<Record<string, GraphValue>>, attrs: unknown, output: Spec): GraphValue;
}

/**
 * Defines how an operation is written into an ONNX graph. The package that owns the operation calls this function.
 *
 * @param write adds the nodes, and returns the operation's output. It gets the inputs and attributes of the operation's
 * record, and the output's shape and dtype.
 *
 * @example export const lowerings = [lowering(doubleOp, (graph, { x }) => graph.node('Add', [x, x], x.shape))];
 */
export function lowering<In extends string, Attrs, Optional extends string>(
  op: Op<In, Attrs, Optional>,
  write: (
    graph: GraphBuilder,
    inputs: Named<In, GraphValue> & { readonly [K in Optional]?: GraphValue },
    attrs: Attrs,
    output: Spec,
  ) => GraphValue,
): Lowering {
  return {
    op,
    // A graph is handed records of every kind. The record's shape rule has checked that inputs and attributes fit it.
    write: (graph, inputs, attrs, output) =>
      write(graph, inputs as Parameters<typeof write>[1], attrs as Attrs, output),
  };
}
