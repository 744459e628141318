import type { StateDict } from '@hypercorr/nn';
import { FormatError } from '@hypercorr/tensor';
import { backboneNames } from '../backbones/backbone-table.ts';
import type { FeatureProvider } from '../backbones/feature-provider.ts';
import { identifyBackbone } from './identify-backbone.ts';
import { isClassifier, loadPublishedState, partitionState } from './published-state.ts';
import { isBackboneName, isStrayCounter, unwrapNames, withoutPrefix } from './wrapped-names.ts';

/** The result of loading weights into a backbone. */
export interface LoadedBackbone {
  /** Names of the classifier's tensors, which a backbone does not use. */
  readonly ignored: readonly string[];
  /** What stood in front of the backbone's names; empty if nothing did. */
  readonly prefix: string;
  /** Other names that were left out: those without the prefix, and counters of profilers. */
  readonly leftOut: readonly string[];
}

/**
 * Puts weights under the names of torchvision and timm (`layer1.0.conv1.weight`, `features.0.weight`…) into a backbone.
 * The names may have a prefix, as in `module.encoder_q.layer1.0.conv1.weight`, or in a whole checkpoint of HSNet. The
 * classifier's tensors are ignored. Elements are shared; the state stays the caller's. On an error nothing is
 * changed.
 *
 * @throws FormatError that names the network, for the weights of another one, and the prefixes, for several networks;
 * FormatError that lists names missing or left
 * over; ShapeError that lists tensors of another shape or dtype; BackendError for tensors on another engine
 */
export function loadBackboneWeights(backbone: FeatureProvider, state: StateDict): LoadedBackbone {
  const { prefix, outside } = unwrapNames(Object.keys(state), isBackboneName);
  const expected = backbone.stateDict();
  const [ignored, others] = partitionState(withoutPrefix(state, prefix), isClassifier);
  const [counters, found] = partitionState(others, (name) => isStrayCounter(name, expected));
  const [asked, given] = [identifyBackbone(expected), identifyBackbone(found)];
  if (given !== undefined && given !== asked) {
    const networks = `${given}, and the backbone is ${asked ?? 'none that is known'}`;
    throw new FormatError(
      'loadBackboneWeights',
      `these look like weights of another network: ${networks}; ${remedyFor(given)}`,
    );
  }
  loadPublishedState(backbone, found);
  return { ignored: Object.keys(ignored), prefix, leftOut: [...outside, ...Object.keys(counters)] };
}

/** Names the backbone that takes the weights of a network, or lists all backbones. */
function remedyFor(network: string): string {
  return backboneNames.some((name) => name === network)
    ? `a model with backbone ${network} takes them`
    : `backbones are ${backboneNames.join(', ')}`;
}
