import { foregroundOf, type Episode, type EpisodeItem } from '@hypercorr/datasets';
import { fromArray, type Tensor } from '@hypercorr/tensor';

type Images = Tensor<readonly [batch: number, channel: 3, height: number, width: number], 'float32'>;
type Masks<D extends 'float32' | 'int32'> = Tensor<readonly [batch: number, height: number, width: number], D>;

/** Episodes of equal image size side by side, one support each. */
export interface EpisodeBatch {
  /** [N, 3, H, W], normalised. */
  readonly query: Images;
  /** [N, 3, H, W]. */
  readonly support: Images;
  /** [N, H, W], 1 where the support's mask marks the object. */
  readonly mask: Masks<'float32'>;
  /** [N, H, W], 1 where the query's object is; void counts as background (the paper's loss). */
  readonly labels: Masks<'int32'>;
}

/** The tensors of one support of each episode: they belong to the scope around the call. */
export function episodeBatch(episodes: readonly Episode[], shot: number): EpisodeBatch {
  const queries = episodes.map(({ query }) => query);
  const supports = episodes.flatMap(({ supports: all }) => all[shot] ?? []);
  return {
    query: imageBatch(queries),
    support: imageBatch(supports),
    mask: maskBatch(supports),
    labels: labelBatch(queries),
  };
}

function imageBatch(items: readonly EpisodeItem[]): Images {
  const { width = 0, height = 0 } = items[0]?.image ?? {};
  return fromArray(joined(items.map(({ pixels }) => pixels)), [items.length, 3, height, width] as const);
}

function maskBatch(items: readonly EpisodeItem[]): Masks<'float32'> {
  const { width = 0, height = 0 } = items[0]?.mask ?? {};
  return fromArray(joined(items.map(({ mask }) => foregroundOf(mask))), [items.length, height, width] as const);
}

function labelBatch(items: readonly EpisodeItem[]): Masks<'int32'> {
  const { width = 0, height = 0 } = items[0]?.mask ?? {};
  const labels = Int32Array.from(joined(items.map(({ mask }) => foregroundOf(mask))));
  return fromArray(labels, [items.length, height, width] as const);
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
