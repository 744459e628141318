import { BatchNorm2d, Conv2d, Module, keyDealer, type InitialisationOptions } from '@hypercorr/nn';
import { maxPool2d, pad, relu, scope } from '@hypercorr/tensor';
import type { FeatureMap } from '../shapes.ts';
import { ConvNorm } from './conv-norm.ts';

/**
 * The layers in front of the residual stages. `channels` is the width of the first convolution.
 *
 * - `'7x7'`: a 7×7 convolution with stride 2 and a 3×3 max pooling with stride 2 (torchvision's): `conv1`, `bn1`
 * - `'deep'`: three 3×3 convolutions, the first with stride 2 and the last twice as wide, and the pooling, whose size
 *   is rounded up (PSPNet's, and that of asymmetric non-local networks): `prefix.conv1`, `prefix.bn1` … `prefix.bn3`
 * - `'3x3'`: a 3×3 convolution with stride 2 and no pooling: `conv1`, `bn1`
 */
export interface StemDesign {
  readonly kind: '7x7' | 'deep' | '3x3';
  readonly channels: number;
}

/** A stem with its modules. */
export interface Stem {
  /** The stem's modules by their names in the network's state. */
  readonly modules: Readonly<Record<string, Module>>;
  /**
   * @param images [N, 3, H, W]
   * @returns after the last ReLU and the pooling, [N, `stemChannels`, H / `stemStride`, W / `stemStride`]
   */
  forward(images: FeatureMap): FeatureMap;
}

/** Channels of the stem's output. */
export function stemChannels({ kind, channels }: StemDesign): number {
  return kind === 'deep' ? 2 * channels : channels;
}

export function stemStride({ kind }: StemDesign): number {
  return kind === '3x3' ? 2 : 4;
}

export function createStem({ kind, channels }: StemDesign, initialisation: InitialisationOptions): Stem {
  switch (kind) {
    case '7x7': {
      const { modules, stem } = singleConvolution(7, channels, initialisation);
      const forward = (x: FeatureMap) => maxPool2d(relu(stem.forward(x)), 3, { stride: 2, padding: 1 });
      return { modules, forward };
    }
    case '3x3': {
      const { modules, stem } = singleConvolution(3, channels, initialisation);
      return { modules, forward: (x) => relu(stem.forward(x)) };
    }
    case 'deep': {
      const prefix = new DeepPrefix(channels, initialisation);
      return { modules: { prefix }, forward: (x) => ceilPool(prefix.forward(x)) };
    }
  }
}

function singleConvolution(kernel: number, outChannels: number, { key, ...creation }: InitialisationOptions) {
  const padding = (kernel - 1) / 2;
  const conv1 = new Conv2d({ inChannels: 3, outChannels, kernel, stride: 2, padding, bias: false, key, ...creation });
  const bn1 = new BatchNorm2d({ channels: outChannels, ...creation });
  const stem = new ConvNorm(conv1, bn1);
  return { modules: { conv1, bn1, stem }, stem };
}

/** The deep stem's convolutions, norms and ReLUs. */
class DeepPrefix extends Module {
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm2d;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm2d;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm2d;
  readonly fused: readonly ConvNorm[];

  constructor(channels: number, { key, ...creation }: InitialisationOptions) {
    super();
    const nextKey = keyDealer(key);
    const conv = (inChannels: number, outChannels: number, stride: number) =>
      new Conv2d({ inChannels, outChannels, kernel: 3, stride, padding: 1, bias: false, key: nextKey(), ...creation });
    const norm = (width: number) => new BatchNorm2d({ channels: width, ...creation });
    this.conv1 = conv(3, channels, 2);
    this.bn1 = norm(channels);
    this.conv2 = conv(channels, channels, 1);
    this.bn2 = norm(channels);
    this.conv3 = conv(channels, 2 * channels, 1);
    this.bn3 = norm(2 * channels);
    this.fused = [
      new ConvNorm(this.conv1, this.bn1),
      new ConvNorm(this.conv2, this.bn2),
      new ConvNorm(this.conv3, this.bn3),
    ];
  }

  forward(images: FeatureMap): FeatureMap {
    return scope(() => this.fused.reduce((x, layer) => relu(layer.forward(x)), images));
  }
}

/**
 * 3×3 max pooling with stride 2 and padding 1 whose size is rounded up (PyTorch's `ceil_mode`). One more row or column
 * of zeros gives an even side its last window; zeros change no maximum, because x has passed a ReLU.
 */
function ceilPool(x: FeatureMap): FeatureMap {
  const [, , height, width] = x.shape;
  const [below, beside] = [1 - (height % 2), 1 - (width % 2)];
  const padded =
    below + beside === 0
      ? x
      : pad(x, [
          [0, 0],
          [0, 0],
          [0, below],
          [0, beside],
        ]);
  return maxPool2d(padded, 3, { stride: 2, padding: 1 });
}
