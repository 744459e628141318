import { resizeBilinear as resizeImage, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import type { HSNet, Plane } from '@hypercorr/hsnet';
import { read, reshape, resizeBilinear, scope, type Tensor } from '@hypercorr/tensor';
import { imageTensor } from '../image-tensors.ts';
import type { PreparedClass } from './supports.ts';

/** Above this mean probability over the shots a pixel is the object's. */
const decision = 0.5;

/** One class of one image, at the image's own size. */
export interface ClassProbability {
  readonly className: string;
  /** Mean foreground softmax over the shots; a number in [0, 1] a pixel, row by row. */
  readonly probability: Float32Array;
}

/**
 * Segments one image of any size: the network sees it at its own size, and the probabilities are resized bilinearly to
 * the image's before anything is decided, so that edges follow the image's pixels.
 *
 * @param onProbability is given each class's probabilities as they come; they are not kept
 * @returns 0 for background, 1… for the classes in their order: of those with a probability above ½ the likeliest
 */
export async function segmentImage(
  model: HSNet,
  image: RgbImage,
  classes: readonly PreparedClass[],
  networkSize: Size,
  onProbability: (found: ClassProbability) => void | Promise<void> = () => {},
): Promise<Mask> {
  const { width, height } = image;
  const probabilities = scope(() => {
    const query = imageTensor(resizeImage(image, networkSize));
    const found = model.segmentClasses(query, classes.map(({ supports }) => supports));
    return found.classes.map(({ probability }) => probability);
  });
  const index = new Uint8Array(width * height);
  const best = new Float32Array(width * height).fill(decision);
  try {
    for (const [position, { className }] of classes.entries()) {
      const probability = probabilities[position];
      if (probability === undefined) continue;
      const full = await atSize(probability, { width, height });
      for (const [pixel, p] of full.entries()) {
        if (p <= (best[pixel] ?? 1)) continue;
        best[pixel] = p;
        index[pixel] = position + 1;
      }
      await onProbability({ className, probability: full });
    }
  } finally {
    for (const probability of probabilities) probability.dispose();
  }
  return { width, height, data: index };
}

async function atSize(probability: Tensor<Plane, 'float32'>, { width, height }: Size): Promise<Float32Array> {
  using full = scope(() => {
    const [rows, columns] = probability.shape;
    return resizeBilinear(reshape(probability, [1, 1, rows, columns]), [height, width], { alignCorners: true });
  });
  return read(full);
}
