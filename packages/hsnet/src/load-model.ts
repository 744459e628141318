import type { StateDict } from '@hypercorr/nn';
import { FormatError, HypercorrError, type Engine, type Key } from '@hypercorr/tensor';
import { loadBackboneWeights } from '@hypercorr/vision';
import { loadCheckpoint } from './checkpoint.ts';
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
 * @returns whether the file holds the whole model, or the learner alone
 * @throws FormatError that names the file
 */
export function loadModelState(model: HSNet, { state, source }: NamedState): 'model' | 'learner' {
  return naming(source, () => loadCheckpoint(model, state)).holds;
}

/** As `loadBackboneWeights`, for the tensors of a file. @throws FormatError that names the file */
export function loadBackboneState(model: HSNet, { state, source }: NamedState): void {
  naming(source, () => loadBackboneWeights(model.backbone, state));
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
