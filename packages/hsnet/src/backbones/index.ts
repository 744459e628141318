import type { InitialisationOptions } from '@hypercorr/nn';
import type { Pyramid } from '../shapes.ts';
import type { Backbone } from './backbone.ts';
import { ResNet } from './resnet.ts';
import { Tiny } from './tiny.ts';
import { VGG16 } from './vgg16.ts';

export const backboneNames = ['vgg16', 'resnet50', 'resnet101', 'tiny'] as const;
export type BackboneName = (typeof backboneNames)[number];

/** Blocks of the four stages. */
const resnetBlocks = { resnet50: [3, 4, 6, 3], resnet101: [3, 4, 23, 3] } as const;

/** How many feature maps each backbone gives at each level. */
export const backboneTaps: Readonly<Record<BackboneName, Pyramid<number>>> = {
  vgg16: VGG16.taps,
  resnet50: ResNet.tapsOf(resnetBlocks.resnet50),
  resnet101: ResNet.tapsOf(resnetBlocks.resnet101),
  tiny: Tiny.taps,
};

const makers: Readonly<Record<BackboneName, (options: InitialisationOptions) => Backbone>> = {
  vgg16: (options) => new VGG16(options),
  resnet50: (options) => new ResNet({ blocks: resnetBlocks.resnet50, ...options }),
  resnet101: (options) => new ResNet({ blocks: resnetBlocks.resnet101, ...options }),
  tiny: (options) => new Tiny(options),
};

/**
 * A backbone in evaluation, with random weights, or with zeros for a state to replace where the key is `null`.
 * To train one by itself, on another task, call its `train()`.
 */
export function createBackbone(name: BackboneName, options: InitialisationOptions): Backbone {
  return makers[name](options).eval();
}

export { Backbone } from './backbone.ts';
export type { ConvNorm } from './conv-norm.ts';
export { ResNet, type Bottleneck, type ResNetBlocks, type ResNetOptions } from './resnet.ts';
export { Tiny, type BasicBlock } from './tiny.ts';
export { VGG16 } from './vgg16.ts';
