import { read } from '@hypercorr/tensor';
import { DamagedWeightsError } from '../errors.ts';
import type { Shot } from '../hsnet.ts';
import type { ReadShot } from '../presence/statistics.ts';

/** What an error names. */
export interface ShotsOf {
  readonly image: string;
  readonly className: string;
  /** Where the model's weights come from. */
  readonly weights: string;
}

/**
 * Reads what each shot says, and refuses logits that are NaN or infinite. A vote would make a mask of them: NaN counts as
 * background.
 *
 * @throws DamagedWeightsError for a logit that is NaN or infinite
 */
export async function readShots(
  shots: readonly Shot[],
  { image, className, weights }: ShotsOf,
): Promise<readonly ReadShot[]> {
  const all: ReadShot[] = [];
  for (const shot of shots) {
    const logits = await read(shot.logits);
    if (!logits.every(Number.isFinite))
      throw new DamagedWeightsError(
        'segment',
        `${image}: the logits for ${className} are not finite (NaN or infinite), so there is no mask; the weights are damaged: ${weights}`,
      );
    all.push({ logits, match: (await read(shot.match))[0] ?? 0 });
  }
  return all;
}
