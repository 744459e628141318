import { checkPicture, type Mask, type RgbImage } from './image.ts';

/** Mean of red, green and blue over ImageNet, of values in [0, 1]. */
export const imageMean = [0.485, 0.456, 0.406] as const;
/** Their standard deviations. */
export const imageDeviation = [0.229, 0.224, 0.225] as const;

/**
 * The 256 normalised values of each channel, (byte / 255 − mean) / deviation, in float32. The two differ in the last bits
 * of two values in three.
 *
 * - `stepwise` is rounded after every step, as torchvision's `ToTensor` and `Normalize` do it, bit for bit. Training,
 *   evaluation and prediction use it.
 * - `once` is rounded at the end. The weights of the `tiny` backbone were trained so, and `hypercorr pretrain` repeats them
 *   to the bit.
 */
export const normalisedBytes: Readonly<Record<'stepwise' | 'once', readonly Float32Array[]>> = {
  stepwise: tables((value, mean, deviation) => {
    const { fround } = Math;
    return fround(fround(value / 255) - fround(mean)) / fround(deviation);
  }),
  once: tables((value, mean, deviation) => (value / 255 - mean) / deviation),
};

/** A `Float32Array` rounds what is put into it. */
function tables(normalised: (value: number, mean: number, deviation: number) => number): readonly Float32Array[] {
  return imageMean.map((mean, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => normalised(value, mean, imageDeviation[channel] ?? 1)),
  );
}

/**
 * The image as a backbone takes it: [3, H, W], normalised by `normalisedBytes.stepwise`.
 *
 * @throws ShapeError for data that does not fit the image's size
 */
export function normalise(image: RgbImage): Float32Array {
  checkPicture('normalise', image, 3);
  const { data } = image;
  const pixels = image.width * image.height;
  const out = new Float32Array(3 * pixels);
  for (const [channel, values] of normalisedBytes.stepwise.entries()) {
    const plane = out.subarray(channel * pixels, (channel + 1) * pixels);
    for (let i = 0; i < pixels; i += 1) plane[i] = values[data[3 * i + channel] ?? 0] ?? 0;
  }
  return out;
}

/**
 * [H, W], 1 where the mask says object, 0 for background and void: a support's mask as the model takes it, and a truth as
 * the loss does.
 *
 * @throws ShapeError for data that does not fit the mask's size
 */
export function foregroundOf(mask: Mask): Float32Array {
  checkPicture('foregroundOf', mask, 1);
  const out = new Float32Array(mask.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = mask.data[i] === 1 ? 1 : 0;
  return out;
}
