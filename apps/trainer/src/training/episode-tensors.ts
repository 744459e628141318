import type { Episode } from '@hypercorr/datasets';
import type { Tensor } from '@hypercorr/tensor';
import { imageBatch, labelBatch, maskBatch, type FeatureMap, type MaskBatch } from '@hypercorr/vision';

/** Episodes of equal image size side by side, one support each. */
export interface EpisodeBatch {
  /** [N, 3, H, W], normalised. */
  readonly query: FeatureMap;
  /** [N, 3, H, W]. */
  readonly support: FeatureMap;
  /** [N, H, W], 1 where the support's mask marks the object. */
  readonly mask: Tensor<MaskBatch, 'float32'>;
  /** [N, H, W], 1 where the query's object is; void counts as background (the paper's loss). */
  readonly labels: Tensor<MaskBatch, 'int32'>;
}

/** The tensors of one support of each episode: they belong to the scope around the call. */
export function episodeBatch(episodes: readonly Episode[], shot: number): EpisodeBatch {
  const queries = episodes.map(({ query }) => query);
  const supports = episodes.flatMap(({ supports: all }) => all[shot] ?? []);
  return {
    query: imageBatch(queries.map(({ image }) => image)),
    support: imageBatch(supports.map(({ image }) => image)),
    mask: maskBatch(supports.map(({ mask }) => mask)),
    labels: labelBatch(queries.map(({ mask }) => mask)),
  };
}
