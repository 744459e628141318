import { BackendError, DTypeError, referenceBackend, type Shape, type Spec, type Tensor } from '@hypercorr/tensor';
import { sizeOf, type BackendOperand, type Handle, type ObservingBackend, type Op } from '@hypercorr/tensor/op';
import type { GraphValue, Lowering } from '@hypercorr/tensor/onnx';
import type { Graph } from './graph.ts';

/**
 * Writes the operations that run here as nodes of an ONNX graph. Operations on constants alone are computed, and their
 * result is a constant of the graph: a batch norm folded into a convolution, say.
 */
export class TracingBackend implements ObservingBackend {
  readonly name = 'onnx';
  readonly description = 'onnx: operations become nodes of a graph, nothing else is computed';
  readonly kernels = 'none';
  readonly dtypes = ['float32', 'int32', 'bool'] as const;
  readonly #graph: Graph;
  readonly #lowerings: ReadonlyMap<Op, Lowering>;
  readonly #constants = referenceBackend();
  readonly #names = new WeakMap<Handle, string>();
  /** The inputs of the graph, and what it computes from them. */
  readonly #values = new WeakMap<Handle, GraphValue>();
  /** Constants that the graph has already. */
  readonly #written = new WeakMap<Handle, GraphValue>();

  constructor(graph: Graph, lowerings: readonly Lowering[]) {
    this.#graph = graph;
    this.#lowerings = new Map(lowerings.map((lowering) => [lowering.op, lowering]));
  }

  /** Names a constant in the graph. */
  nameConstant(tensor: Tensor, name: string): void {
    this.#names.set(tensor.storage('onnx').handle, name);
  }

  /** Makes a tensor an input of the graph. Its elements do not matter. */
  declareInput(tensor: Tensor, name: string): void {
    this.#values.set(tensor.storage('onnx').handle, this.#graph.input(name, tensor.shape));
  }

  /** Finds the value that a tensor has in the graph. */
  valueOf(tensor: Tensor): GraphValue {
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
    const lowering = this.#lowerings.get(op);
    if (lowering === undefined) throw notLowered(op);
    const values = Object.entries(inputs).map(
      ([name, { handle, shape, dtype }]) => [name, this.#use(handle, shape, dtype)] as const,
    );
    const handle: Handle = { bytes: 0 };
    this.#values.set(handle, lowering.write(this.#graph, Object.fromEntries(values), attrs, output));
    return handle;
  }

  free(): void {}
  idle = (): Promise<void> => Promise.resolve();
  dispose = (): Promise<void> => Promise.resolve();

  /** A stored value under a shape. Reshaping runs nothing, so it shows only where the value is used. */
  #use(handle: Handle, shape: Shape, dtype: Spec['dtype']): GraphValue {
    const known = this.#values.get(handle) ?? this.#constant(handle, shape, dtype);
    return this.#graph.reshape(known, shape);
  }

  #constant(handle: Handle, shape: Shape, dtype: Spec['dtype']): GraphValue {
    const written = this.#written.get(handle);
    if (written !== undefined) return written;
    const data = this.#constants.readSync?.(handle, dtype, sizeOf(shape));
    // Operators take indices in 64 bits.
    const elements = data instanceof Int32Array ? BigInt64Array.from(data, BigInt) : data;
    if (!(elements instanceof Float32Array || elements instanceof BigInt64Array))
      throw new DTypeError('onnx', `constants may be float32 or int32, got ${dtype}`);
    const constant = this.#graph.constant(this.#names.get(handle) ?? 'constant', elements, shape);
    this.#written.set(handle, constant);
    return constant;
  }
}

function notLowered({ name, package: owner }: Op): BackendError {
  const missing =
    owner === undefined
      ? `@hypercorr/tensor, which defines ${name}, has none`
      : `pass the lowerings of ${owner}, which defines ${name}`;
  return new BackendError('onnx', `no lowering says what ${name} becomes in an ONNX file; ${missing}`);
}
