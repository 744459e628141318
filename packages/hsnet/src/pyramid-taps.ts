import { ShapeError } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import type { Tap } from '@hypercorr/vision';
import type { Addition } from './additions.ts';
import type { LearnerOptions } from './learner.ts';
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
    const there = tapsAt(taps, strides[level]);
    if (there.length > 0) return there.map(({ name }) => name);
    const found = listed([...new Set(taps.map(({ stride }) => stride))].map(String));
    throw new ShapeError(
      'HSNet',
      `the backbone has no feature maps at stride ${strides[level]}, which the ${level} level needs; its strides are ${found}`,
    );
  });
}

/** The taps at a stride before their ReLU; those after it where there are no others. */
function tapsAt(taps: readonly Tap[], stride: number): readonly Tap[] {
  const there = taps.filter((tap) => tap.stride === stride);
  const before = there.filter(({ rectified }) => !rectified);
  return before.length > 0 ? before : there;
}

/** How many taps there are at each level. */
export function tapCounts(taps: Pyramid<readonly string[]>): Pyramid<number> {
  return pyramidOf((level) => taps[level].length);
}

/** The taps that guide the decoder: the last feature map at each of strides 4, 8 and 16 that a pyramid would take. */
export function guidanceTaps(taps: readonly Tap[]): readonly Tap[] {
  return [4, 8, 16].flatMap((stride) => tapsAt(taps, stride).at(-1) ?? []);
}

/** What the learner takes of a backbone with these taps. */
export function learnerInputs(
  taps: readonly Tap[],
  additions: readonly Addition[],
): Pick<LearnerOptions, 'taps' | 'priors' | 'prototypes' | 'guidance'> {
  const counts = tapCounts(pyramidTaps(taps));
  return {
    taps: pyramidOf((level) => counts[level] * (additions.includes('contrast') ? 2 : 1)),
    priors: additions.includes('priors'),
    prototypes: additions.includes('prototypes'),
    guidance: additions.includes('guidance') ? guidanceTaps(taps).map(({ channels }) => channels) : [],
  };
}
