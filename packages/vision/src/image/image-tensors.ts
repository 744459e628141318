import { foregroundOf, normalise, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import { ShapeError, fromArray, read, type CreationOptions, type Tensor } from '@hypercorr/tensor';
import type { FeatureMap, Image, MaskBatch, Plane } from '../shapes.ts';

/** An image that was normalised where it was read, such as in a worker. */
export interface NormalisedImage {
  /** [3, H, W] by `normalise` of `@hypercorr/datasets`. */
  readonly pixels: Float32Array;
  /** Width and height of the image. */
  readonly image: Size;
}

/**
 * An image as backbones take it: [3, H, W], normalised by ImageNet's mean and standard deviation. An image that is
 * already normalised stays unchanged.
 *
 * @throws ShapeError for data that does not fit the image's size
 */
export function imageTensor(
  image: RgbImage | NormalisedImage,
  options: CreationOptions = {},
): Tensor<Image, 'float32'> {
  const { width, height } = planeOf(image);
  return fromArray(pixelsOf(image), [3, height, width], options);
}

/** A mask as models take it: [H, W], 1 on the object, and 0 on background and void. */
export function maskTensor(mask: Mask, options: CreationOptions = {}): Tensor<Plane, 'float32'> {
  return fromArray(foregroundOf(mask), [mask.height, mask.width], options);
}

/**
 * Images of one size as a batch: [N, 3, H, W], as `imageTensor`.
 *
 * @throws ShapeError where there is no image, or where sizes differ
 */
export function imageBatch(images: readonly (RgbImage | NormalisedImage)[], options: CreationOptions = {}): FeatureMap {
  const { width, height } = commonSize('imageBatch', images.map(planeOf));
  return fromArray(joined(images.map(pixelsOf)), [images.length, 3, height, width], options);
}

/**
 * Masks of one size as a batch: [N, H, W], as `maskTensor`.
 *
 * @throws ShapeError where there is no mask, or where sizes differ
 */
export function maskBatch(masks: readonly Mask[], options: CreationOptions = {}): Tensor<MaskBatch, 'float32'> {
  const { width, height } = commonSize('maskBatch', masks);
  return fromArray(joined(masks.map((mask) => foregroundOf(mask))), [masks.length, height, width], options);
}

/**
 * Masks of one size as labels for a loss: int32 [N, H, W], 1 on the object, and 0 on background and void.
 *
 * @throws ShapeError where there is no mask, or where sizes differ
 */
export function labelBatch(masks: readonly Mask[], options: CreationOptions = {}): Tensor<MaskBatch, 'int32'> {
  const { width, height } = commonSize('labelBatch', masks);
  return fromArray(
    Int32Array.from(joined(masks.map((mask) => foregroundOf(mask)))),
    [masks.length, height, width],
    options,
  );
}

/** An image and its mask as tensors: a support of HSNet. */
export function itemTensors(
  item: { readonly image: RgbImage; readonly mask: Mask; readonly pixels?: Float32Array },
  options: CreationOptions = {},
): { readonly image: Tensor<Image, 'float32'>; readonly mask: Tensor<Plane, 'float32'> } {
  const { image, mask, pixels } = item;
  return {
    image: imageTensor(pixels === undefined ? image : { image, pixels }, options),
    mask: maskTensor(mask, options),
  };
}

/**
 * A predicted mask on the host. True becomes 1, and an index stays unchanged.
 *
 * @param tensor [H, W]; it stays the caller's to free
 * @throws ShapeError for an index that is not from 0 to 255
 */
export async function maskOf(tensor: Tensor<Plane, 'bool' | 'int32'>): Promise<Mask> {
  const [height, width] = tensor.shape;
  const indices = await read(tensor);
  const data = Uint8Array.from(indices);
  const changed = data.findIndex((value, i) => value !== indices[i]);
  if (changed >= 0)
    throw new ShapeError('maskOf', `a mask holds indices from 0 to 255; got ${String(indices[changed])}`);
  return { width, height, data };
}

function planeOf(image: RgbImage | NormalisedImage): Size {
  return 'pixels' in image ? image.image : image;
}

function pixelsOf(image: RgbImage | NormalisedImage): Float32Array {
  return 'pixels' in image ? image.pixels : normalise(image);
}

function commonSize(where: string, pictures: readonly Size[]): Size {
  const [first] = pictures;
  if (first === undefined) throw new ShapeError(where, 'there is no picture; give at least one');
  const other = pictures.find(({ width, height }) => width !== first.width || height !== first.height);
  if (other !== undefined) {
    const sizes = `${first.width}×${first.height} and ${other.width}×${other.height}`;
    throw new ShapeError(where, `the pictures of a batch have one size; got ${sizes}`);
  }
  return first;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
