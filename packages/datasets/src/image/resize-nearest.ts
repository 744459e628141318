import { checkPicture, checkSize, type Mask, type Size } from './image.ts';

/**
 * Resizes a mask like PyTorch's `interpolate(mode='nearest')`: the pixel at ⌊place · from / to⌋, computed in float32.
 * It keeps indices.
 *
 * @throws ShapeError for sizes that are not whole and positive, or data that does not fit them
 */
export function resizeNearest(mask: Mask, { width, height }: Size): Mask {
  checkPicture('resizeNearest', mask, 1);
  checkSize('resizeNearest', { width, height });
  const data = new Uint8Array(width * height);
  const columns = nearestPlaces(mask.width, width);
  const rows = nearestPlaces(mask.height, height);
  for (let y = 0; y < height; y += 1) {
    const row = (rows[y] ?? 0) * mask.width;
    for (let x = 0; x < width; x += 1) data[y * width + x] = mask.data[row + (columns[x] ?? 0)] ?? 0;
  }
  return { width, height, data };
}

/** PyTorch, `nearest_neighbor_compute_source_index`. At some sizes rounding in float32 decides which pixel is taken. */
function nearestPlaces(from: number, to: number): Int32Array {
  const scale = Math.fround(from / to);
  return Int32Array.from({ length: to }, (_, place) => Math.min(from - 1, Math.floor(Math.fround(place * scale))));
}
