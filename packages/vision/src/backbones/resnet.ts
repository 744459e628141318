import type { InitialisationOptions } from '@hypercorr/nn';
import { ShapeError } from '@hypercorr/tensor';
import { ResidualNetwork, residualTaps, type ResidualDesign, type StageDesign } from './residual-network.ts';
import type { Tap } from './feature-provider.ts';

/** How a ResNet may differ from its paper. Names and shapes of its weights depend on `stem` alone. */
export interface ResNetVariant {
  /**
   * The side in pixels of the image area that one place of the last stage's feature maps stands for; 32 by default.
   * With 16 or 8 the strides of the last one or two stages become dilations, by the rule of torchvision's
   * `replace_stride_with_dilation`: the first block of such a stage keeps the dilation of the stage before.
   */
  readonly outputStride?: (typeof outputStrides)[number];
  /** The layers in front of the stages; `'7x7'` by default. */
  readonly stem?: (typeof resNetStems)[number];
}

export const outputStrides = [8, 16, 32] as const;
export const resNetStems = ['7x7', 'deep'] as const;

/** The design of one ResNet. */
export interface ResNetDepth {
  /** `'basic'`: two 3×3 convolutions; `'bottleneck'`: 1×1, 3×3 and 1×1. */
  readonly block: 'basic' | 'bottleneck';
  /** Blocks of each of the four stages. */
  readonly blocks: readonly [number, number, number, number];
}

export interface ResNetOptions extends ResNetDepth, ResNetVariant, InitialisationOptions {
  /**
   * Channels of the stem's first convolution, and of the inner convolutions of the first stage's blocks; 64 by default.
   */
  readonly width?: number;
}

/**
 * ResNet (He et al., *Deep Residual Learning for Image Recognition*, CVPR 2016) with the stride on the 3×3 convolution,
 * as in torchvision, and without its classifier.
 *
 * @example new ResNet({ block: 'bottleneck', blocks: [3, 4, 23, 3], outputStride: 8, stem: 'deep', key: key(0) })
 */
export class ResNet extends ResidualNetwork {
  /** @throws ShapeError for an unknown output stride or stem */
  constructor({ block, blocks, width, outputStride, stem, ...initialisation }: ResNetOptions) {
    super(designOf({ block, blocks, width, outputStride, stem }), initialisation);
  }

  /** The taps of a ResNet, without making it. */
  static tapsOf(options: Omit<ResNetOptions, keyof InitialisationOptions>): readonly Tap[] {
    return residualTaps(designOf(options));
  }
}

type DesignOptions = { readonly [Name in 'width' | 'outputStride' | 'stem']?: ResNetOptions[Name] | undefined };

function designOf({
  block,
  blocks,
  width = 64,
  outputStride = 32,
  stem = '7x7',
}: ResNetDepth & DesignOptions): ResidualDesign {
  if (!outputStrides.includes(outputStride))
    throw new ShapeError('ResNet', `the output stride is ${outputStrides.join(', ')}; got ${String(outputStride)}`);
  if (!resNetStems.includes(stem))
    throw new ShapeError('ResNet', `the stem is ${resNetStems.join(' or ')}; got ${String(stem)}`);

  const widest = block === 'bottleneck' ? 4 * width : width;
  let [reached, dilation] = [4, 1];
  const stage = (number: 0 | 1 | 2 | 3): StageDesign => {
    const step = number === 0 ? 1 : 2;
    const firstDilation = dilation;
    const dilated = reached * step > outputStride;
    if (dilated) dilation *= step;
    else reached *= step;
    const stride = dilated ? 1 : step;
    return { blocks: blocks[number], channels: widest * 2 ** number, stride, firstDilation, dilation };
  };
  return { stem: { kind: stem, channels: width }, block, stages: [stage(0), stage(1), stage(2), stage(3)] };
}
