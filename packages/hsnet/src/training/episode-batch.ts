import { foregroundOf, type Episode, type EpisodeItem } from '@hypercorr/datasets';
import { fromArray, type Engine, type Tensor } from '@hypercorr/tensor';

type Images = Tensor<readonly [batch: number, channel: 3, height: number, width: number], 'float32'>;
type Masks<D extends 'float32' | 'int32'> = Tensor<readonly [batch: number, height: number, width: number], D>;

/** Episodes of equal image size side by side, with one support each. */
export interface EpisodeBatch {
  /** [N, 3, H, W], normalised. */
  readonly query: Images;
  /** [N, 3, H, W], normalised. */
  readonly support: Images;
  /** [N, H, W], 1 where the support's mask marks the object. */
  readonly mask: Masks<'float32'>;
  /** [N, H, W], 1 where the query shows the object. Void counts as background (the paper's loss). */
  readonly labels: Masks<'int32'>;
}

/** The tensors of one support of each episode. They belong to the scope around the call. */
export function episodeBatch(episodes: readonly Episode[], shot: number, engine: Engine): EpisodeBatch {
  const queries = episodes.map(({ query }) => query);
  const supports = episodes.flatMap(({ supports: all }) => all[shot] ?? []);
  return {
    query: imageBatch(queries, engine),
    support: imageBatch(supports, engine),
    mask: fromArray(foregrounds(supports), maskShape(supports), { engine }),
    labels: fromArray(Int32Array.from(foregrounds(queries)), maskShape(queries), { engine }),
  };
}

function imageBatch(items: readonly EpisodeItem[], engine: Engine): Images {
  const { width = 0, height = 0 } = items[0]?.image ?? {};
  const pixels = joined(items.map((item) => item.pixels));
  return fromArray(pixels, [items.length, 3, height, width] as const, { engine });
}

function maskShape(items: readonly EpisodeItem[]): readonly [number, number, number] {
  const { width = 0, height = 0 } = items[0]?.mask ?? {};
  return [items.length, height, width];
}

function foregrounds(items: readonly EpisodeItem[]): Float32Array {
  return joined(items.map(({ mask }) => foregroundOf(mask)));
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
