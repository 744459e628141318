import type { Mask, RgbImage } from '@hypercorr/datasets';
import type { Segmenter } from '@hypercorr/hsnet';
import type { StopSignal } from '@hypercorr/tensor';

/** A picture with the mask of an object, and a second picture in which to find the same kind of object. */
export interface Episode {
  readonly support: RgbImage;
  /** 1 on the object, of the support's size. */
  readonly mask: Mask;
  readonly query: RgbImage;
}

/** The support's object as found in a query. */
export interface Found {
  /** 1 on the object, of the query's size. */
  readonly mask: Mask;
  /** The object's probability, a number in [0, 1] for each pixel of the query, row by row. */
  readonly probability: Float32Array;
}

/** The name of the only class that the page looks for. */
const object = 'the object';

/**
 * Looks for the support's object in the query.
 *
 * @param signal stops the computation between two operations
 * @throws SupportsError for a mask that marks nothing at the network's size, or has another size than its picture;
 * DamagedWeightsError for weights that give NaN
 */
export async function segment(
  segmenter: Segmenter,
  { support, mask, query }: Episode,
  signal?: StopSignal,
): Promise<Found> {
  await segmenter.remember(object, [{ image: support, mask, name: 'the example' }], { signal });
  try {
    const found = await segmenter.segment(query, { name: 'the picture', signal });
    return { mask: found.mask, probability: found.probabilities.get(object) ?? new Float32Array() };
  } finally {
    segmenter.forget(object);
  }
}
