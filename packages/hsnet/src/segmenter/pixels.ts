import {
  applyMeaning,
  greyMask,
  maskMeaning,
  resizeBilinear,
  resizeNearest,
  type Mask,
  type RgbImage,
  type Size,
} from '@hypercorr/datasets';
import { FormatError, ShapeError } from '@hypercorr/tensor';

/** An image in memory: 8-bit red, green and blue, interleaved, row after row from the top. A page's `ImageData` is one. */
export interface ImageLike extends Size {
  /** 3 or 4 bytes a pixel. Of four, the last (alpha) is left out. */
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** A mask in memory: one value a pixel, row after row from the top. */
export interface MaskLike extends Size {
  /**
   * 1 on the object, 0 elsewhere, 255 for pixels that are left open; or black and white, where 255 is the object. It is told as
   * for files (`maskMeaning` of @hypercorr/datasets).
   */
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

/** @internal An example from files, whose mask is 0 background, 1 object and 255 void already. */
export interface ReadExample extends Example {
  /** Why the meaning of its mask's values is a guess, in words. */
  readonly doubt: string | undefined;
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
  /** Why the meaning of its mask's values is a guess, in words; undefined where nothing is doubtful. */
  readonly doubt: string | undefined;
}

/**
 * Resizes a support to the network's size.
 *
 * @param name what errors call it
 * @throws FormatError for what is no image or no mask; ShapeError for a mask of another size than its image, and for a mask
 * that marks no pixel at the network's size
 */
export function seeExample(example: Example | ReadExample, size: Size, name: string): SeenExample {
  const { image, mask } = example;
  const rgb = rgbOf(image, name);
  const { mask: marked, doubt } =
    'doubt' in example ? { mask: pixelsOf(mask, name), doubt: example.doubt } : objectOf(mask, name);
  if (marked.width !== rgb.width || marked.height !== rgb.height) {
    const sizes = `the image is ${rgb.width}×${rgb.height}, the mask ${marked.width}×${marked.height}`;
    throw new ShapeError('support', `${name}: ${sizes}; a mask has its image's size`);
  }
  const seen = resizeNearest(marked, size);
  if (!seen.data.includes(1)) {
    const at = `${size.width}×${size.height}`;
    throw new ShapeError('support', `${name}: no pixel is marked (at ${at}); a support's mask has to show the object`);
  }
  return { image: resizeBilinear(rgb, size), mask: seen, name, doubt };
}

/** A mask that marks the object with 1, and why that is a guess. */
function objectOf(mask: MaskLike, name: string): Pick<SeenExample, 'mask' | 'doubt'> {
  const decoded = greyMask(pixelsOf(mask, name));
  const meaning = maskMeaning(decoded, name);
  return { mask: applyMeaning(decoded, meaning), doubt: meaning.doubt };
}

function pixelsOf(mask: MaskLike, name: string): Mask {
  const { width, height, data } = checkPixels(mask, name, 'a mask', [1]);
  return { width, height, data: bytesOf(data) };
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
