import { MessageWriter } from '@hypercorr/nn/protobuf';
import { BackendError, type Shape } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';
import type { GraphBuilder, GraphValue, NodeAttribute } from '@hypercorr/tensor/onnx';

/** The operator set of the nodes. Later sets differ: from 18 on, for instance, the axes of ReduceMean are an input. */
const opset = 17;
/** The version of the file format that came with this operator set. */
const irVersion = 8;

interface Node {
  readonly operator: string;
  readonly inputs: readonly (GraphValue | undefined)[];
  readonly output: GraphValue;
  readonly attributes: Readonly<Record<string, NodeAttribute>>;
}

interface Constant {
  readonly value: GraphValue;
  readonly data: Float32Array | BigInt64Array;
}

/** A graph of ONNX operators (https://onnx.ai/onnx/operators) under construction. In the end it is written as one file. */
export class Graph implements GraphBuilder {
  readonly #nodes: Node[] = [];
  readonly #constants: Constant[] = [];
  readonly #inputs: GraphValue[] = [];
  readonly #values = new Map<string, GraphValue>();

  /** Adds a float32 input. */
  input(name: string, shape: Shape): GraphValue {
    const value = this.#value(name, shape);
    this.#inputs.push(value);
    return value;
  }

  constant(name: string, data: Float32Array | BigInt64Array, shape: Shape): GraphValue {
    if (data.length !== sizeOf(shape))
      throw new RangeError(`${name} has ${data.length} elements for the shape [${shape.join(',')}]`);
    const value = this.#value(name, shape);
    this.#constants.push({ value, data });
    return value;
  }

  list(name: string, numbers: readonly number[]): GraphValue {
    return this.constant(name, BigInt64Array.from(numbers.map(BigInt)), [numbers.length]);
  }

  node(
    operator: string,
    inputs: readonly (GraphValue | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, NodeAttribute>> = {},
  ): GraphValue {
    const output = this.#value(operator, shape);
    this.#nodes.push({ operator, inputs, output, attributes });
    return output;
  }

  reshape(x: GraphValue, shape: Shape): GraphValue {
    const same = x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis]);
    return same ? x : this.node('Reshape', [x, this.list('shape', shape)], shape);
  }

  transpose(x: GraphValue, order: readonly number[]): GraphValue {
    const shape = order.map((axis) => x.shape[axis] ?? 0);
    return order.every((axis, i) => axis === i) ? x : this.node('Transpose', [x], shape, { perm: order });
  }

  /**
   * Writes the file: a ModelProto with this graph.
   *
   * @param outputs float32 values by the names that they get in the file. A node or constant of such a name gets another.
   * @param metadata texts that the file keeps by name
   * @throws BackendError for an output that is named like an input
   */
  serialise(
    name: string,
    outputs: Readonly<Record<string, GraphValue>>,
    metadata: Readonly<Record<string, string>>,
  ): Uint8Array<ArrayBuffer> {
    const renamed = this.#makeWayFor(Object.keys(outputs));
    const nameOf = (value: GraphValue): string => renamed.get(value) ?? value.name;

    const graph = new MessageWriter();
    for (const { operator, inputs, output, attributes } of this.#nodes) {
      const node = new MessageWriter();
      for (const input of inputs) node.string(1, input === undefined ? '' : nameOf(input));
      node.string(2, nameOf(output)).string(3, nameOf(output)).string(4, operator);
      for (const [key, attribute] of Object.entries(attributes)) node.message(5, attributeProto(key, attribute));
      graph.message(1, node);
    }
    for (const [output, value] of Object.entries(outputs))
      graph.message(1, new MessageWriter().string(1, nameOf(value)).string(2, output).string(4, 'Identity'));
    graph.string(2, name);
    for (const { value, data } of this.#constants) graph.message(5, tensorProto(nameOf(value), value.shape, data));
    for (const input of this.#inputs) graph.message(11, valueInfoProto(input));
    for (const [output, { shape }] of Object.entries(outputs))
      graph.message(12, valueInfoProto({ name: output, shape }));

    const model = new MessageWriter().varint(1, irVersion).string(2, 'hypercorr').message(7, graph);
    model.message(8, new MessageWriter().string(1, '').varint(2, opset));
    for (const [key, text] of Object.entries(metadata))
      model.message(14, new MessageWriter().string(1, key).string(2, text));
    return model.bytes();
  }

  #value(name: string, shape: Shape): GraphValue {
    const value = { name: this.#unique(name), shape };
    this.#values.set(value.name, value);
    return value;
  }

  /** `name`, with a number behind it where a value or an output has that name. */
  #unique(name: string, outputs: readonly string[] = []): string {
    let unique = name;
    for (let i = 2; this.#values.has(unique) || outputs.includes(unique); i += 1) unique = `${name}_${i}`;
    return unique;
  }

  /** New names for the values whose names outputs need. */
  #makeWayFor(outputs: readonly string[]): ReadonlyMap<GraphValue, string> {
    const renamed = new Map<GraphValue, string>();
    for (const output of outputs) {
      const value = this.#values.get(output);
      if (value === undefined) continue;
      if (this.#inputs.includes(value))
        throw new BackendError('onnx', `the output ${output} is named like an input; rename one of them`);
      renamed.set(value, this.#unique(output, outputs));
    }
    return renamed;
  }
}

// Field numbers and codes are those of onnx.proto3.
const elementTypes = { float32: 1, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

function tensorProto(name: string, shape: Shape, data: Float32Array | BigInt64Array): MessageWriter {
  const tensor = new MessageWriter();
  for (const size of shape) tensor.varint(1, size);
  tensor.varint(2, elementTypes[data instanceof Float32Array ? 'float32' : 'int64']).string(8, name);
  return tensor.raw(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function attributeProto(name: string, attribute: NodeAttribute): MessageWriter {
  const proto = new MessageWriter().string(1, name);
  if (typeof attribute === 'number') return proto.varint(3, attribute).varint(20, attributeTypes.int);
  if (typeof attribute === 'string') return proto.string(4, attribute).varint(20, attributeTypes.string);
  if ('float' in attribute) return proto.float(2, attribute.float).varint(20, attributeTypes.float);
  for (const each of attribute) proto.varint(8, each);
  return proto.varint(20, attributeTypes.ints);
}

function valueInfoProto({ name, shape }: GraphValue): MessageWriter {
  const sizes = new MessageWriter();
  for (const size of shape) sizes.message(1, new MessageWriter().varint(1, size));
  const tensor = new MessageWriter().varint(1, elementTypes.float32).message(2, sizes);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensor));
}
