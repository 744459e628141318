import { ShapeError } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import type { Tap } from '@hypercorr/vision';
import { pyramidOf, type Pyramid } from './shapes.ts';

/** Pixels of the image for each place of a level's feature maps, along each side. */
const strides: Pyramid<number> = { shallow: 8, middle: 16, deep: 32 };

/**
 * The taps that HSNet correlates, by level: of all feature maps at strides 8, 16 and 32 those **before** their ReLU, or
 * those after it at a stride that has no others. These are all residual sums of a ResNet's stages 2, 3 and 4, and the
 * convolutions of VGG-16's blocks 4 and 5 with the last pooling (Min, Kang and Cho, ICCV 2021, section 4.1).
 *
 * @param taps all taps of a backbone
 * @returns names of taps, shallow to deep within each level
 * @throws ShapeError for a backbone without feature maps at one of the strides, such as a dilated one
 */
export function pyramidTaps(taps: readonly Tap[]): Pyramid<readonly string[]> {
  return pyramidOf((level) => {
    const there = taps.filter(({ stride }) => stride === strides[level]);
    const before = there.filter(({ rectified }) => !rectified);
    if (there.length > 0) return (before.length > 0 ? before : there).map(({ name }) => name);
    const found = listed([...new Set(taps.map(({ stride }) => stride))].map(String));
    throw new ShapeError(
      'HSNet',
      `the backbone has no feature maps at stride ${strides[level]}, which the ${level} level needs; its strides are ${found}`,
    );
  });
}

/** How many taps there are at each level: the learner's input channels. */
export function tapCounts(taps: Pyramid<readonly string[]>): Pyramid<number> {
  return pyramidOf((level) => taps[level].length);
}
