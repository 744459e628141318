import type { StateDict } from '@hypercorr/nn';
import { FormatError } from '@hypercorr/tensor';
import { backboneNames } from '../backbones/backbone-table.ts';
import type { FeatureProvider } from '../backbones/feature-provider.ts';
import { identifyBackbone } from './identify-backbone.ts';
import { isClassifier, loadPublishedState, partitionState, withoutWrapper } from './published-state.ts';

/** The result of loading weights into a backbone. */
export interface LoadedBackbone {
  /** Names of the classifier's tensors, which a backbone does not use. */
  readonly ignored: readonly string[];
}

/**
 * Puts weights under the names of torchvision and timm (`layer1.0.conv1.weight`, `features.0.weight`…) into a backbone.
 * The classifier's tensors are ignored. Elements are shared; the state stays the caller's. On an error nothing is
 * changed.
 *
 * @throws FormatError that names the network, for the weights of another one; FormatError that lists names missing or left
 * over; ShapeError that lists tensors of another shape or dtype; BackendError for tensors on another engine
 */
export function loadBackboneWeights(backbone: FeatureProvider, state: StateDict): LoadedBackbone {
  const [ignored, found] = partitionState(withoutWrapper(state), isClassifier);
  const [asked, given] = [identifyBackbone(backbone.stateDict()), identifyBackbone(found)];
  if (given !== undefined && given !== asked) {
    const networks = `${given}, and the backbone is ${asked ?? 'none that is known'}`;
    throw new FormatError(
      'loadBackboneWeights',
      `these look like weights of another network: ${networks}; ${remedyFor(given)}`,
    );
  }
  loadPublishedState(backbone, found);
  return { ignored: Object.keys(ignored) };
}

/** Names the backbone that takes the weights of a network, or lists all backbones. */
function remedyFor(network: string): string {
  return backboneNames.some((name) => name === network)
    ? `a model with backbone ${network} takes them`
    : `backbones are ${backboneNames.join(', ')}`;
}
