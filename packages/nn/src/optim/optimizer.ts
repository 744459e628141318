import {
  BackendError,
  DTypeError,
  DisposedError,
  GradientError,
  ShapeError,
  item,
  noGrad,
  scalar,
  scope,
  zeros,
  type FloatDType,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, formatShape, sameShape } from '@hypercorr/tensor/op';
import { Buffer, type Cell, type NamedParameters } from '../cell.ts';
import { parametersOf, type Gradients } from '../gradients.ts';
import type { Module } from '../module.ts';
import { loadState, stateOf, type LoadOptions, type StateDict, type StateDifferences } from '../state-dict.ts';

/** The options of every optimiser. */
export interface OptimizerOptions {
  readonly learningRate: number;
  /**
   * The factor of the learning rate for each parameter, by its name; 1 when left out. With it a pretrained module can
   * move slower than a new one (PyTorch has parameter groups for this, Caffe and mmengine `lr_mult`). One schedule
   * changes all rates together.
   */
  readonly learningRateFactor?: ((parameter: string) => number) | undefined;
}

const names = { learningRate: true, learningRateFactor: true };

/** @inline */
type FloatTensor = Tensor<Shape, FloatDType>;

/**
 * Replaces the values of parameters, step by step, by better ones. The optimiser keeps its memory of each parameter in
 * tensors that start at zero.
 */
export abstract class Optimizer implements Disposable {
  /** A schedule sets the rate between steps. The state holds neither the rate nor the factors. */
  learningRate: number;
  readonly #factors: ReadonlyMap<string, number>;
  readonly #parameters: NamedParameters;
  readonly #memories = new Map<string, Memory>();
  readonly #step: Buffer<readonly [], 'int32'>;
  /** The number in `#step`. Not every backend can read the tensor at once. */
  #stepsDone = 0;

