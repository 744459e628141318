import type { Mask } from './image.ts';

/**
 * How a stored picture has to be turned and mirrored to be seen (EXIF 2.32, tag 274): 1 not at all, 2 mirrored, 3 by 180°,
 * 4 mirrored and by 180°, 5 transposed, 6 by 90° clockwise, 7 transposed and by 180°, 8 by 270°.
 */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8;

const orientations: readonly Orientation[] = [1, 2, 3, 4, 5, 6, 7, 8];

/** A number as an orientation. What EXIF does not know leaves the picture as it is. */
export function asOrientation(value: number | undefined): Orientation {
  return orientations.find((each) => each === value) ?? 1;
}

/** The tag of the orientation, and the size of an entry, which begins with its tag (TIFF 6.0, section 2). */
const orientationTag = 274;
const entryBytes = 12;

/** The orientation that EXIF data says: a TIFF header, and in its first directory the tag 274. 1 for what is none. */
export function orientationOf(exif: Uint8Array): Orientation {
  const view = new DataView(exif.buffer, exif.byteOffset, exif.byteLength);
  if (exif.length < 8) return 1;
  const order = String.fromCharCode(...exif.subarray(0, 2));
  if (order !== 'II' && order !== 'MM') return 1;
  const isLittle = order === 'II';
  const directory = view.getUint32(4, isLittle);
  if (directory + 2 > exif.length) return 1;
  const entries = view.getUint16(directory, isLittle);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = directory + 2 + entryBytes * entry;
    if (at + entryBytes > exif.length) return 1;
    if (view.getUint16(at, isLittle) === orientationTag) return asOrientation(view.getUint16(at + 8, isLittle));
  }
  return 1;
}

/** Whether the seen picture has the stored one's height as its width. */
export function isTransposed(orientation: Orientation): boolean {
  return orientation >= 5;
}

/** A stored mask as it is seen. */
export function upright(mask: Mask, orientation: Orientation): Mask {
  if (orientation === 1) return mask;
  const [w, h] = [mask.width, mask.height];
  const [width, height] = isTransposed(orientation) ? [h, w] : [w, h];
  const data = new Uint8Array(mask.data.length);
  for (let y = 0, to = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1, to += 1) {
      const [column, row] = storedPlace(x, y, { width, height }, orientation);
      data[to] = mask.data[row * w + column] ?? 0;
    }
  return { width, height, data };
}

/** Where the pixel that is seen at (x, y) is stored. */
function storedPlace(
  x: number,
  y: number,
  { width, height }: Pick<Mask, 'width' | 'height'>,
  orientation: Orientation,
): readonly [column: number, row: number] {
  const [right, below] = [width - 1 - x, height - 1 - y];
  switch (orientation) {
    case 1:
      return [x, y];
    case 2:
      return [right, y];
    case 3:
      return [right, below];
    case 4:
      return [x, below];
    case 5:
      return [y, x];
    case 6:
      return [y, right];
    case 7:
      return [below, right];
    case 8:
      return [below, x];
  }
}
