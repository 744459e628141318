import { MessageWriter } from '@hypercorr/nn/protobuf';
import type { Shape } from '@hypercorr/tensor';
import { sizeOf } from '@hypercorr/tensor/op';

/** The operator set that the graph's nodes are from. ReduceMean, say, has its axes as an input from 18 on. */
const opset = 17;
/** The version of the file format that came with it. */
const irVersion = 8;

/** What one node writes and others read. All shapes are known when a graph is built. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
}

/** Whole numbers unless a float is asked for by name: ONNX tells the two apart. */
export type Attribute = number | string | readonly number[] | { readonly float: number };

/** A graph of ONNX operators under construction (https://onnx.ai/onnx/operators), written as one file in the end. */
export class Graph {
  readonly #nodes: MessageWriter[] = [];
  readonly #initializers: MessageWriter[] = [];
  readonly #inputs: Value[] = [];
  readonly #names = new Set<string>();

  /** Adds an input of float32. */
  input(name: string, shape: Shape): Value {
    const value = { name: this.#unique(name), shape };
    this.#inputs.push(value);
    return value;
  }

  /** Adds a constant. */
  constant(name: string, data: Float32Array | BigInt64Array, shape: Shape): Value {
    const value = { name: this.#unique(name), shape };
    this.#initializers.push(tensorProto(value, data));
    return value;
  }

  /** Adds a constant list of whole numbers: a shape, axes, places. */
  list(name: string, numbers: readonly number[]): Value {
    return this.constant(name, BigInt64Array.from(numbers.map(BigInt)), [numbers.length]);
  }

  /**
   * Adds an operator.
   *
   * @param inputs in the operator's order, `undefined` where an optional one is left out
   * @param shape of its output
   */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    shape: Shape,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const output = { name: this.#unique(operator), shape };
    const node = new MessageWriter();
    for (const input of inputs) node.string(1, input?.name ?? '');
    node.string(2, output.name).string(3, output.name).string(4, operator);
    for (const [name, attribute] of Object.entries(attributes)) node.message(5, attributeProto(name, attribute));
    this.#nodes.push(node);
    return output;
  }

  /** `x` with another shape of as many elements; itself where it has that shape. */
  reshape(x: Value, shape: Shape): Value {
    const same = x.shape.length === shape.length && x.shape.every((size, axis) => size === shape[axis]);
    return same ? x : this.node('Reshape', [x, this.list('shape', shape)], shape);
  }

  /** Axis i of the output is axis `order[i]` of `x`. */
  transpose(x: Value, order: readonly number[]): Value {
    const shape = order.map((axis) => x.shape[axis] ?? 0);
    return order.every((axis, i) => axis === i) ? x : this.node('Transpose', [x], shape, { perm: order });
  }

  /**
   * The file: a ModelProto with this graph.
   *
   * @param output its name, and the value that it is
   * @param metadata kept in the file by name
   */
  serialise(
    name: string,
    output: readonly [name: string, value: Value],
    metadata: Readonly<Record<string, string>>,
  ): Uint8Array<ArrayBuffer> {
    const result = { name: this.#unique(output[0]), shape: output[1].shape };
    const identity = new MessageWriter().string(1, output[1].name).string(2, result.name).string(4, 'Identity');
    const graph = new MessageWriter();
    for (const node of [...this.#nodes, identity]) graph.message(1, node);
    graph.string(2, name);
    for (const initializer of this.#initializers) graph.message(5, initializer);
    for (const input of this.#inputs) graph.message(11, valueInfoProto(input));
    graph.message(12, valueInfoProto(result));

    const model = new MessageWriter().varint(1, irVersion).string(2, 'hypercorr').message(7, graph);
    model.message(8, new MessageWriter().string(1, '').varint(2, opset));
    for (const [key, text] of Object.entries(metadata))
      model.message(14, new MessageWriter().string(1, key).string(2, text));
    return model.bytes();
  }

  #unique(name: string): string {
    let unique = name;
    for (let i = 2; this.#names.has(unique); i += 1) unique = `${name}_${i}`;
    this.#names.add(unique);
    return unique;
  }
}

// Field numbers and codes are those of onnx.proto3.
const elementTypes = { float32: 1, int64: 7 } as const;
const attributeTypes = { float: 1, int: 2, string: 3, ints: 7 } as const;

function tensorProto({ name, shape }: Value, data: Float32Array | BigInt64Array): MessageWriter {
  if (data.length !== sizeOf(shape))
    throw new RangeError(`${name} has ${data.length} elements for the shape [${shape.join(',')}]`);
  const tensor = new MessageWriter();
  for (const size of shape) tensor.varint(1, size);
  tensor.varint(2, elementTypes[data instanceof Float32Array ? 'float32' : 'int64']).string(8, name);
  return tensor.raw(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function attributeProto(name: string, attribute: Attribute): MessageWriter {
  const proto = new MessageWriter().string(1, name);
  if (typeof attribute === 'number') return proto.varint(3, attribute).varint(20, attributeTypes.int);
  if (typeof attribute === 'string') return proto.string(4, attribute).varint(20, attributeTypes.string);
  if ('float' in attribute) return proto.float(2, attribute.float).varint(20, attributeTypes.float);
  for (const each of attribute) proto.varint(8, each);
  return proto.varint(20, attributeTypes.ints);
}

function valueInfoProto({ name, shape }: Value): MessageWriter {
  const sizes = new MessageWriter();
  for (const size of shape) sizes.message(1, new MessageWriter().varint(1, size));
  const tensor = new MessageWriter().varint(1, elementTypes.float32).message(2, sizes);
  return new MessageWriter().string(1, name).message(2, new MessageWriter().message(1, tensor));
}
