import { BackendError, DTypeError, referenceBackend, type Shape, type Spec, type Tensor } from '@hypercorr/tensor';
import {
  sizeOf,
  type BackendOperand,
  type Handle,
  type Named,
  type ObservingBackend,
  type Op,
} from '@hypercorr/tensor/op';
import type { Graph, Value } from './graph.ts';

/** An operation's inputs as values of the graph, and how to write what it computes. */
export interface Lowering {
  (graph: Graph, inputs: Readonly<Record<string, Value>>, output: Spec, attrs: unknown): Value;
}

/** Writes one operation as nodes: its inputs and attributes are those of its record. */
export function lowering<In extends string, Attrs, Optional extends string>(
  op: Op<In, Attrs, Optional>,
  lower: (
    graph: Graph,
    inputs: Named<In, Value> & { readonly [K in Optional]?: Value },
    attrs: Attrs,
    output: Spec,
  ) => Value,
): readonly [name: string, Lowering] {
  // The backend is handed records of every kind; that inputs and attributes fit was checked by the record's shape rule.
  return [
    op.name,
    (graph, inputs, output, attrs) => lower(graph, inputs as Parameters<typeof lower>[1], attrs as Attrs, output),
  ];
}

/**
 * A backend that writes what runs on it as nodes of an ONNX graph. What depends on constants alone (a batch norm folded
 * into a convolution) is computed, and is a constant of the graph.
 */
export class TracingBackend implements ObservingBackend {
  readonly name = 'onnx';
  readonly description = 'onnx: operations become nodes of a graph, nothing else is computed';
  readonly kernels = 'none';
  readonly dtypes = ['float32', 'int32', 'bool'] as const;
  readonly #graph: Graph;
  readonly #lowerings: ReadonlyMap<string, Lowering>;
  readonly #constants = referenceBackend();
  readonly #names = new WeakMap<Handle, string>();
  /** What the graph computes, and its inputs. */
  readonly #values = new WeakMap<Handle, Value>();
  /** Constants that are in the graph. */
  readonly #written = new WeakMap<Handle, Value>();

  constructor(graph: Graph, lowerings: ReadonlyMap<string, Lowering>) {
    this.#graph = graph;
    this.#lowerings = lowerings;
  }

  /** Says what a constant is called in the graph. */
  nameConstant(tensor: Tensor, name: string): void {
    this.#names.set(tensor.storage('onnx').handle, name);
  }

  /** Makes a tensor an input of the graph; its elements do not matter. */
  declareInput(tensor: Tensor, name: string): void {
    this.#values.set(tensor.storage('onnx').handle, this.#graph.input(name, tensor.shape));
  }

  /** The value that a tensor is in the graph. */
  valueOf(tensor: Tensor): Value {
    return this.#use(tensor.storage('onnx').handle, tensor.shape, tensor.dtype);
  }

  upload: ObservingBackend['upload'] = (data, dtype) => this.#constants.upload(data, dtype);

  run(op: Op, inputs: Readonly<Record<string, BackendOperand>>, output: Spec, attrs: unknown): Handle {
    const operands = Object.values(inputs);
    if (operands.every(({ handle }) => !this.#values.has(handle))) {
      const handle = this.#constants.run(op, inputs, output, attrs);
      const name = operands.map((operand) => this.#names.get(operand.handle)).find((each) => each !== undefined);
      if (name !== undefined) this.#names.set(handle, name);
      return handle;
    }
    const lower = this.#lowerings.get(op.name);
    if (lower === undefined)
      throw new BackendError('onnx', `there is no way yet to write ${op.name} as operators of ONNX`);
    const values = Object.entries(inputs).map(
      ([name, { handle, shape, dtype }]) => [name, this.#use(handle, shape, dtype)] as const,
    );
    const handle: Handle = { bytes: 0 };
    this.#values.set(handle, lower(this.#graph, Object.fromEntries(values), output, attrs));
    return handle;
  }

  free(): void {}
  idle = (): Promise<void> => Promise.resolve();
  dispose = (): Promise<void> => Promise.resolve();

  /** A stored value under a shape: reshaping runs nothing, so it shows only where the value is used. */
  #use(handle: Handle, shape: Shape, dtype: Spec['dtype']): Value {
    const known = this.#values.get(handle) ?? this.#constant(handle, shape, dtype);
    return this.#graph.reshape(known, shape);
  }

  #constant(handle: Handle, shape: Shape, dtype: Spec['dtype']): Value {
    const written = this.#written.get(handle);
    if (written !== undefined) return written;
    const data = this.#constants.readSync?.(handle, dtype, sizeOf(shape));
    if (!(data instanceof Float32Array)) throw new DTypeError('onnx', `constants are float32 here, got ${dtype}`);
    const constant = this.#graph.constant(this.#names.get(handle) ?? 'constant', data, shape);
    this.#written.set(handle, constant);
    return constant;
  }
}
