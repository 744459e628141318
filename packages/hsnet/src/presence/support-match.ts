import {
  cast,
  concat,
  div,
  greater,
  max,
  maximum,
  minimum,
  reshape,
  scope,
  slice,
  square,
  stack,
  sum,
  type Tensor,
} from '@hypercorr/tensor';
import type { Correlations, Pyramid } from '../shapes.ts';
import type { Features } from '../supports.ts';

/** The levels whose taps tell objects apart. Those of the shallow one match edges, which every image has. */
const levels = ['middle', 'deep'] as const satisfies readonly (keyof Pyramid<unknown>)[];

/**
 * How well the support's object is found somewhere in the query: of every place of the object, the best cosine with any place
 * of the query; the mean over these places, and over the taps of the middle and the deep level. A small object may have no
 * place in a coarse tap; the other taps decide then.
 *
 * match = mean_{t: Sₜ ≠ ∅} mean_{s ∈ Sₜ} max_q Cₜ(q, s), Sₜ = {s: F̂ₜ(s) ≠ 0}
 *
 * @param correlations C, of one query and one support
 * @param support its feature maps F̂, [1, C, hs, ws] each, 0 outside of the object
 * @param taps the number of taps of each level; the background's correlations come after them, if there are any
 * @returns [], a number in [0, 1]; 0 where no tap has a place of the object
 */
export function supportMatch(
  correlations: Pyramid<Correlations>,
  support: Features,
  taps: Pyramid<number>,
): Tensor<readonly [], 'float32'> {
  return scope(() => {
    const matches = levels.map((level) => {
      // Correlations are 0 where the support's features are 0, so that the sum is over the object's places.
      const all = sum(max(correlations[level], { axes: [2, 3] }), { axes: [0, 2, 3] });
      const best = slice(all, [[0, taps[level]]]);
      const counts = support[level]
        .slice(0, taps[level])
        .map((map) => sum(cast(greater(sum(square(map), { axes: 1 }), 0), 'float32')));
      const places = stack(counts, 0);
      return { match: div(best, maximum(places, 1)), isSeen: minimum(places, 1) };
    });
    const seen = sum(
      concat(
        matches.map(({ isSeen }) => isSeen),
        0,
      ),
    );
    const total = sum(
      concat(
        matches.map(({ match }) => match),
        0,
      ),
    );
    return reshape(div(total, maximum(seen, 1)), []);
  });
}
