import { resizeBilinear, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import {
  cast,
  forEachTensor,
  greater,
  interruptible,
  keep,
  max,
  read,
  scope,
  type Engine,
  type StopSignal,
} from '@hypercorr/tensor';
import type { HSNet } from '../hsnet.ts';
import { addClass, combineShots, noClass, type ClassIndex, type Segmentation, type VoteRule } from '../prediction.ts';
import type { PreparedSupports } from '../supports.ts';
import type { PresenceCalibration } from '../presence/calibration.ts';
import { presenceOf, type Presence } from '../presence/presence.ts';
import { measurePresence } from '../presence/statistics.ts';
import { readShots } from './read-shots.ts';
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
  /** How the weights score presence; undefined where they are not calibrated. */
  readonly presence?: PresenceCalibration | undefined;
  /** A class of a lower score has no mask; the calibration's threshold when absent. */
  readonly leastScore?: number | undefined;
  /** What errors name: the image, and where the weights come from. */
  readonly names: { readonly image: string; readonly weights: string };
  /** Stops the computation between two operations. */
  readonly signal?: StopSignal | undefined;
}

/** An image's mask, and whether it shows each class, in the order of the classes. */
export interface SegmentedClasses {
  /** 0 for background, 1… for the classes in their order. */
  readonly mask: Mask;
  readonly presence: readonly Presence[];
}

/**
 * Segments one image of any size. The network sees the image at `networkSize`; the logits are resized bilinearly to the
 * image's own size before anything is decided, so that edges follow the image's pixels. Then each class's shots vote, and
 * the classes share the pixels as in `HSNet.segmentClasses`. Classes are decided one after another, to save memory for
 * large images. A class that is not found has no part in this.
 *
 * @throws DamagedWeightsError for logits that are NaN or infinite; the signal's reason once it is aborted
 */
export async function segmentImage(
  model: HSNet,
  image: RgbImage,
  classes: readonly PreparedClass[],
  { engine, networkSize, onProbability, vote, threshold, presence, leastScore, names, signal }: SegmentImageOptions,
): Promise<SegmentedClasses> {
  const { width, height } = image;
  const compute = <T>(run: () => T): T => (signal === undefined ? run() : interruptible(signal, run));
  const all = compute(() =>
    scope(() => {
      const query = imageTensor(resizeBilinear(image, networkSize), { engine });
      const found = model.shots(
        query,
        classes.flatMap(({ supports }) => supports),
      );
      return keep(found);
    }),
  );
  const seen: Presence[] = [];
  let leading: ClassIndex | undefined;
  let next = 0;
  try {
    for (const [position, { className, supports }] of classes.entries()) {
      const shots = all.slice(next, next + supports.length).flat();
      next += supports.length;
      const statistics = measurePresence(await readShots(shots, { ...names, className }));
      const voted = compute(() =>
        scope(() => {
          const combined = combineShots(
            shots.map(({ logits }) => logits),
            [height, width],
            vote,
          );
          return keep(
            threshold === undefined ? combined : { ...combined, mask: greater(combined.probability, threshold) },
          );
        }),
      );
      try {
        const shown = presenceOf({ statistics, marked: await marksPixel(voted) }, presence, leastScore);
        seen.push(shown);
        if (shown.found) {
          const before = leading;
          leading = compute(() => scope(() => keep(addClass(before ?? noClass(voted), voted, position + 1))));
          dispose(before);
        }
        if (onProbability !== undefined) await onProbability({ className, probability: await read(voted.probability) });
      } finally {
        dispose(voted);
      }
    }
    const data = leading === undefined ? new Uint8Array(width * height) : Uint8Array.from(await read(leading.index));
    return { mask: { width, height, data }, presence: seen };
  } finally {
    dispose(all);
    dispose(leading);
  }
}

async function marksPixel({ mask }: Segmentation): Promise<boolean> {
  using most = scope(() => max(cast(mask, 'int32')));
  return (await read(most))[0] === 1;
}

function dispose(tensors: unknown): void {
  forEachTensor(tensors, (tensor) => tensor.dispose());
}
