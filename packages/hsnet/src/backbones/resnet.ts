import { BatchNorm2d, Conv2d, Module, Sequential, type InitialisationOptions } from '@hypercorr/nn';
import { add, maxPool2d, relu, scope } from '@hypercorr/tensor';
import { keyDealer } from '../keys.ts';
import type { FeatureMap, Pyramid } from '../shapes.ts';
import { Backbone } from './backbone.ts';
import { ConvNorm } from './conv-norm.ts';
import { residualSums, type ResidualBlock } from './residual.ts';

interface BottleneckOptions extends InitialisationOptions {
  readonly inChannels: number;
  /** Channels of the 3×3 convolution; the block has four times as many outside. */
  readonly width: number;
  readonly stride: number;
}

/** How many times wider a block is outside than inside. */
const expansion = 4;

/** 1×1, 3×3 (with the stride) and 1×1 convolutions beside a shortcut. Names are torchvision's. */
export class Bottleneck extends Module implements ResidualBlock {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly downsample: Sequential | undefined;
  readonly reduce: ConvNorm;
  readonly spatial: ConvNorm;
  readonly expand: ConvNorm;
  readonly project: ConvNorm | undefined;

  constructor({ inChannels, width, stride, key, ...creation }: BottleneckOptions) {
    super();
    const nextKey = keyDealer(key);
    const conv = (from: number, to: number, kernel: number, stride = 1) =>
      new Conv2d({
        inChannels: from,
        outChannels: to,
        kernel,
        stride,
        padding: (kernel - 1) / 2,
        bias: false,
        key: nextKey(),
        ...creation,
      });
    const norm = (channels: number) => new BatchNorm2d({ channels, ...creation });

    this.conv1 = conv(inChannels, width, 1);
    this.bn1 = norm(width);
    this.conv2 = conv(width, width, 3, stride);
    this.bn2 = norm(width);
    this.conv3 = conv(width, expansion * width, 1);
    this.bn3 = norm(expansion * width);
    this.reduce = new ConvNorm(this.conv1, this.bn1);
    this.spatial = new ConvNorm(this.conv2, this.bn2);
    this.expand = new ConvNorm(this.conv3, this.bn3);
    if (stride !== 1 || inChannels !== expansion * width) {
      const [projection, projectionNorm] = [conv(inChannels, expansion * width, 1, stride), norm(expansion * width)];
      this.downsample = new Sequential(projection, projectionNorm);
      this.project = new ConvNorm(projection, projectionNorm);
    }
  }

  forward(x: FeatureMap): FeatureMap {
    return scope(() => {
      const inner = relu(this.spatial.forward(relu(this.reduce.forward(x))));
      return add(this.expand.forward(inner), this.project?.forward(x) ?? x);
    });
  }
}

/** How many blocks each of the four stages has. */
export type ResNetBlocks = readonly [number, number, number, number];

export interface ResNetOptions extends InitialisationOptions {
  readonly blocks: ResNetBlocks;
}

/**
 * ResNet with bottleneck blocks (He et al., *Deep Residual Learning for Image Recognition*, CVPR 2016; the stride
 * on the 3×3 convolution, as in torchvision). Every block of stages 2, 3 and 4 is tapped.
 */
export class ResNet extends Backbone {
  readonly taps: Pyramid<number>;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly layer1: readonly Bottleneck[];
  readonly layer2: readonly Bottleneck[];
  readonly layer3: readonly Bottleneck[];
  readonly layer4: readonly Bottleneck[];
  readonly stem: ConvNorm;

  constructor({ blocks, key, ...creation }: ResNetOptions) {
    super();
    const nextKey = keyDealer(key);
    const stage = (count: number, inChannels: number, width: number, stride: number): Bottleneck[] =>
      Array.from({ length: count }, (_, i) => {
        const place = i === 0 ? { inChannels, stride } : { inChannels: expansion * width, stride: 1 };
        return new Bottleneck({ ...place, width, key: nextKey(), ...creation });
      });

    this.conv1 = new Conv2d({
      inChannels: 3,
      outChannels: 64,
      kernel: 7,
      stride: 2,
      padding: 3,
      bias: false,
      key: nextKey(),
      ...creation,
    });
    this.bn1 = new BatchNorm2d({ channels: 64, ...creation });
    this.stem = new ConvNorm(this.conv1, this.bn1);
    this.layer1 = stage(blocks[0], 64, 64, 1);
    this.layer2 = stage(blocks[1], 256, 128, 2);
    this.layer3 = stage(blocks[2], 512, 256, 2);
    this.layer4 = stage(blocks[3], 1024, 512, 2);
    this.taps = ResNet.tapsOf(blocks);
  }

  static tapsOf([, shallow, middle, deep]: ResNetBlocks): Pyramid<number> {
    return { shallow, middle, deep };
  }

  featureMaps(images: FeatureMap): readonly FeatureMap[] {
    const blocks = [this.layer1, this.layer2, this.layer3, this.layer4].flat();
    const stem = () => maxPool2d(relu(this.stem.forward(images)), 3, { stride: 2, padding: 1 });
    return residualSums(stem, blocks, this.layer1.length);
  }
}
