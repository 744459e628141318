import { FormatError } from '@hypercorr/tensor';
import { backboneNames, backboneTaps, identifyBackbone, type BackboneName } from '@hypercorr/vision';
import { unwrapCheckpoint } from './checkpoint.ts';
import type { KernelName } from './learner.ts';
import { pyramidTaps, tapCounts } from './pyramid-taps.ts';

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

/** The backbones of published checkpoints. A ResNet-34 has as many taps as a ResNet-50, and none was published. */
const published: readonly BackboneName[] = ['vgg16', 'resnet50', 'resnet101'];

/** The encoders of the levels, from shallow to deep. */
const encoders = ['encoder_layer2', 'encoder_layer3', 'encoder_layer4'] as const;

/** @inline */
type Entries = ReadonlyMap<string, { readonly shape: readonly number[] }>;

/**
 * The backbone and the 4D convolution of a **published** checkpoint, told from names and shapes alone. Checkpoints of
 * this library name both in their metadata. The backbone's own tensors tell which network it is. In a checkpoint with
 * the learner alone the encoders do: each takes as many channels as the backbone has taps at its level.
 *
 * @param named the checkpoint's tensors by name, with or without a prefix such as `module.`
 * @param options `source`: what errors call the checkpoint, such as its file
 * @returns undefined where the learner's first layers are missing, or fit no backbone
 * @throws FormatError that names the network, for a checkpoint with a backbone that is not one of this library's
 */
export function identifyModel(
  named: Entries,
  { source = 'the checkpoint' }: { readonly source?: string } = {},
): ModelIdentity | undefined {
  const { prefix } = unwrapCheckpoint(named.keys(), { source });
  const entries: Entries = new Map(
    [...named].flatMap(([name, entry]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), entry]] : [])),
  );
  const kernel = firstParameters.find(([, parameter]) =>
    encoderInputs(entries, parameter).every((n) => n !== undefined),
  );
  if (kernel === undefined) return undefined;
  const [kernelName, parameter] = kernel;
  const [shallow, middle, deep] = encoderInputs(entries, parameter);
  const network = identifyBackbone(backboneOf(entries));
  const fitting = backboneNames.filter((name) => {
    const counts = tapCounts(pyramidTaps(backboneTaps[name]));
    return counts.shallow === shallow && counts.middle === middle && counts.deep === deep;
  });
  if (network !== undefined && !fitting.some((name) => name === network)) {
    throw new FormatError(
      'identifyModel',
      `${source} has a backbone that looks like ${network}; HSNet runs on ${backboneNames.join(', ')} here`,
    );
  }
  const backbone =
    fitting.find((name) => name === network) ?? fitting.find((name) => published.includes(name)) ?? fitting[0];
  return backbone && { backbone, kernel: kernelName };
}

/** Input channels of each level's encoder, from shallow to deep. */
function encoderInputs(entries: Entries, parameter: string): readonly (number | undefined)[] {
  return encoders.map((encoder) => entries.get(`hpn_learner.${encoder}.0.${parameter}`)?.shape[1]);
}

/** The backbone's tensors under the names that it has by itself. */
function backboneOf(entries: Entries): Record<string, { readonly shape: readonly number[] }> {
  return Object.fromEntries(
    [...entries].flatMap(([name, entry]) => {
      const [, own] = /^backbone\.(.+)$/.exec(name) ?? [];
      return own === undefined ? [] : [[own, entry] as const];
    }),
  );
}
