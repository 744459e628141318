import type { Mask } from '@hypercorr/datasets';
import { add, div, fromArray, l2Normalize, mul, read, resizeBilinear, scope, sum } from '@hypercorr/tensor';
import type { FeatureMap } from '@hypercorr/vision';

/** Keeps the mean of an empty mask and the direction of a zero vector finite, as in the hypercorrelation. */
const eps = 1e-5;

/**
 * Scores every query pixel by how alike it is to the supports' object, in one tap of a backbone (the non-parametric part of
 * PANet, Wang et al., ICCV 2019):
 *
 *     s(x) = cos( Fq(x), Σₖ pₖ ),  pₖ = Σᵧ M̂ₖ(y) Fₖ(y) / Σᵧ M̂ₖ(y)
 *
 * with M̂ the mask resized bilinearly to the tap, and s resized bilinearly to the query's size.
 *
 * @param query [1, C, hq, wq]
 * @param supports for each shot a map [1, C, hs, ws], and a mask of any size
 * @returns a score in [−1, 1] for each of `size`'s pixels, row by row
 */
export async function featureSimilarity(
  query: FeatureMap,
  supports: readonly { readonly features: FeatureMap; readonly mask: Mask }[],
  size: { readonly width: number; readonly height: number },
): Promise<Float32Array> {
  using scores = scope(() => {
    const prototype = supports
      .map(({ features, mask }) => maskedMean(features, mask))
      .reduce((all, one) => add(all, one));
    const cosine = sum(mul(l2Normalize(query, 1, { eps }), l2Normalize(prototype, 1, { eps })), {
      axes: 1,
      keepDims: true,
    });
    return resizeBilinear(cosine, [size.height, size.width], { alignCorners: true });
  });
  return read(scores);
}

/** [1, C, 1, 1] */
function maskedMean(features: FeatureMap, mask: Mask): FeatureMap {
  const { shape, engine } = features;
  const foreground = Float32Array.from(mask.data, (index) => Number(index !== 0 && index !== 255));
  const full = fromArray(foreground, [1, 1, mask.height, mask.width], { engine });
  const weights = resizeBilinear(full, [shape[2], shape[3]], { alignCorners: true });
  const total = sum(mul(features, weights), { axes: [2, 3], keepDims: true });
  return div(total, add(sum(weights, { axes: [2, 3], keepDims: true }), eps));
}
