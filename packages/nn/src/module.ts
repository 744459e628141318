import { fold, type Key } from '@hypercorr/tensor';
import { Buffer, Cell, Parameter, type NamedParameters } from './cell.ts';
import { loadState, stateOf, type LoadOptions, type StateDict, type StateDifferences } from './state-dict.ts';

/**
 * A tree of cells. Every property that holds a cell, a module, or an array of them belongs to the tree under the
 * property's name, so **properties carry the names that checkpoints use** (`running_mean`, `encoder_layer4`). Names are
 * joined by dots; array items are named by their index. Anything outside of the state goes into a `#private` field.
 */
export abstract class Module implements Disposable {
  #training = true;

  /** Whether the module behaves as in training: batch statistics instead of running ones. */
  get training(): boolean {
    return this.#training;
  }

  /** Switches this module and all below it to training, or to evaluation. */
  train(mode = true): this {
    this.#training = mode;
    for (const [, member] of this.members()) {
      if (member instanceof Module) member.train(mode);
    }
    return this;
  }

  /** The same as `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Gives a new key to every module below that draws random numbers, such as dropout. The key is made from this one and
   * the module's place in the tree. Call `model.seed(fold(key, step))` before each step: a run that is resumed at a
   * step then draws the same numbers, and no random state has to be saved.
   */
  seed(key: Key): this {
    let place = 0;
    for (const [, member] of this.members()) {
      if (!(member instanceof Module)) continue;
      member.seed(fold(key, place));
      place += 1;
    }
    return this;
  }

  /** The parameters below this module by name, each once, under the first name it has. */
  namedParameters(): NamedParameters {
    return Object.fromEntries(this.#distinct((cell) => cell instanceof Parameter));
  }

  parameters(): Parameter[] {
    return Object.values(this.namedParameters());
  }

  /** The buffers below this module by name, each once. */
  namedBuffers(): Readonly<Record<string, Buffer>> {
    return Object.fromEntries(this.#distinct((cell) => cell instanceof Buffer));
  }

  buffers(): Buffer[] {
    return Object.values(this.namedBuffers());
  }

  /**
   * Every parameter and buffer by name. The tensors stay the cells', which free them when training replaces them.
   * `mapTree(state, retain)` makes a snapshot without a copy.
   */
  stateDict(): StateDict {
    return stateOf(this.#cells());
  }

  /**
   * Puts the tensors of a state into the cells of the same names, sharing their elements. The state stays the caller's.
   * On an error nothing is changed.
   *
   * @returns names missing and left over, if `strict` is false (optional buffers are never listed)
   * @throws FormatError that lists names missing or left over, if strict; ShapeError that lists every tensor of another
   * shape or dtype, strict or not; BackendError for tensors on another engine
   */
  loadStateDict(state: StateDict, options: LoadOptions = {}): StateDifferences {
    return loadState('loadStateDict', this.#cells(), state, options);
  }

  /** Frees every tensor below this module. A module that owns more than cells frees the rest in its own `dispose`. */
  dispose(): void {
    for (const [, member] of this.members()) member.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The direct members of this module, by name. */
  protected members(): Iterable<readonly [name: string, member: Cell | Module]> {
    const properties: [string, unknown][] = Object.entries(this);
    return properties.flatMap(([name, value]) => membersIn(name, value));
  }

  #cells(): Map<string, Cell> {
    return new Map(this.#walk(''));
  }

  *#walk(prefix: string): Generator<readonly [string, Cell]> {
    for (const [name, member] of this.members()) {
      if (member instanceof Cell) yield [prefix + name, member];
      else yield* member.#walk(`${prefix}${name}.`);
    }
  }

  /** A cell that two modules share has several names in a state dict, but must be trained once. */
  #distinct<C extends Cell>(wanted: (cell: Cell) => cell is C): [string, C][] {
    const seen = new Set<Cell>();
    const found: [string, C][] = [];
    for (const [name, cell] of this.#cells()) {
      if (!seen.has(cell) && wanted(cell)) found.push([name, cell]);
      seen.add(cell);
    }
    return found;
  }
}

function membersIn(name: string, value: unknown): [string, Cell | Module][] {
  if (value instanceof Cell || value instanceof Module) return [[name, value]];
  if (Array.isArray(value)) return value.flatMap((item: unknown, index) => membersIn(`${name}.${index}`, item));
  return [];
}
