import type { FeatureMap } from '@hypercorr/vision';
import { read } from '@hypercorr/tensor';
import { CommandError } from './failure.ts';

/** What errors name. */
export interface LogitsOf {
  readonly image: string;
  readonly className: string;
  /** Where the model's weights are from. */
  readonly weights: string;
}

/** Weights whose logits are no numbers. */
export class DamagedWeightsError extends CommandError {}

/**
 * Refuses logits of which a vote would make a mask all the same: NaN is no foreground, and no score of 0 either.
 *
 * @param shots the logits of each shot
 * @throws DamagedWeightsError for one that is NaN or infinite
 */
export async function checkFinite(
  shots: readonly FeatureMap[],
  { image, className, weights }: LogitsOf,
): Promise<void> {
  for (const shot of shots) {
    if ((await read(shot)).every(Number.isFinite)) continue;
    throw new DamagedWeightsError(
      `${image}: the logits for ${className} are not finite (NaN or infinite), so there is no mask; the weights are damaged: ${weights}`,
    );
  }
}
