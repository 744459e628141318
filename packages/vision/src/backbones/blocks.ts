import { BatchNorm2d, Conv2d, Module, Sequential, keyDealer, type InitialisationOptions } from '@hypercorr/nn';
import { add, relu, scope } from '@hypercorr/tensor';
import type { FeatureMap } from '../shapes.ts';
import { ConvNorm } from './conv-norm.ts';

/** A block that returns its residual sum **before** the ReLU behind it. */
export interface ResidualBlock extends Module {
  /**
   * @param x [N, inChannels, H, W]
   * @returns [N, outChannels, ⌈H / stride⌉, ⌈W / stride⌉]
   */
  forward(x: FeatureMap): FeatureMap;
}

/** Dilations of a block's 3×3 convolutions. */
export interface BlockDilations {
  /** Dilation of the convolution with the stride. */
  readonly strided: number;
  /**
   * Dilation of the later one, in a basic block. If a stride became a dilation, this dilation is larger by that factor.
   */
  readonly later: number;
}

export interface BlockOptions extends InitialisationOptions {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly stride: number;
  readonly dilations: BlockDilations;
}

interface ConvOptions {
  readonly from: number;
  readonly to: number;
  readonly kernel: 1 | 3;
  readonly stride?: number;
  readonly dilation?: number;
}

/** Makes a block's convolutions (without bias, padded to keep the size) and batch norms. */
function layers({ key, ...creation }: InitialisationOptions) {
  const nextKey = keyDealer(key);
  return {
    conv: ({ from, to, kernel, stride = 1, dilation = 1 }: ConvOptions) =>
      new Conv2d({
        inChannels: from,
        outChannels: to,
        kernel,
        stride,
        dilation,
        padding: (dilation * (kernel - 1)) / 2,
        bias: false,
        key: nextKey(),
        ...creation,
      }),
    norm: (channels: number) => new BatchNorm2d({ channels, ...creation }),
  };
}

/** Two 3×3 convolutions, the first with the stride, beside a shortcut. The names are those of torchvision's `BasicBlock`. */
export class BasicBlock extends Module implements ResidualBlock {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly downsample: Sequential | undefined;
  readonly first: ConvNorm;
  readonly second: ConvNorm;
  readonly project: ConvNorm | undefined;

  constructor({ inChannels, outChannels, stride, dilations, ...initialisation }: BlockOptions) {
    super();
    const { conv, norm } = layers(initialisation);
    this.conv1 = conv({ from: inChannels, to: outChannels, kernel: 3, stride, dilation: dilations.strided });
    this.bn1 = norm(outChannels);
    this.conv2 = conv({ from: outChannels, to: outChannels, kernel: 3, dilation: dilations.later });
    this.bn2 = norm(outChannels);
    this.first = new ConvNorm(this.conv1, this.bn1);
    this.second = new ConvNorm(this.conv2, this.bn2);
    if (stride !== 1 || inChannels !== outChannels) {
      const projection = conv({ from: inChannels, to: outChannels, kernel: 1, stride });
      const projectionNorm = norm(outChannels);
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

/** How many times wider a bottleneck is outside than inside. */
const expansion = 4;

/**
 * 1×1, 3×3 (with the stride) and 1×1 convolutions beside a shortcut; a quarter of the outer channels inside. The names
 * are those of torchvision's `Bottleneck`.
 */
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

  constructor({ inChannels, outChannels, stride, dilations, ...initialisation }: BlockOptions) {
    super();
    const { conv, norm } = layers(initialisation);
    const width = outChannels / expansion;
    this.conv1 = conv({ from: inChannels, to: width, kernel: 1 });
    this.bn1 = norm(width);
    this.conv2 = conv({ from: width, to: width, kernel: 3, stride, dilation: dilations.strided });
    this.bn2 = norm(width);
    this.conv3 = conv({ from: width, to: outChannels, kernel: 1 });
    this.bn3 = norm(outChannels);
    this.reduce = new ConvNorm(this.conv1, this.bn1);
    this.spatial = new ConvNorm(this.conv2, this.bn2);
    this.expand = new ConvNorm(this.conv3, this.bn3);
    if (stride !== 1 || inChannels !== outChannels) {
      const projection = conv({ from: inChannels, to: outChannels, kernel: 1, stride });
      const projectionNorm = norm(outChannels);
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
