import { checkPicture, type Mask, type RgbImage } from './image.ts';

/** Mean of red, green and blue over ImageNet, of values in [0, 1]. */
export const imageMean = [0.485, 0.456, 0.406] as const;
/** Their standard deviations. */
export const imageDeviation = [0.229, 0.224, 0.225] as const;

/**
 * The image as a backbone takes it: [3, H, W], (value / 255 − mean) / deviation.
 *
 * @param rounding `'float32'` rounds after each step, as torchvision's `ToTensor` and `Normalize` do, bit for bit;
 *   `'once'` computes in float64 and rounds the result, as the shipped weights of the `tiny` backbone were trained
 * @throws ShapeError for data that does not fit the image's size
 */
export function normalise(image: RgbImage, rounding: Rounding = 'float32'): Float32Array {
  checkPicture('normalise', image, 3);
  const { data } = image;
  const pixels = image.width * image.height;
  const out = new Float32Array(3 * pixels);
  for (const [channel, values] of tables[rounding].entries()) {
    const plane = out.subarray(channel * pixels, (channel + 1) * pixels);
    for (let i = 0; i < pixels; i += 1) plane[i] = values[data[3 * i + channel] ?? 0] ?? 0;
  }
  return out;
}

/** How `normalise` rounds. */
export type Rounding = 'float32' | 'once';

/** The results for all 256 values of a byte, for each channel. */
const tables = {
  float32: tablesOf(
    (value, mean, deviation) => Math.fround(Math.fround(value / 255) - Math.fround(mean)) / Math.fround(deviation),
  ),
  once: tablesOf((value, mean, deviation) => (value / 255 - mean) / deviation),
} as const satisfies Record<Rounding, unknown>;

function tablesOf(compute: (value: number, mean: number, deviation: number) => number): readonly Float32Array[] {
  return imageMean.map((mean, channel) =>
    Float32Array.from({ length: 256 }, (_, value) => compute(value, mean, imageDeviation[channel] ?? 1)),
  );
}

/**
 * [H, W], 1 where the mask marks the object, 0 for background and void. It is a support's mask for the model, and a
 * query's truth for the loss.
 */
export function foregroundOf(mask: Mask): Float32Array {
  checkPicture('foregroundOf', mask, 1);
  const out = new Float32Array(mask.data.length);
  for (let i = 0; i < out.length; i += 1) out[i] = mask.data[i] === 1 ? 1 : 0;
  return out;
}
