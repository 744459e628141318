import type { Episode } from '@hypercorr/datasets';
import type { Engine, Tensor } from '@hypercorr/tensor';
import { imageBatch, labelBatch, maskBatch, type FeatureMap, type MaskBatch } from '@hypercorr/vision';

/** Episodes of equal image size side by side, with one support each. */
export interface EpisodeBatch {
  /** [N, 3, H, W], normalised. */
  readonly query: FeatureMap;
  /** [N, 3, H, W], normalised. */
  readonly support: FeatureMap;
  /** [N, H, W], 1 where the support's mask marks the object. */
  readonly mask: Tensor<MaskBatch, 'float32'>;
  /** [N, H, W], 1 where the query shows the object. Void counts as background (the paper's loss). */
  readonly labels: Tensor<MaskBatch, 'int32'>;
}

/** The tensors of one support of each episode. They belong to the scope around the call. */
export function episodeBatch(episodes: readonly Episode[], shot: number, engine: Engine): EpisodeBatch {
  const queries = episodes.map(({ query }) => query);
  const supports = episodes.flatMap(({ supports: all }) => all[shot] ?? []);
  const masksOf = (items: typeof queries) => items.map(({ mask }) => mask);
  return {
    query: imageBatch(queries, { engine }),
    support: imageBatch(supports, { engine }),
    mask: maskBatch(masksOf(supports), { engine }),
    labels: labelBatch(masksOf(queries), { engine }),
  };
}
