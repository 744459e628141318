import { FormatError, reshape, scope } from '@hypercorr/tensor';
import type { Module, StateDict } from '@hypercorr/nn';
import { backboneNames, type BackboneName } from './backbones/index.ts';
import { identifyBackbone } from './backbones/identify-backbone.ts';
import type { HSNet } from './hsnet.ts';

/** What was found in a checkpoint. */
export interface LoadedCheckpoint {
  /** Whether it held the whole model, or the learner alone; the backbone is as it was then. */
  readonly holds: 'model' | 'learner';
  /** Names that belong to no layer of HSNet: a backbone's classifier, the state of an optimiser. */
  readonly ignored: readonly string[];
}

/** What data-parallel training puts in front of every name. */
const wrapper = 'module.';

/** What published checkpoints hold and HSNet has no use for: classifiers of torchvision's and timm's backbones, and optimisers. */
const unused = /^(backbone\.(fc|classifier|pre_logits|head)|optimizer)\./;

/**
 * Puts a checkpoint into a model: one of the published ones (`module.backbone.layer1.0.conv1.weight`…), one of this
 * library's, or one with the learner alone. Elements are shared; the state stays the caller's. Nothing is changed if
 * anything is wrong.
 *
 * @throws FormatError that lists what is missing and what has no place; ShapeError that lists tensors of another shape
 * or dtype, as under another backbone or kernel; BackendError for tensors on another engine
 */
export function loadCheckpoint(model: HSNet, state: StateDict): LoadedCheckpoint {
  const [ignored, found] = partition(withoutPrefix(state, wrapper), (name) => unused.test(name));
  const names = Object.keys(found);
  if (!names.some((name) => name.startsWith('hpn_learner.'))) {
    const some = names.slice(0, 3).join(', ');
    const hint =
      'weights of a backbone alone are loaded with loadBackboneWeights (the command takes them as --backbone-weights)';
    throw new FormatError(
      'loadCheckpoint',
      `there is no tensor hpn_learner.…; got ${some === '' ? 'none' : `${some}, …`}; ${hint}`,
    );
  }
  const holds = names.some((name) => name.startsWith('backbone.')) ? 'model' : 'learner';
  const backbone = holds === 'model' ? {} : partition(model.stateDict(), (name) => name.startsWith('backbone.'))[0];
  load(model, { ...backbone, ...found });
  return { holds, ignored: Object.keys(ignored) };
}

/**
 * Puts weights under the names of torchvision and timm (`layer1.0.conv1.weight`, `features.0.weight`…) into a model's
 * backbone. The classifier among them is left out. Nothing is changed if anything is wrong.
 *
 * @returns names of the classifier
 * @throws as `loadCheckpoint`; FormatError that names the network, for another's weights
 */
export function loadBackboneWeights(model: HSNet, state: StateDict): Pick<LoadedCheckpoint, 'ignored'> {
  const [ignored, found] = partition(withoutPrefix(state, wrapper), (name) => unused.test(`backbone.${name}`));
  checkNetwork(found, model.backboneName);
  load(model.backbone, found);
  return { ignored: Object.keys(ignored) };
}

function checkNetwork(state: StateDict, asked: BackboneName): void {
  const found = identifyBackbone(state);
  if (found === undefined || found === asked) return;
  const remedy = backboneNames.some((name) => name === found)
    ? `a model with backbone ${found} takes them (--backbone ${found})`
    : `backbones are ${backboneNames.join(', ')}`;
  throw new FormatError(
    'loadBackboneWeights',
    `these look like weights of another network: ${found}, and the backbone is ${asked}; ${remedy}`,
  );
}

/**
 * Loads a state in which scalars may have the shape [1]: writers that go through NumPy's `ascontiguousarray` turn the
 * batch norms' counters into that.
 */
function load(module: Module, state: StateDict): void {
  const expected = module.stateDict();
  scope(() => {
    const entries = Object.entries(state).map(([name, tensor]) => {
      const isCounter = Object.hasOwn(expected, name) && expected[name]?.shape.length === 0 && tensor.size === 1;
      return [name, isCounter ? reshape(tensor, []) : tensor] as const;
    });
    module.loadStateDict(Object.fromEntries(entries));
  });
}

/** The state without a prefix that all of its names have. */
function withoutPrefix(state: StateDict, prefix: string): StateDict {
  const entries = Object.entries(state);
  if (!entries.every(([name]) => name.startsWith(prefix))) return state;
  return Object.fromEntries(entries.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

function partition(state: StateDict, belongs: (name: string) => boolean): readonly [StateDict, StateDict] {
  const entries = Object.entries(state);
  return [
    Object.fromEntries(entries.filter(([name]) => belongs(name))),
    Object.fromEntries(entries.filter(([name]) => !belongs(name))),
  ];
}
