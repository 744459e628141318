import { resizeBilinear, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import { addClass, combineShots, noClass, type ClassIndex, type HSNet } from '@hypercorr/hsnet';
import { forEachTensor, keep, read, scope } from '@hypercorr/tensor';
import { imageTensor, maskOf } from '@hypercorr/vision';
import { checkFinite } from '../finite-logits.ts';
import type { PreparedClass } from './supports.ts';

/** One class of one image, at the image's own size. */
export interface ClassProbability {
  readonly className: string;
  /** Mean foreground softmax over the shots; a number in [0, 1] a pixel, row by row. */
  readonly probability: Float32Array;
}

export interface SegmentImageOptions {
  /** The network sees the image at this size. */
  readonly networkSize: Size;
  /** Is given each class's probabilities as they come; they are not kept. */
  readonly onProbability?: ((found: ClassProbability) => void | Promise<void>) | undefined;
  /** What errors name: the image's file, and the weights'. */
  readonly names: { readonly image: string; readonly weights: string };
}

/**
 * Segments one image of any size: the network sees it at its own size, and the logits are resized bilinearly to the
 * image's before anything is decided, so that edges follow the image's pixels. Then each class's shots vote, and the
 * classes share the pixels, as in `HSNet.segmentClasses`; but a class at a time, for the memory of large images.
 *
 * @returns 0 for background, 1… for the classes in their order
 * @throws as `checkFinite`
 */
export async function segmentImage(
  model: HSNet,
  image: RgbImage,
  classes: readonly PreparedClass[],
  { networkSize, onProbability, names }: SegmentImageOptions,
): Promise<Mask> {
  const { width, height } = image;
  const logits = scope(() => {
    const query = imageTensor(resizeBilinear(image, networkSize));
    return keep(
      model.shotLogits(
        query,
        classes.map(({ supports }) => supports),
      ),
    );
  });
  let leading: ClassIndex | undefined;
  try {
    for (const [position, { className }] of classes.entries()) {
      const shots = logits[position] ?? [];
      await checkFinite(shots, { ...names, className });
      const { found, next } = scope(() => {
        const found = combineShots(shots, [height, width]);
        return keep({ found, next: addClass(leading ?? noClass(found), found, position + 1) });
      });
      dispose(leading);
      leading = next;
      try {
        if (onProbability !== undefined) await onProbability({ className, probability: await read(found.probability) });
      } finally {
        dispose(found);
      }
    }
    return leading === undefined
      ? { width, height, data: new Uint8Array(width * height) }
      : await maskOf(leading.index);
  } finally {
    dispose(logits);
    dispose(leading);
  }
}

function dispose(tensors: unknown): void {
  forEachTensor(tensors, (tensor) => tensor.dispose());
}
