import { resizeBilinear, resizeNearest, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import { FormatError, ShapeError } from '@hypercorr/tensor';

/** An image in memory: 8-bit red, green and blue, interleaved, row after row from the top. A page's `ImageData` is one. */
export interface ImageLike extends Size {
  /** 3 or 4 bytes a pixel. Of four, the last (alpha) is left out. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A mask in memory: one value a pixel, row after row from the top. */
export interface MaskLike extends Size {
  /** 1 on the object, 0 elsewhere, 255 for pixels that are left open. Of 0 and 255 alone, 255 is the object. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** An image, and where it shows the object. */
export interface Example {
  readonly image: ImageLike;
  /** Of the image's size. */
  readonly mask: MaskLike;
  /** What errors call it. */
  readonly name?: string | undefined;
}

/**
 * An image as bytes of red, green and blue.
 *
 * @param name what errors call it
 * @throws FormatError for what is no image: other data than 3 or 4 bytes a pixel
 */
export function rgbOf(image: ImageLike, name: string): RgbImage {
  const { width, height, data } = checkPixels(image, name, 'an image', [3, 4]);
  const pixels = width * height;
  if (data.length === 3 * pixels) return { width, height, data: bytesOf(data) };
  const rgb = new Uint8Array(3 * pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) rgb.set(data.subarray(4 * pixel, 4 * pixel + 3), 3 * pixel);
  return { width, height, data: rgb };
}

/** A support as a network of this size sees it. */
export interface SeenExample {
  readonly image: RgbImage;
  /** 0 background, 1 object, 255 void. */
  readonly mask: Mask;
  /** What errors call it. */
  readonly name: string;
}

/**
 * Resizes a support to the network's size.
 *
 * @param name what errors call it
 * @throws FormatError for what is no image or no mask; ShapeError for a mask of another size than its image, and for a mask
 * that marks no pixel at the network's size
 */
export function seeExample({ image, mask }: Example, size: Size, name: string): SeenExample {
  const rgb = rgbOf(image, name);
  const marked = objectOf(mask, name);
  if (marked.width !== rgb.width || marked.height !== rgb.height) {
    const sizes = `the image is ${rgb.width}×${rgb.height}, the mask ${marked.width}×${marked.height}`;
    throw new ShapeError('support', `${name}: ${sizes}; a mask has its image's size`);
  }
  const seen = resizeNearest(marked, size);
  if (!seen.data.includes(1)) {
    const at = `${size.width}×${size.height}`;
    throw new ShapeError('support', `${name}: no pixel is marked (at ${at}); a support's mask has to show the object`);
  }
  return { image: resizeBilinear(rgb, size), mask: seen, name };
}

/** A mask that marks the object with 1. */
function objectOf(mask: MaskLike, name: string): Mask {
  const { width, height, data } = checkPixels(mask, name, 'a mask', [1]);
  const bytes = bytesOf(data);
  // As for files: a mask of 0 and 255 alone is black and white.
  const isBlackAndWhite = !bytes.includes(1) && bytes.every((value) => value === 0 || value === 255);
  return { width, height, data: isBlackAndWhite ? bytes.map((value) => Number(value === 255)) : bytes };
}

function checkPixels<T extends ImageLike | MaskLike>(
  pixels: T,
  name: string,
  what: string,
  channels: readonly number[],
): T {
  const { width, height, data } = pixels;
  const isWhole = Number.isSafeInteger(width) && Number.isSafeInteger(height) && width > 0 && height > 0;
  if (isWhole && ArrayBuffer.isView(data) && channels.some((each) => data.length === each * width * height))
    return pixels;
  const needed = `${what} has ${channels.join(' or ')} byte${channels.length > 1 ? 's' : ''} a pixel`;
  const got = `got ${ArrayBuffer.isView(data) ? `${data.length} bytes` : typeof data} for ${width}×${height}`;
  throw new FormatError('picture', `${name}: ${needed}; ${got}`);
}

function bytesOf(data: Uint8Array | Uint8ClampedArray): Uint8Array {
  return data instanceof Uint8Array ? data : new Uint8Array(data.buffer, data.byteOffset, data.length);
}
