import type { StateDict } from '@hypercorr/nn';
import { FormatError, HypercorrError, type Engine, type Key } from '@hypercorr/tensor';
import { loadBackboneWeights, type LoadedBackbone } from '@hypercorr/vision';
import { loadCheckpoint, type LoadedCheckpoint } from './checkpoint.ts';
import { HSNet } from './hsnet.ts';
import { HPNLearner } from './learner.ts';
import { learnerInputs } from './pyramid-taps.ts';
import type { ModelDescription } from './model-description.ts';

export interface NewModelOptions {
  readonly engine: Engine;
  /** Whether gradients reach the backbone; false when absent. */
  readonly trainBackbone?: boolean;
}

/** A model whose weights are zeros, for a state to replace. */
export function emptyModel(
  { backbone, kernel, supportMasking, additions }: ModelDescription,
  { engine, trainBackbone = false }: NewModelOptions,
): HSNet {
  return new HSNet({ backbone, kernel, supportMasking, additions, trainBackbone, key: null, engine });
}

/**
 * Draws random weights for the learner alone. The backbone's come from a file, and drawing millions of them would take
 * seconds.
 */
export function drawLearner(
  { backbone, kernel, additions, hpn_learner }: HSNet,
  options: { readonly engine: Engine; readonly key: Key },
): void {
  const drawn = new HPNLearner({ ...learnerInputs(backbone.taps, additions), kernel, ...options });
  hpn_learner.loadStateDict(drawn.stateDict());
  drawn.dispose();
}

/** A file's tensors by name, and what errors call the file. */
export interface NamedState {
  readonly state: StateDict;
  readonly source: string;
}

/**
 * As `loadCheckpoint`, for the tensors of a file.
 *
 * @throws FormatError that names the file
 */
export function loadModelState(model: HSNet, { state, source }: NamedState): LoadedCheckpoint {
  return naming(source, () => loadCheckpoint(model, state));
}

/** As `loadBackboneWeights`, for the tensors of a file. @throws FormatError that names the file */
export function loadBackboneState(model: HSNet, { state, source }: NamedState): LoadedBackbone {
  return naming(source, () => loadBackboneWeights(model.backbone, state));
}

/**
 * What a user should know of a file that was loaded, in lines: the prefix of its names, and what was left out. No lines
 * for a file whose names are all known.
 *
 * @param others names in the file that stand for no tensor
 */
export function describeLoaded(
  source: string,
  { prefix, leftOut }: Pick<LoadedBackbone, 'prefix' | 'leftOut'>,
  others: readonly string[] = [],
): string[] {
  const left = [...leftOut, ...others];
  const [first] = left;
  return [
    ...(prefix === '' ? [] : [`${source}: names are read without ${JSON.stringify(prefix)} in front`]),
    ...(first === undefined
      ? []
      : [
          `${source}: left out ${left.length} ${left.length === 1 ? 'entry' : 'entries'} that the model has no place for: ${JSON.stringify(first)}${left.length === 1 ? '' : ', …'}`,
        ]),
  ];
}

/** Names the file in errors about its content. */
function naming<T>(source: string, load: () => T): T {
  try {
    return load();
  } catch (cause) {
    if (!(cause instanceof HypercorrError)) throw cause;
    throw new FormatError('weights', `${source}: ${cause.message}`, { cause });
  }
}
