import type { Operand } from './backend.ts';
import type { DType } from './dtype.ts';
import type { Engine } from './engine.ts';
import { BackendError } from './errors.ts';
import { activeSignal } from './interrupt.ts';
import type { Op, OpInputs } from './op.ts';
import { activeRecorders } from './recorder.ts';
import type { Shape } from './shape/shape.ts';
import type { Spec } from './spec.ts';
import { Tensor } from './tensor.ts';

/**
 * Runs an operation: checks, dispatches, records. Every operation of every package passes here.
 *
 * The result's static type is the caller's claim. It is made in the public function of an operation, whose
 * signature follows the same shape rule as `op.infer` does at run time.
 *
 * @throws ShapeError, DTypeError as `op.infer` finds; DisposedError, BackendError for inputs that are freed
 * or live on different engines; the reason of an `interruptible` that was aborted.
 */
export function run<S extends Shape, D extends DType, In extends string, Attrs, Optional extends string = never>(
  op: Op<In, Attrs, Optional>,
  inputs: OpInputs<In, Optional, Tensor>,
  attrs: Attrs,
): Tensor<S, D> {
  const given: Record<string, Tensor> = {};
  const operands: Record<string, Operand> = {};
  for (const [name, tensor] of Object.entries<Tensor | undefined>(inputs)) {
    if (tensor === undefined) continue;
    given[name] = tensor;
    operands[name] = { shape: tensor.shape, dtype: tensor.dtype, handle: tensor.storage(op.name).handle };
  }
  const engine = commonEngine(op.name, Object.values(given));
  engine.assertUsable(op.name);
  activeSignal()?.throwIfAborted();

  const spec = op.infer(inputs, attrs);
  // A copy: the shape may be an array of the caller's, who may change it.
  const output = new Tensor(engine, storageFor(op, engine, given, operands, spec, attrs), [...spec.shape], spec.dtype);
  for (const recorder of activeRecorders()) recorder.record(op, given, attrs, output);
  return output as Tensor<Shape, DType> as Tensor<S, D>;
}

function storageFor(
  op: Op,
  engine: Engine,
  given: Readonly<Record<string, Tensor>>,
  operands: Readonly<Record<string, Operand>>,
  spec: Spec,
  attrs: unknown,
) {
  if (op.kernels !== 'alias') return engine.launch(op, operands, spec, attrs);
  const [source] = Object.values(given);
  if (source === undefined) throw new BackendError(op.name, 'an alias needs an input');
  return source.storage(op.name).retain();
}

/**
 * The engine that an operation's inputs live on.
 *
 * @throws DisposedError, BackendError for inputs that are freed or live on different engines
 */
export function commonEngine(op: string, inputs: readonly Tensor[]): Engine {
  const engine = inputs[0]?.engine;
  if (engine === undefined) throw new BackendError(op, 'an operation needs at least one tensor');
  for (const input of inputs) {
    input.storage(op);
    if (input.engine !== engine) throw mixedEngines(op, engine, input.engine);
  }
  return engine;
}

function mixedEngines(op: string, a: Engine, b: Engine): BackendError {
  return new BackendError(
    op,
    `the inputs live on different engines (${a.description}; ${b.description}): move them with to(x, engine)`,
  );
}
