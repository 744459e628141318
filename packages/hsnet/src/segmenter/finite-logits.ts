import { read } from '@hypercorr/tensor';
import { DamagedWeightsError } from '../errors.ts';
import type { FeatureMap } from '@hypercorr/vision';

/** What an error names. */
export interface LogitsOf {
  readonly image: string;
  readonly className: string;
  /** Where the model's weights come from. */
  readonly weights: string;
}

/**
 * Refuses logits that are NaN or infinite. A vote would make a mask of them: NaN counts as background.
 *
 * @param shots the logits of each shot
 * @throws DamagedWeightsError for a logit that is NaN or infinite
 */
export async function checkFinite(
  shots: readonly FeatureMap[],
  { image, className, weights }: LogitsOf,
): Promise<void> {
  for (const shot of shots) {
    if ((await read(shot)).every(Number.isFinite)) continue;
    throw new DamagedWeightsError(
      'segment',
      `${image}: the logits for ${className} are not finite (NaN or infinite), so there is no mask; the weights are damaged: ${weights}`,
    );
  }
}
