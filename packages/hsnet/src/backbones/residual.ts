import { relu, scope } from '@hypercorr/tensor';
import type { FeatureMap } from '../shapes.ts';

/** A block that returns its residual sum **before** its last ReLU: what HSNet correlates. */
export interface ResidualBlock {
  forward(x: FeatureMap): FeatureMap;
}

/**
 * Runs residual blocks one after another, each on the ReLU of the sum before it.
 *
 * @param begin computes what the first block gets
 * @param untapped how many sums at the front nobody wants
 * @returns the residual sums of the other blocks
 */
export function residualSums(
  begin: () => FeatureMap,
  blocks: readonly ResidualBlock[],
  untapped = 0,
): readonly FeatureMap[] {
  return scope(() => {
    const tapped: FeatureMap[] = [];
    let x = scope(begin);
    for (const [index, block] of blocks.entries()) {
      const sum = block.forward(x);
      // Freed as soon as they are used: what a tape needs of them it holds itself.
      x.dispose();
      x = relu(sum);
      if (index < untapped) sum.dispose();
      else tapped.push(sum);
    }
    return tapped;
  });
}
