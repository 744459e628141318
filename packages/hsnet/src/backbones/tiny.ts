import { BatchNorm2d, Conv2d, Module, Sequential, type InitialisationOptions } from '@hypercorr/nn';
import { add, relu, scope } from '@hypercorr/tensor';
import { keyDealer } from '../keys.ts';
import type { FeatureMap, Pyramid } from '../shapes.ts';
import { Backbone } from './backbone.ts';
import { ConvNorm } from './conv-norm.ts';
import { residualSums, type ResidualBlock } from './residual.ts';

interface BasicBlockOptions extends InitialisationOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
}

/** Two 3×3 convolutions, the first with the stride, beside a shortcut. Names as in torchvision's `BasicBlock`. */
export class BasicBlock extends Module implements ResidualBlock {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | undefined;
  readonly first: ConvNorm;
  readonly second: ConvNorm;
  readonly project: ConvNorm | undefined;

  constructor({ inChannels, outChannels, stride, key, ...creation }: BasicBlockOptions) {
    super();
    const nextKey = keyDealer(key);
    const conv = (from: number, kernel: number, step: number) =>
      new Conv2d({
        inChannels: from,
        outChannels,
        kernel,
        stride: step,
        padding: (kernel - 1) / 2,
        bias: false,
        key: nextKey(),
        ...creation,
      });
    const norm = () => new BatchNorm2d({ channels: outChannels, ...creation });

    this.conv1 = conv(inChannels, 3, stride);
    this.bn1 = norm();
    this.conv2 = conv(outChannels, 3, 1);
    this.bn2 = norm();
    this.first = new ConvNorm(this.conv1, this.bn1);
    this.second = new ConvNorm(this.conv2, this.bn2);
    if (stride !== 1 || inChannels !== outChannels) {
      const [projection, projectionNorm] = [conv(inChannels, 1, stride), norm()];
      this.downsample = new Sequential(projection, projectionNorm);
      this.project = new ConvNorm(projection, projectionNorm);
    }
  }

  forward(x: FeatureMap): FeatureMap {
    return scope(() => {
      const residual = this.second.forward(relu(this.first.forward(x)));
      return add(residual, this.project?.forward(x) ?? x);
    });
  }
}

/** Channels of the stem, then output channels and blocks of each stage. All of them halve the size. */
const stem = 16;
const stages = {
  layer1: { channels: 32, blocks: 1 },
  layer2: { channels: 64, blocks: 2 },
  layer3: { channels: 80, blocks: 2 },
  layer4: { channels: 80, blocks: 1 },
} as const;

/**
 * A residual network of half a million parameters for small images, this library's own: levels at strides 8, 16 and 32,
 * every block of stages 2, 3 and 4 tapped. There is no pooling. Names are those of torchvision's ResNets.
 */
export class Tiny extends Backbone {
  static readonly taps: Pyramid<number> = {
    shallow: stages.layer2.blocks,
    middle: stages.layer3.blocks,
    deep: stages.layer4.blocks,
  };
  /** Of each level's feature maps. */
  static readonly channels: Pyramid<number> = {
    shallow: stages.layer2.channels,
    middle: stages.layer3.channels,
    deep: stages.layer4.channels,
  };
  readonly taps = Tiny.taps;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly layer1: readonly BasicBlock[];
  readonly layer2: readonly BasicBlock[];
  readonly layer3: readonly BasicBlock[];
  readonly layer4: readonly BasicBlock[];
  readonly stem: ConvNorm;

  constructor({ key, ...creation }: InitialisationOptions) {
    super();
    const nextKey = keyDealer(key);
    const stage = (inChannels: number, { channels, blocks }: { channels: number; blocks: number }): BasicBlock[] =>
      Array.from({ length: blocks }, (_, i) => {
        const place = i === 0 ? { inChannels, stride: 2 } : { inChannels: channels, stride: 1 };
        return new BasicBlock({ ...place, outChannels: channels, key: nextKey(), ...creation });
      });

    this.conv1 = new Conv2d({
      inChannels: 3,
      outChannels: stem,
      kernel: 3,
      stride: 2,
      padding: 1,
      bias: false,
      key: nextKey(),
      ...creation,
    });
    this.bn1 = new BatchNorm2d({ channels: stem, ...creation });
    this.stem = new ConvNorm(this.conv1, this.bn1);
    this.layer1 = stage(stem, stages.layer1);
    this.layer2 = stage(stages.layer1.channels, stages.layer2);
    this.layer3 = stage(stages.layer2.channels, stages.layer3);
    this.layer4 = stage(stages.layer3.channels, stages.layer4);
  }

  featureMaps(images: FeatureMap): readonly FeatureMap[] {
    const blocks = [this.layer1, this.layer2, this.layer3, this.layer4].flat();
    return residualSums(() => relu(this.stem.forward(images)), blocks, this.layer1.length);
  }
}
