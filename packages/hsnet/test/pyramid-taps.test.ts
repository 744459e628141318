import { ShapeError } from '@hypercorr/tensor';
import { ResNet, backboneTaps } from '@hypercorr/vision';
import { describe, expect, it } from 'vitest';
import { pyramidTaps } from '../src/index.ts';

const blocks = (layer: string, count: number) => Array.from({ length: count }, (_, i) => `${layer}.${i}`);

describe('HSNet correlates', () => {
  it.each([
    ['resnet50', 4, 6, 3],
    ['resnet101', 4, 23, 3],
    ['tiny', 2, 2, 1],
  ] as const)('every residual sum of the last three stages of %s', (name, shallow, middle, deep) => {
    expect(pyramidTaps(backboneTaps[name])).toEqual({
      shallow: blocks('layer2', shallow),
      middle: blocks('layer3', middle),
      deep: blocks('layer4', deep),
    });
  });

  it('the convolutions of the last two blocks of VGG-16 before their ReLU, and the last pooling', () => {
    expect(pyramidTaps(backboneTaps.vgg16)).toEqual({
      shallow: ['features.17', 'features.19', 'features.21'],
      middle: ['features.24', 'features.26', 'features.28'],
      deep: ['features.30'],
    });
  });

  it('nothing of a dilated network, which lacks a level', () => {
    const taps = ResNet.tapsOf({ block: 'bottleneck', blocks: [3, 4, 6, 3], outputStride: 8 });
    expect(() => pyramidTaps(taps)).toThrow(ShapeError);
    expect(() => pyramidTaps(taps)).toThrow(
      '[HSNet] the backbone has no feature maps at stride 16, which the middle level needs; its strides are 4, 8',
    );
  });
});
