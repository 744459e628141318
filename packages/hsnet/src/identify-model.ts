import { backboneNames, backboneTaps, type BackboneName } from './backbones/index.ts';
import type { KernelName } from './learner.ts';

/** What the tensors of a checkpoint say about its model. */
export interface ModelIdentity {
  readonly backbone: BackboneName;
  readonly kernel: KernelName;
}

/** The first parameter of each 4D convolution: [output channels, input channels, kernel…]. */
const firstParameters: readonly (readonly [KernelName, parameter: string])[] = [
  ['center-pivot', 'conv1.weight'],
  ['separable', 'query.weight'],
  ['full', 'weight'],
];

/** The encoders that the pyramid's levels arrive in, from shallow to deep. */
const encoders = ['encoder_layer2', 'encoder_layer3', 'encoder_layer4'] as const;

/**
 * The backbone and the 4D convolution of a checkpoint, told from names and shapes alone: each level's encoder takes as
 * many channels as the backbone has taps there, and the three convolutions name their parameters differently.
 *
 * @param entries the checkpoint's tensors by name, with or without `module.` in front
 * @returns undefined where the learner's first layers are not there, or fit no backbone
 */
export function identifyModel(
  entries: ReadonlyMap<string, { readonly shape: readonly number[] }>,
): ModelIdentity | undefined {
  const inputChannels = (encoder: string, parameter: string): number | undefined => {
    const name = `hpn_learner.${encoder}.0.${parameter}`;
    return (entries.get(name) ?? entries.get(`module.${name}`))?.shape[1];
  };
  for (const [kernel, parameter] of firstParameters) {
    const [shallow, middle, deep] = encoders.map((encoder) => inputChannels(encoder, parameter));
    const backbone = backboneNames.find((name) => {
      const taps = backboneTaps[name];
      return taps.shallow === shallow && taps.middle === middle && taps.deep === deep;
    });
    if (backbone !== undefined) return { backbone, kernel };
  }
  return undefined;
}
