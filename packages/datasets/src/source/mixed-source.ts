import { fold, ShapeError } from '@hypercorr/tensor';
import { streamKey } from '../episode/draw-samples.ts';
import { Draws } from '../generate/draws.ts';
import type { MixedReading } from './mixed-reader.ts';
import { moduleBeside } from './module-beside.ts';
import type { Source } from './source.ts';

/** A source in a mixture, and its share of the items. */
export interface MixedPart<Item, Plan = unknown> {
  readonly source: Source<Item, Plan>;
  /** A positive number; only its ratio to the other shares counts. */
  readonly share: number;
}

/** Which source makes an item, and what that source's reader needs. */
export interface MixedPlan<Plan = unknown> {
  readonly part: number;
  readonly plan: Plan;
}

/** The memory of a source that does not say how much it needs. */
const usualCacheBytes = 2 ** 28;

/**
 * Items of several sources without an end, each item's source drawn by the shares. Item i is item i of its source, so an
 * item depends only on the seed, the shares, the sources and its number.
 *
 * @throws ShapeError for no sources, a share that is not positive, and a source with an end
 */
export function mixedSource<Item, Plan = unknown>(
  parts: readonly MixedPart<Item, Plan>[],
  seed: number,
): Source<Item, MixedPlan<Plan>> {
  if (parts.length === 0) throw new ShapeError('mixedSource', 'a mixture needs at least one source');
  for (const { share, source } of parts) {
    if (!(share > 0 && share < Infinity))
      throw new ShapeError('mixedSource', `a share must be a positive number; got ${share}`);
    if (source.length !== undefined)
      throw new ShapeError('mixedSource', `every source must be without an end; one has ${source.length} items`);
  }
  const total = parts.reduce((sum, { share }) => sum + share, 0);
  const units = new Set(parts.map(({ source }) => source.unit));
  const [unit] = units;
  const bytes = parts.map(({ source }) => source.cacheBytes ?? usualCacheBytes);
  const reading: MixedReading = {
    readers: parts.map(({ source: { reader } }, i) => ({
      module: reader.module.href,
      options: reader.options,
      cacheBytes: bytes[i] ?? 0,
    })),
  };
  return {
    ...(units.size === 1 && unit !== undefined && { unit }),
    cacheBytes: bytes.reduce((sum, each) => sum + each, 0),
    plan(index) {
      let left = total * new Draws(fold(streamKey(seed, 'mixture'), index)).unit();
      const part = parts.findIndex(({ share }) => (left -= share) < 0);
      const chosen = part === -1 ? parts.length - 1 : part;
      const { source } = parts[chosen] ?? {};
      if (source === undefined) throw new RangeError('there are no sources to draw from');
      return { part: chosen, plan: source.plan(index) };
    },
    reader: { module: moduleBeside('mixed-reader', import.meta.url), options: reading },
  };
}
