import type { Episode, Size } from '@hypercorr/datasets';
import { forEachTensor, keep, scope } from '@hypercorr/tensor';
import { itemTensors } from '@hypercorr/vision';
import type { HSNet } from '../hsnet.ts';
import type { VoteRule } from '../prediction.ts';
import { measurePresence, type PresenceStatistics } from '../presence/statistics.ts';
import { readShots } from '../segmenter/read-shots.ts';
import { StripDecision, stripsOf } from '../segmenter/strips.ts';

export interface PredictEpisodeOptions {
  /** The mask's size. The logits are resized to it before anything is decided. */
  readonly size: Size;
  /** How the shots decide. */
  readonly vote: VoteRule;
  /** Where the model's weights come from, for errors. */
  readonly weights: string;
}

/** What a model says of an episode's query. */
export interface PredictedEpisode {
  /** 1 where the model sees the object. */
  readonly mask: Uint8Array;
  /** What the probability map says of the object's presence. */
  readonly statistics: PresenceStatistics;
}

/**
 * Segments an episode's query by its supports. The query's own mask has no part in it, so that the query may also be one that
 * does not show the class. Switches the model to evaluation.
 *
 * @throws DamagedWeightsError for logits that are NaN or infinite
 */
export async function predictEpisode(
  model: HSNet,
  { plan, query, supports }: Episode,
  { size, vote, weights }: PredictEpisodeOptions,
): Promise<PredictedEpisode> {
  const { engine } = model.eval();
  const shots = scope(() => {
    using prepared = model.prepare(supports.map((support) => itemTensors(support, { engine })));
    const [found = []] = model.shots(itemTensors(query, { engine }).image, [prepared]);
    return keep(found);
  });
  try {
    const seen = await readShots(shots, { image: plan.query.image, className: plan.className, weights });
    const logits = seen.map((shot) => shot.logits);
    const [, , ...plane] = shots[0]?.logits.shape ?? [1, 2, 1, 1];
    const compute = <T>(run: () => T): T => run();
    const decision = await StripDecision.of({ engine, logits, plane, size, vote, compute }, stripsOf(size));
    return { mask: await decision.marks(), statistics: measurePresence(seen) };
  } finally {
    forEachTensor(shots, (each) => each.dispose());
  }
}
