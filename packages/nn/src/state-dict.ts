import { BackendError, FormatError, ShapeError, scope, stopGradient, type Spec, type Tensor } from '@hypercorr/tensor';
import { checkOptions, formatShape, listed, sameShape } from '@hypercorr/tensor/op';
import { Buffer, type Cell } from './cell.ts';

/** Tensors by name, as a file holds them: `0.weight`, `0.bias`, `1.running_mean`. */
export type StateDict = Readonly<Record<string, Tensor>>;

export interface LoadOptions {
  /**
   * Whether to refuse a state with missing or additional names; true by default. If false, all matching names are
   * loaded.
   */
  readonly strict?: boolean;
}

const loadOptions = { strict: true };

/** The differences between a state and the cells that should take it. */
export interface StateDifferences {
  /** Names of the model that the state lacks. */
  readonly missing: readonly string[];
  /** Names of the state that the model lacks. */
  readonly unexpected: readonly string[];
  /** Tensors with another shape or dtype than the model has. */
  readonly misshaped: readonly MisshapedTensor[];
}

export interface MisshapedTensor {
  readonly name: string;
  readonly expected: Spec;
  readonly found: Spec;
}

/** The tensors that cells hold; they stay the cells'. */
export function stateOf(cells: ReadonlyMap<string, Cell>): StateDict {
  return Object.fromEntries([...cells].map(([name, cell]) => [name, cell.value]));
}

/** Frees the tensors of a state that was read from a file. */
export function disposeState(state: StateDict): void {
  for (const tensor of Object.values(state)) tensor.dispose();
}

/**
 * Puts the tensors of a state into cells. Elements are shared, not copied; the state stays the caller's. On an error
 * nothing is changed.
 *
 * @returns names missing and left over, if `strict` is false
 * @throws FormatError that lists names missing or left over, if strict; ShapeError that lists tensors of another shape or
 * dtype; BackendError for tensors on another engine
 */
export function loadState(
  op: string,
  cells: ReadonlyMap<string, Cell>,
  state: StateDict,
  options: LoadOptions = {},
): StateDifferences {
  checkOptions(op, options, loadOptions);
  const { strict = true } = options;
  const differences = compareState(cells, state);
  const { missing, unexpected, misshaped } = differences;
  if (misshaped.length > 0) throw new ShapeError(op, formatDifferences(differences));
  if (strict && missing.length + unexpected.length > 0) throw new FormatError(op, formatDifferences(differences));

  // Make all handles first, so that a freed tensor throws before any cell changes.
  scope(() => {
    const fresh = [...cells].flatMap(([name, cell]) => {
      const tensor = tensorNamed(state, name);
      if (tensor === undefined) return [];
      if (tensor.engine !== cell.value.engine) {
        throw new BackendError(
          op,
          `${name} lives on another engine than the cell it is for: move it with to(x, engine)`,
        );
      }
      // Give every cell a value of its own, so that gradients can tell two models apart that share a state.
      return [{ cell, value: stopGradient(tensor) }];
    });
    for (const { cell, value } of fresh) cell.set(value);
  });
  return differences;
}

function compareState(cells: ReadonlyMap<string, Cell>, state: StateDict): StateDifferences {
  const missing: string[] = [];
  const misshaped: MisshapedTensor[] = [];
  for (const [name, cell] of cells) {
    const tensor = tensorNamed(state, name);
    if (tensor === undefined) {
      if (!(cell instanceof Buffer && cell.optional)) missing.push(name);
    } else if (tensor.dtype !== cell.value.dtype || !sameShape(tensor.shape, cell.value.shape)) {
      misshaped.push({ name, expected: specOf(cell.value), found: specOf(tensor) });
    }
  }
  const unexpected = Object.keys(state).filter((name) => !cells.has(name));
  return { missing, unexpected, misshaped };
}

/** `toString` names a tensor only if the state itself holds it. */
function tensorNamed(state: StateDict, name: string): Tensor | undefined {
  return Object.hasOwn(state, name) ? state[name] : undefined;
}

function specOf({ shape, dtype }: Tensor): Spec {
  return { shape, dtype };
}

function formatDifferences({ missing, unexpected, misshaped }: StateDifferences): string {
  const shapes = misshaped.map(
    ({ name, expected, found }) => `${name} is ${formatSpec(found)}, expected ${formatSpec(expected)}`,
  );
  return [
    ...(missing.length > 0 ? [`missing: ${listed(missing)}`] : []),
    ...(unexpected.length > 0 ? [`unexpected: ${listed(unexpected)}`] : []),
    ...(shapes.length > 0 ? [`of another shape or dtype: ${listed(shapes)}`] : []),
  ].join('; ');
}

function formatSpec({ dtype, shape }: Spec): string {
  return `${dtype} ${formatShape(shape)}`;
}
