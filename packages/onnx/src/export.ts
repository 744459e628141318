import { checkOptions } from '@hypercorr/tensor/op';
import type { Module } from '@hypercorr/nn';
import { BackendError, DTypeError, Engine, noGrad, scope, to, zeros, type Shape, type Tensor } from '@hypercorr/tensor';
import { tensorLowerings, type Lowering } from '@hypercorr/tensor/onnx';
import { Graph } from './graph.ts';
import { TracingBackend } from './tracing-backend.ts';

/** The shapes of a graph's inputs, by name. */
export type InputShapes = Readonly<Record<string, Shape>>;

/** A graph's inputs as tensors, by name. */
export type InputTensors<Inputs extends InputShapes> = {
  readonly [Name in keyof Inputs]: Tensor<Inputs[Name], 'float32'>;
};

/** What is written, by the names that the outputs have in the file. All are float32. */
export type Outputs = Readonly<Record<string, Tensor>>;

export interface OnnxOptions<Inputs extends InputShapes> {
  /** Shapes of the inputs by name, in the order that the file lists them. The file takes no other shapes. */
  readonly inputs: Inputs;
  /** What the operations of packages other than `@hypercorr/tensor` become: `conv4dLowerings`, say. */
  readonly lowerings?: readonly Lowering[];
  /** The graph's name; `hypercorr` when left out. */
  readonly name?: string;
  /** Texts that the file keeps by name. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface ModuleOptions<M extends Module, Inputs extends InputShapes> extends OnnxOptions<Inputs> {
  /** Makes a module of the same structure on an engine. Its weights do not matter: `(engine) => new Net({ key: null, engine })`. */
  readonly rebuild: (engine: Engine) => M;
  /** Runs the module that is traced. */
  readonly forward: (module: M, inputs: InputTensors<Inputs>) => Outputs;
}

const optionNames = { inputs: true, lowerings: true, name: true, metadata: true };

/**
 * Writes a module as an ONNX file (operator set 17): the module runs once, on an engine that writes its operations down. What
 * depends on weights alone is computed, and the weights keep the names that they have in the state. The module is
 * evaluated, whatever mode it is in.
 *
 * @returns the file's bytes
 * @throws BackendError for an operation that has no lowering, and for an output that is named like an input; DTypeError for
 * an output that is not float32; what `rebuild` and `forward` throw
 *
 * @example
 * const bytes = await exportModule(model, {
 *   rebuild: (engine) => new Classifier({ key: null, engine }),
 *   inputs: { images: [1, 3, 32, 32] },
 *   forward: (classifier, { images }) => ({ logits: classifier.forward(images) }),
 * });
 */
export async function exportModule<M extends Module, const Inputs extends InputShapes>(
  module: M,
  moduleOptions: ModuleOptions<M, Inputs>,
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('exportModule', moduleOptions, { ...optionNames, rebuild: true, forward: true });
  const { rebuild, forward, ...options } = moduleOptions;
  const trace = startTrace(options.lowerings);
  using copy = rebuild(trace.engine);
  await copyState(module, copy, trace.engine);
  copy.eval();
  for (const [name, tensor] of Object.entries(copy.stateDict())) trace.backend.nameConstant(tensor, name);
  return write(trace, (inputs) => forward(copy, inputs), options);
}

/**
 * Writes a function of tensors as an ONNX file, as `exportModule` does.
 *
 * @param compute gets the engine that traces too: tensors that it makes belong there
 *
 * @example exportFunction(({ x }) => ({ y: softmax(x, 1) }), { inputs: { x: [1, 10] } });
 */
export function exportFunction<const Inputs extends InputShapes>(
  compute: (inputs: InputTensors<Inputs>, engine: Engine) => Outputs,
  options: OnnxOptions<Inputs>,
): Uint8Array<ArrayBuffer> {
  checkOptions('exportFunction', options, optionNames);
  const trace = startTrace(options.lowerings);
  return write(trace, (inputs) => compute(inputs, trace.engine), options);
}

/** A graph, and the engine whose operations become its nodes. */
interface Trace {
  readonly graph: Graph;
  readonly backend: TracingBackend;
  readonly engine: Engine;
}

function startTrace(lowerings: readonly Lowering[] = []): Trace {
  const graph = new Graph();
  const backend = new TracingBackend(graph, [...tensorLowerings, ...lowerings]);
  return { graph, backend, engine: new Engine(backend) };
}

/** Gives `copy`, which lives on `engine`, the weights of `module`, which lives anywhere. */
async function copyState(module: Module, copy: Module, engine: Engine): Promise<void> {
  const state: Record<string, Tensor> = {};
  try {
    for (const [name, tensor] of Object.entries(module.stateDict())) state[name] = await to(tensor, engine);
    copy.loadStateDict(state);
  } finally {
    for (const tensor of Object.values(state)) tensor.dispose();
  }
}

function write<Inputs extends InputShapes>(
  { graph, backend, engine }: Trace,
  compute: (inputs: InputTensors<Inputs>) => Outputs,
  { inputs: shapes, name = 'hypercorr', metadata = {} }: OnnxOptions<Inputs>,
): Uint8Array<ArrayBuffer> {
  return scope(() => {
    const inputs: Record<string, Tensor> = {};
    for (const [input, shape] of Object.entries<Shape>(shapes)) {
      const tensor = zeros<Shape>(shape, { engine });
      backend.declareInput(tensor, input);
      inputs[input] = tensor;
    }
    const outputs = Object.entries(noGrad(() => compute(inputs as InputTensors<Inputs>)));
    if (outputs.length === 0) throw new BackendError('onnx', 'the graph needs an output');
    const values = outputs.map(([output, tensor]) => {
      if (tensor.dtype !== 'float32')
        throw new DTypeError('onnx', `outputs have to be float32, and ${output} is ${tensor.dtype}`);
      return [output, backend.valueOf(tensor)] as const;
    });
    return graph.serialise(name, Object.fromEntries(values), metadata);
  });
}
