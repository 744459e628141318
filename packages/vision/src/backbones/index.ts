export {
  backboneNames,
  backboneTaps,
  createBackbone,
  type BackboneName,
  type BackboneOptions,
} from './backbone-table.ts';
export { BasicBlock, Bottleneck, type BlockDilations, type BlockOptions, type ResidualBlock } from './blocks.ts';
export { ConvNorm } from './conv-norm.ts';
export { FeatureProvider, type Tap } from './feature-provider.ts';
export { ResidualNetwork, type ResidualDesign, type StageDesign } from './residual-network.ts';
export {
  ResNet,
  outputStrides,
  resNetStems,
  type ResNetDepth,
  type ResNetOptions,
  type ResNetVariant,
} from './resnet.ts';
export type { StemDesign } from './stems.ts';
export { Tiny } from './tiny.ts';
export { VGG16 } from './vgg16.ts';
