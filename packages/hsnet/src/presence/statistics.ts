import { ShapeError } from '@hypercorr/tensor';

/**
 * What tells whether a query shows the object, each a number in [0, 1]. None depends on the query's size, nor on where in it
 * the object is. The last compares features, the others are of the foreground probability map.
 * - `top`: the mean of the most probable hundredth of the places (of one place at least). A small object is enough
 * - `inside`: Σp² / Σp, the mean probability where the object is, each place weighted by its own probability. It is low for
 *   a map that is grey all over. 0 where the map is 0
 * - `area`: Σp / n, the share of the image that the object has
 * - `match`: how well the places of the support's object are found in the query (`supportMatch`), averaged over the shots
 */
export const presenceStatistics = ['top', 'inside', 'area', 'match'] as const;
export type PresenceStatistic = (typeof presenceStatistics)[number];
export type PresenceStatistics = Readonly<Record<PresenceStatistic, number>>;

/** The share of the places that `top` is the mean of. */
const topShare = 0.01;

/** What a shot says, read from the engine. */
export interface ReadShot {
  /** [1, 2, h, w], the background's plane before the foreground's. */
  readonly logits: Float32Array;
  readonly match: number;
}

/**
 * Measures what the shots of a class say of a query.
 *
 * @param shots with logits of one size
 * @throws ShapeError without shots, and for logits of different sizes
 */
export function measurePresence(shots: readonly ReadShot[]): PresenceStatistics {
  // Rounding may take a cosine above 1.
  const match = Math.min(1, shots.reduce((sum, shot) => sum + shot.match, 0) / shots.length);
  return { ...measureMap(foregroundProbability(shots.map(({ logits }) => logits))), match };
}

/**
 * Measures a map of foreground probabilities.
 *
 * @param probability a number in [0, 1] for each place, in any order
 * @throws ShapeError for a map without places
 */
export function measureMap(probability: Float32Array): Omit<PresenceStatistics, 'match'> {
  const places = probability.length;
  if (places === 0) throw new ShapeError('presence', 'the probability map has no places');
  let [sum, squares] = [0, 0];
  for (const p of probability) {
    sum += p;
    squares += p * p;
  }
  const first = places - Math.max(1, Math.round(topShare * places));
  const most = probability.toSorted().subarray(first);
  return {
    top: most.reduce((total, p) => total + p, 0) / most.length,
    inside: sum === 0 ? 0 : squares / sum,
    area: sum / places,
  };
}

/**
 * The foreground probability of each place: the softmax over background and foreground, averaged over the shots.
 *
 * @param shots the logits [1, 2, h, w] of each shot, the background's plane before the foreground's; all of one size
 * @throws ShapeError without shots, and for shots of different sizes
 */
export function foregroundProbability(shots: readonly Float32Array[]): Float32Array {
  const [first] = shots;
  if (first === undefined) throw new ShapeError('presence', 'there is no shot; give the logits of at least one');
  const places = first.length / 2;
  const probability = new Float32Array(places);
  for (const logits of shots) {
    if (logits.length !== first.length)
      throw new ShapeError('presence', `the shots have ${first.length} and ${logits.length} logits; give one size`);
    for (let i = 0; i < places; i += 1) {
      const margin = (logits[i] ?? 0) - (logits[places + i] ?? 0);
      probability[i] = (probability[i] ?? 0) + 1 / (1 + Math.exp(margin)) / shots.length;
    }
  }
  return probability;
}
