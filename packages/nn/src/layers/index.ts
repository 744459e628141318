export { BatchNorm2d, type BatchNorm2dOptions } from './batch-norm2d.ts';
export { Conv2d, type Conv2dOptions } from './conv2d.ts';
export { GroupNorm, type GroupNormOptions } from './group-norm.ts';
export type { Layer } from './layer.ts';
export { Linear, type LinearOptions } from './linear.ts';
export { MaxPool2d, type MaxPool2dOptions } from './max-pool2d.ts';
export { ReLU } from './relu.ts';
export { Sequential } from './sequential.ts';
