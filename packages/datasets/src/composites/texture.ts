import type { Mask, RgbaImage, RgbImage, Size } from '../image/image.ts';

/**
 * The pixels of an object: red, green, blue and alpha as bytes, the colours multiplied by alpha (Porter and Duff,
 * *Compositing digital images*, SIGGRAPH 1984). A transparent border of a pixel lies around the object, so that a place
 * between two pixels never lies outside.
 */
export interface Texture extends Size {
  /** 4 · width · height bytes. */
  readonly data: Uint8Array;
  /** The longer side of the object as it was read, in pixels, before it was reduced. */
  readonly fullSide: number;
}

/** From this alpha on, a pixel shows the object. */
const shown = 128;
/** Pixels with less alpha are trimmed away. */
const leastAlpha = 8;

/** A photograph with its object's mask as alpha. */
export function withAlpha({ width, height, data: rgb }: RgbImage, mask: Mask): RgbaImage {
  const data = new Uint8Array(4 * width * height);
  for (let i = 0; i < width * height; i += 1) {
    data[4 * i] = rgb[3 * i] ?? 0;
    data[4 * i + 1] = rgb[3 * i + 1] ?? 0;
    data[4 * i + 2] = rgb[3 * i + 2] ?? 0;
    data[4 * i + 3] = mask.data[i] === 1 ? 255 : 0;
  }
  return { width, height, data };
}

/** Trims a picture to its object. @returns undefined if no pixel shows one */
export function textureOf(image: RgbaImage): Texture | undefined {
  const box = boxOf(image);
  if (box === undefined) return undefined;
  const width = box.right - box.left + 3;
  const height = box.bottom - box.top + 3;
  const data = new Uint8Array(4 * width * height);
  for (let y = box.top; y <= box.bottom; y += 1) {
    let from = 4 * (y * image.width + box.left);
    let to = 4 * ((y - box.top + 1) * width + 1);
    for (let x = box.left; x <= box.right; x += 1, from += 4, to += 4) {
      const alpha = image.data[from + 3] ?? 0;
      if (alpha === 0) continue;
      for (let channel = 0; channel < 3; channel += 1) {
        const value = image.data[from + channel] ?? 0;
        data[to + channel] = alpha === 255 ? value : Math.floor((value * alpha + 127) / 255);
      }
      data[to + 3] = alpha;
    }
  }
  return { width, height, data, fullSide: Math.max(width, height) - 2 };
}

/** The box around the pixels that are not quite transparent. */
function boxOf({ width, height, data }: RgbaImage) {
  let [left, right, top, bottom, largest] = [width, -1, -1, -1, 0];
  for (let y = 0; y < height; y += 1) {
    const row = 4 * y * width + 3;
    let [first, last] = [0, width - 1];
    while (first < width && (data[row + 4 * first] ?? 0) < leastAlpha) first += 1;
    if (first === width) continue;
    while ((data[row + 4 * last] ?? 0) < leastAlpha) last -= 1;
    if (top === -1) top = y;
    bottom = y;
    left = Math.min(left, first);
    right = Math.max(right, last);
    for (let x = first; x <= last && largest < shown; x += 1) largest = Math.max(largest, data[row + 4 * x] ?? 0);
  }
  return largest < shown ? undefined : { left, top, right, bottom };
}

/** The longer side of the object in a texture, in pixels. */
export function longerSide({ width, height }: Size): number {
  return Math.max(width, height) - 2;
}

/** How often to halve a texture until its object's longer side is at most 1.2 times as long as it will be drawn. */
export function halvingsFor(side: number, drawn: number): number {
  let count = 0;
  for (let now = side; now > 1.2 * drawn && now > 2; now = Math.ceil(now / 2)) count += 1;
  return count;
}

/** A texture halved so many times. */
export function reduced(texture: Texture, halvings: number): Texture {
  let now = texture;
  for (let each = 0; each < halvings; each += 1) now = halved(now);
  return now;
}

/** A texture of half the size. Every pixel is the mean of four, rounded. */
export function halved({ width, height, data, fullSide }: Texture): Texture {
  // The object without its border: an odd side is filled up by transparent pixels.
  const [innerWidth, innerHeight] = [Math.ceil((width - 2) / 2), Math.ceil((height - 2) / 2)];
  const half = { width: innerWidth + 2, height: innerHeight + 2 };
  // Four bytes at a time: every second byte of a pixel has room for a sum of four in 16 bits.
  const pixels = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const out = new Uint32Array(half.width * half.height);
  const [bytes, two] = [0x00ff00ff, 0x00020002];
  for (let y = 1; y <= innerHeight; y += 1) {
    const above = (2 * y - 1) * width;
    const below = 2 * y < height ? above + width : above;
    const lower = 2 * y < height ? -1 : 0;
    for (let x = 1; x <= innerWidth; x += 1) {
      const at = 2 * x - 1;
      const [a, b] = [pixels[above + at] ?? 0, pixels[above + at + 1] ?? 0];
      const [c, d] = [(pixels[below + at] ?? 0) & lower, (pixels[below + at + 1] ?? 0) & lower];
      const even = ((a & bytes) + (b & bytes) + (c & bytes) + (d & bytes) + two) >>> 2;
      const odd = (((a >>> 8) & bytes) + ((b >>> 8) & bytes) + ((c >>> 8) & bytes) + ((d >>> 8) & bytes) + two) >>> 2;
      out[y * half.width + x] = (even & bytes) | ((odd & bytes) << 8);
    }
  }
  return { ...half, data: new Uint8Array(out.buffer), fullSide };
}

/** A photograph of half the size. Every pixel is the mean of four; an odd last row or column is left out. */
export function halvedPhotograph({ width, height, data }: RgbImage): RgbImage {
  const half = { width: Math.max(1, width >> 1), height: Math.max(1, height >> 1) };
  const out = new Uint8Array(3 * half.width * half.height);
  const [right, below] = [width > 1 ? 3 : 0, height > 1 ? 3 * width : 0];
  for (let y = 0; y < half.height; y += 1) {
    for (let x = 0; x < half.width; x += 1) {
      const from = 3 * (2 * y * width + 2 * x);
      for (let i = from; i < from + 3; i += 1) {
        const sum = (data[i] ?? 0) + (data[i + right] ?? 0) + (data[i + below] ?? 0) + (data[i + below + right] ?? 0);
        out[3 * (y * half.width + x) + i - from] = (sum + 2) >> 2;
      }
    }
  }
  return { ...half, data: out };
}