  /**
   * @throws GradientError without parameters, or for a parameter with two names; RangeError for a factor below 0,
   * infinite or NaN
   */
  constructor(target: Module | NamedParameters, options: OptimizerOptions) {
    checkOptions('optimizer', options, names);
    const { learningRate, learningRateFactor = () => 1 } = options;
    this.learningRate = learningRate;
    this.#parameters = parametersOf(target);
    this.#factors = new Map(
      Object.keys(this.#parameters).map((name) => [name, checkFactor(name, learningRateFactor(name))]),
    );
    const [first] = Object.values(this.#parameters);
    if (first === undefined) throw new GradientError('optimizer', 'there is no parameter to train');
    checkDistinct(this.#parameters);
    this.#step = new Buffer(scalar(0, { dtype: 'int32', engine: first.value.engine }));
  }

  /** Steps taken so far. */
  get stepsDone(): number {
    return this.#stepsDone;
  }

  /**
   * Replaces the value of every parameter, and frees the old values. The gradients stay the caller's.
   *
   * @param gradients one for each parameter, of its shape
   * @throws GradientError for names missing or left over; ShapeError, DTypeError, BackendError for a gradient of
   * another shape, dtype or engine; DisposedError for a freed gradient. After an error nothing is changed.
   */
  step(gradients: Gradients): void {
    this.#check(gradients);
    const step = this.#stepsDone + 1;
    noGrad(() => {
      for (const [name, parameter] of Object.entries(this.#parameters)) {
        const gradient = gradients[name];
        if (gradient === undefined) continue;
        const learningRate = this.learningRate * (this.#factors.get(name) ?? 1);
        scope(() => parameter.set(this.update({ name, value: parameter.value, gradient, step, learningRate })));
      }
    });
    this.#count(step);
  }

  /** The whole memory of the optimiser, by name. The tensors stay the optimiser's until its next step. */
  stateDict(): StateDict {
    return stateOf(this.#cells());
  }

  /**
   * Continues where the optimiser that gave this state stopped, bit for bit (given the same settings).
   *
   * @throws as a module's `loadStateDict`
   */
  async loadStateDict(state: StateDict, options: LoadOptions = {}): Promise<StateDifferences> {
    const differences = loadState('loadStateDict', this.#cells(), state, options);
    this.#stepsDone = await item(this.#step.value);
    return differences;
  }

  dispose(): void {
    for (const cell of this.#cells().values()) cell.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The formula: returns the new value of one parameter. */
  protected abstract update(context: UpdateContext): FloatTensor;

  /** Makes a tensor of zeros for each parameter. The state holds the tensors as `<kind>.<parameter>`. */
  protected remember(kind: string): Memory {
    const memory = new Memory(this.#parameters);
    this.#memories.set(kind, memory);
    return memory;
  }

  #count(step: number): void {
    this.#stepsDone = step;
    this.#step.set(scalar(step, { dtype: 'int32', engine: this.#step.value.engine }));
  }

  #cells(): Map<string, Cell> {
    const cells = new Map<string, Cell>([['step', this.#step]]);
    for (const [kind, memory] of this.#memories) {
      for (const [name, cell] of memory.cells) cells.set(`${kind}.${name}`, cell);
    }
    return cells;
  }

  #check(gradients: Gradients): void {
    const missing = Object.keys(this.#parameters).filter((name) => !Object.hasOwn(gradients, name));
    const unexpected = Object.keys(gradients).filter((name) => !Object.hasOwn(this.#parameters, name));
    if (missing.length + unexpected.length > 0) {
      const lists = [
        ...(missing.length > 0 ? [`missing: ${missing.join(', ')}`] : []),
        ...(unexpected.length > 0 ? [`of no parameter: ${unexpected.join(', ')}`] : []),
      ];
      throw new GradientError('step', `gradients ${lists.join('; ')}`);
    }
    for (const [name, { value }] of Object.entries(this.#parameters)) {
      const gradient = gradients[name];
      if (gradient === undefined) continue;
      // Check every gradient before the first parameter moves: a failed step must change nothing.
      if (gradient.disposed) throw new DisposedError('step', `the gradient of ${name} was used after it was freed`);
      if (gradient.dtype !== value.dtype) {
        throw new DTypeError('step', `the gradient of ${name} is ${gradient.dtype}, the parameter ${value.dtype}`);
      }
      if (gradient.engine !== value.engine) {
        throw new BackendError('step', `the gradient of ${name} lives on another engine: move it with to(x, engine)`);
      }
      if (!sameShape(gradient.shape, value.shape)) {
        const shapes = `${formatShape(gradient.shape)}, the parameter ${formatShape(value.shape)}`;
        throw new ShapeError('step', `the gradient of ${name} has shape ${shapes}`);
      }
    }
  }
}

/** A module names each parameter once. A list made by hand may name one twice, and each step would train it twice. */
function checkDistinct(parameters: NamedParameters): void {
  const names = new Map<unknown, string>();
  for (const [name, parameter] of Object.entries(parameters)) {
    const first = names.get(parameter);
    if (first !== undefined)
      throw new GradientError('optimizer', `${first} and ${name} are the same parameter; name it once`);
    names.set(parameter, name);
  }
}

function checkFactor(name: string, factor: number): number {
  if (Number.isFinite(factor) && factor >= 0) return factor;
  throw new RangeError(`[optimizer] a factor of the learning rate is a number from 0; got ${factor} for ${name}`);
}

/** The inputs of an update. */
export interface UpdateContext {
  /** The parameter's name, under which a `Memory` keeps what belongs to it. */
  readonly name: string;
  readonly value: FloatTensor;
  /** The loss's derivative, of the shape of the value. */
  readonly gradient: FloatTensor;
  /** The number of this step, from 1. */
  readonly step: number;
  /** The learning rate of this parameter: the optimiser's rate times the parameter's factor. */
  readonly learningRate: number;
}

/** One tensor for each parameter, zeros at first. */
export class Memory {
  readonly cells: ReadonlyMap<string, Buffer<Shape, FloatDType>>;

  constructor(parameters: NamedParameters) {
    this.cells = new Map(
      Object.entries(parameters).map(([name, { value }]) => {
        const { shape, dtype, engine } = value;
        return [name, new Buffer(zeros(shape, { dtype, engine }))];
      }),
    );
  }

  of(name: string): FloatTensor {
    return this.#cell(name).value;
  }

  /** Remembers `value` from now on, and returns it. */
  keep(name: string, value: FloatTensor): FloatTensor {
    this.#cell(name).set(value);
    return value;
  }

  #cell(name: string): Buffer<Shape, FloatDType> {
    const cell = this.cells.get(name);
    if (cell === undefined) throw new GradientError('optimizer', `there is no parameter ${name}`);
    return cell;
  }
}
