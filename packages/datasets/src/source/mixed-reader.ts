import { loadReader } from '../prefetch/load-reader.ts';
import type { MixedPlan } from './mixed-source.ts';
import type { Json, Reader, ReaderShare } from './source.ts';

/** The readers of a mixture. `cacheBytes` is what each would like to remember. */
export type MixedReading = {
  readonly readers: readonly { readonly module: string; readonly options: Json; readonly cacheBytes: number }[];
};

/** Hands each plan to the reader of its source. The readers share the memory in proportion to what they would like. */
export async function createReader(
  { readers }: MixedReading,
  { cacheBytes }: ReaderShare,
): Promise<Reader<unknown, MixedPlan>> {
  const wanted = readers.reduce((sum, each) => sum + each.cacheBytes, 0);
  const loaded = await Promise.all(
    readers.map((each) =>
      loadReader({ ...each, cacheBytes: wanted > 0 ? Math.floor((cacheBytes * each.cacheBytes) / wanted) : 0 }),
    ),
  );
  return ({ part, plan }) => {
    const reader = loaded[part];
    if (reader === undefined) throw new RangeError(`[mixed] there is no source ${part}`);
    return reader(plan);
  };
}
