import { permute, reshape, resizeBilinear, scope } from '@hypercorr/tensor';
import type { Correlations } from './shapes.ts';

/**
 * Resizes the query plane bilinearly (corners aligned) to that of `like`, at every support position. The support plane
 * too, where rounding has left the levels with different ones: some image sizes under VGG-16's halvings.
 *
 * @param x [b, c, hq, wq, hs, ws]
 * @returns [b, c, …] with the planes of `like`
 */
export function resizePlanes(x: Correlations, like: Correlations): Correlations {
  return scope(() => {
    const [, , hq, wq, hs, ws] = like.shape;
    return resizeLastPlane(swapPlanes(resizeLastPlane(swapPlanes(x), [hq, wq])), [hs, ws]);
  });
}

/** (b, c, hq, wq, hs, ws) → (b, c, hs, ws, hq, wq) */
function swapPlanes(x: Correlations): Correlations {
  return permute(x, [0, 1, 4, 5, 2, 3]);
}

function resizeLastPlane(x: Correlations, [height, width]: readonly [number, number]): Correlations {
  const [b, c, h, w, fromHeight, fromWidth] = x.shape;
  if (fromHeight === height && fromWidth === width) return x;
  const resized = resizeBilinear(reshape(x, [b, c * h * w, fromHeight, fromWidth]), [height, width], {
    alignCorners: true,
  });
  return reshape(resized, [b, c, h, w, height, width]);
}
