import type { InitialisationOptions } from '@hypercorr/nn';
import type { Tap } from './feature-provider.ts';
import { ResidualNetwork, residualTaps, type ResidualDesign, type StageDesign } from './residual-network.ts';

const stage = (channels: number, blocks: number): StageDesign => ({
  blocks,
  channels,
  stride: 2,
  firstDilation: 1,
  dilation: 1,
});

/** Output channels of the stem. Every ResNet has a wider stem, so this number identifies the weights. */
export const tinyStemChannels = 16;

const design: ResidualDesign = {
  stem: { kind: '3x3', channels: tinyStemChannels },
  block: 'basic',
  stages: [stage(32, 1), stage(64, 2), stage(80, 2), stage(80, 1)],
};

/**
 * This library's own residual network of half a million parameters, for small images. The stem and each stage halve the
 * size, and there is no pooling. Names are those of torchvision's ResNets.
 */
export class Tiny extends ResidualNetwork {
  static readonly taps: readonly Tap[] = residualTaps(design);

  constructor(initialisation: InitialisationOptions) {
    super(design, initialisation);
  }
}
