import { resizeBilinear, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import {
  forEachTensor,
  greater,
  interruptible,
  keep,
  read,
  scope,
  type Engine,
  type StopSignal,
} from '@hypercorr/tensor';
import type { HSNet } from '../hsnet.ts';
import { addClass, combineShots, noClass, type ClassIndex, type VoteRule } from '../prediction.ts';
import type { PreparedSupports } from '../supports.ts';
import { checkFinite } from './finite-logits.ts';
import { imageTensor } from '@hypercorr/vision';

/** What a model knows of a class. */
export interface PreparedClass {
  readonly className: string;
  /** Each may hold several shots; all of them vote. */
  readonly supports: readonly PreparedSupports[];
}

/** One class in one image, at the image's own size. */
export interface ClassProbability {
  readonly className: string;
  /** The softmax's foreground, averaged over the shots: a number in [0, 1] a pixel, row by row. */
  readonly probability: Float32Array;
}

export interface SegmentImageOptions {
  readonly engine: Engine;
  /** The network sees the image at this size. */
  readonly networkSize: Size;
  /** Receives each class's probabilities in turn. They are not kept. Without it, they are not read from the engine. */
  readonly onProbability?: ((found: ClassProbability) => void | Promise<void>) | undefined;
  /** How the shots decide; as published when absent. */
  readonly vote?: VoteRule | undefined;
  /** A pixel is the object where its probability is above this. There is no vote then. */
  readonly threshold?: number | undefined;
  /** What errors name: the image, and where the weights come from. */
  readonly names: { readonly image: string; readonly weights: string };
  /** Stops the computation between two operations. */
  readonly signal?: StopSignal | undefined;
}

/**
 * Segments one image of any size. The network sees the image at `networkSize`; the logits are resized bilinearly to the
 * image's own size before anything is decided, so that edges follow the image's pixels. Then each class's shots vote, and
 * the classes share the pixels as in `HSNet.segmentClasses`. Classes are decided one after another, to save memory for
 * large images.
 *
 * @returns 0 for background, 1… for the classes in their order
 * @throws DamagedWeightsError for logits that are NaN or infinite; the signal's reason once it is aborted
 */
export async function segmentImage(
  model: HSNet,
  image: RgbImage,
  classes: readonly PreparedClass[],
  { engine, networkSize, onProbability, vote, threshold, names, signal }: SegmentImageOptions,
): Promise<Mask> {
  const { width, height } = image;
  const compute = <T>(run: () => T): T => (signal === undefined ? run() : interruptible(signal, run));
  const logits = compute(() =>
    scope(() => {
      const query = imageTensor(resizeBilinear(image, networkSize), { engine });
      const found = model.shotLogits(
        query,
        classes.flatMap(({ supports }) => supports),
      );
      return keep(found);
    }),
  );
  let leading: ClassIndex | undefined;
  let next = 0;
  try {
    for (const [position, { className, supports }] of classes.entries()) {
      const shots = logits.slice(next, next + supports.length).flat();
      next += supports.length;
      await checkFinite(shots, { ...names, className });
      const before = leading;
      const { found, after } = compute(() =>
        scope(() => {
          const voted = combineShots(shots, [height, width], vote);
          const found = threshold === undefined ? voted : { ...voted, mask: greater(voted.probability, threshold) };
          return keep({ found, after: addClass(before ?? noClass(found), found, position + 1) });
        }),
      );
      dispose(leading);
      leading = after;
      try {
        if (onProbability !== undefined) await onProbability({ className, probability: await read(found.probability) });
      } finally {
        dispose(found);
      }
    }
    return {
      width,
      height,
      data: leading === undefined ? new Uint8Array(width * height) : Uint8Array.from(await read(leading.index)),
    };
  } finally {
    dispose(logits);
    dispose(leading);
  }
}

function dispose(tensors: unknown): void {
  forEachTensor(tensors, (tensor) => tensor.dispose());
}
