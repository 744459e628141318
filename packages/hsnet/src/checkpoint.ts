import { FormatError } from '@hypercorr/tensor';
import type { StateDict } from '@hypercorr/nn';
import {
  isClassifier,
  isStrayCounter,
  loadPublishedState,
  partitionState,
  unwrapNames,
  withoutPrefix,
  type UnwrappedNames,
} from '@hypercorr/vision';
import type { HSNet } from './hsnet.ts';

/** What was found in a checkpoint. */
export interface LoadedCheckpoint {
  /** Whether it held the whole model, or the learner alone. In the second case the backbone stays as it was. */
  readonly holds: 'model' | 'learner';
  /** Names that belong to no layer of HSNet: a backbone's classifier, the state of an optimiser. */
  readonly ignored: readonly string[];
  /** What stood in front of HSNet's names; empty if nothing did. */
  readonly prefix: string;
  /** Other names that were left out: those without the prefix, and counters of profilers. */
  readonly leftOut: readonly string[];
}

const backbonePrefix = 'backbone.';
/** What HSNet's names of its learner begin with. */
export const learnerPrefix = 'hpn_learner.';

/**
 * A checkpoint's names without what other programs put in front of HSNet's: `module.`, `_orig_mod.`, `model.` and others.
 *
 * @throws FormatError that names the prefixes, for a checkpoint of several HSNets
 */
export function unwrapCheckpoint(names: Iterable<string>, options: { readonly source?: string } = {}): UnwrappedNames {
  return unwrapNames(names, isOfLearner, options);
}

/** Whether a name, without any prefix, is of HSNet's learner. */
export function isOfLearner(name: string): boolean {
  return name.startsWith(learnerPrefix);
}

/**
 * Puts a checkpoint into a model: one of the published ones (`module.backbone.layer1.0.conv1.weight`…), one of this
 * library's, or one with the learner alone. Its names may have any prefix. Elements are shared; the state stays the caller's. Nothing changes on an
 * error.
 *
 * @throws FormatError that lists names missing or left over; ShapeError that lists tensors of another shape or dtype, as
 * under another backbone or kernel; BackendError for tensors on another engine
 */
export function loadCheckpoint(model: HSNet, state: StateDict): LoadedCheckpoint {
  const { prefix, outside } = unwrapCheckpoint(Object.keys(state));
  const expected = model.stateDict();
  const [ignored, others] = partitionState(withoutPrefix(state, prefix), isUnused);
  const [counters, found] = partitionState(others, (name) => isStrayCounter(name, expected));
  const names = Object.keys(found);
  if (!names.some(isOfLearner)) {
    const some = names.slice(0, 3).join(', ');
    const hint = "a backbone's weights alone are no model: give them as the backbone's weights";
    throw new FormatError(
      'loadCheckpoint',
      `there is no tensor hpn_learner.…; got ${some === '' ? 'none' : `${some}, …`}; ${hint}`,
    );
  }
  const holds = names.some((name) => name.startsWith(backbonePrefix)) ? 'model' : 'learner';
  const backbone = holds === 'model' ? {} : partitionState(expected, (name) => name.startsWith(backbonePrefix))[0];
  loadPublishedState(model, { ...backbone, ...found });
  return { holds, ignored: Object.keys(ignored), prefix, leftOut: [...outside, ...Object.keys(counters)] };
}

/** Whether HSNet has no use for a tensor of published checkpoints: a backbone's classifier, and an optimiser's state. */
function isUnused(name: string): boolean {
  if (name.startsWith('optimizer.')) return true;
  return name.startsWith(backbonePrefix) && isClassifier(name.slice(backbonePrefix.length));
}
