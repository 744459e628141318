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
    for (let x = box.left; x <= box.right; x += 1) {
      const from = 4 * (y * image.width + x);
      const to = 4 * ((y - box.top + 1) * width + x - box.left + 1);
      const alpha = image.data[from + 3] ?? 0;
      for (let channel = 0; channel < 3; channel += 1)
        data[to + channel] = Math.round(((image.data[from + channel] ?? 0) * alpha) / 255);
      data[to + 3] = alpha;
    }
  }
  return { width, height, data, fullSide: Math.max(width, height) - 2 };
}

function boxOf({ width, height, data }: RgbaImage) {
  let [left, top, right, bottom, largest] = [width, height, -1, -1, 0];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const alpha = data[4 * (y * width + x) + 3] ?? 0;
      if (alpha < leastAlpha) continue;
      largest = Math.max(largest, alpha);
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return largest < shown ? undefined : { left, top, right, bottom };
}

/** The longer side of the object in a texture, in pixels. */
export function longerSide({ width, height }: Size): number {
  return Math.max(width, height) - 2;
}

/** Halves a texture until its object's longer side is at most 1.2 times as long as asked. */
export function reduced(texture: Texture, side: number): Texture {
  let now = texture;
  while (longerSide(now) > 1.2 * side && longerSide(now) > 2) now = halved(now);
  return now;
}

/** A texture of half the size. Every pixel is the mean of four. */
export function halved({ width, height, data, fullSide }: Texture): Texture {
  // The object without its border: an odd side is filled up by transparent pixels.
  const [innerWidth, innerHeight] = [Math.ceil((width - 2) / 2), Math.ceil((height - 2) / 2)];
  const half = { width: innerWidth + 2, height: innerHeight + 2 };
  const out = new Uint8Array(4 * half.width * half.height);
  const row = 4 * width;
  for (let y = 1; y <= innerHeight; y += 1) {
    const isLastRow = 2 * y >= height;
    for (let x = 1; x <= innerWidth; x += 1) {
      const from = 4 * ((2 * y - 1) * width + 2 * x - 1);
      const to = 4 * (y * half.width + x);
      for (let channel = 0; channel < 4; channel += 1) {
        const i = from + channel;
        const below = isLastRow ? 0 : (data[i + row] ?? 0) + (data[i + row + 4] ?? 0);
        out[to + channel] = ((data[i] ?? 0) + (data[i + 4] ?? 0) + below + 2) >> 2;
      }
    }
  }
  return { ...half, data: out, fullSide };
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
