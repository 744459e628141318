import { resizeBilinear, type Mask, type RgbImage, type Size } from '@hypercorr/datasets';
import {
  ShapeError,
  forEachTensor,
  interruptible,
  keep,
  read,
  scope,
  type Engine,
  type StopSignal,
} from '@hypercorr/tensor';
import type { HSNet } from '../hsnet.ts';
import { addClass, noClass, type ClassIndex, type VoteRule } from '../prediction.ts';
import type { PreparedSupports } from '../supports.ts';
import type { PresenceCalibration } from '../presence/calibration.ts';
import { presenceOf, type Presence } from '../presence/presence.ts';
import { measurePresence } from '../presence/statistics.ts';
import { readShots } from './read-shots.ts';
import { StripDecision, stripsOf, type Strip } from './strips.ts';
import { imageTensor } from '@hypercorr/vision';

/** What a model knows of a class. */
export interface PreparedClass {
  readonly className: string;
  /** Each may hold several shots; all of them vote. */
  readonly supports: readonly PreparedSupports[];
}

/** One class in one image, at the mask's size. */
export interface ClassProbability {
  readonly className: string;
  /** The softmax's foreground, averaged over the shots: a number in [0, 1] a pixel, row by row. */
  readonly probability: Float32Array;
}

export interface SegmentImageOptions {
  readonly engine: Engine;
  /** The network sees the image at this size. */
  readonly networkSize: Size;
  /** The size of the mask; the image's own when absent. */
  readonly size?: Size | undefined;
  /** How many pixels are decided at a time. */
  readonly stripPixels?: number | undefined;
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

interface FoundDecision {
  /** The class's number in the mask. */
  readonly number: number;
  readonly decision: StripDecision;
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
 * the classes share the pixels as in `HSNet.segmentClasses`. Strips of rows are decided one after another, so that memory
 * does not grow with the image, but for a byte a pixel of the mask. A class that is not found has no part in this.
 *
 * @throws DamagedWeightsError for logits that are NaN or infinite; the signal's reason once it is aborted
 */
export async function segmentImage(
  model: HSNet,
  image: RgbImage,
  classes: readonly PreparedClass[],
  options: SegmentImageOptions,
): Promise<SegmentedClasses> {
  const { engine, networkSize, size = image, stripPixels, vote, threshold, names, signal } = options;
  const { onProbability, presence, leastScore } = options;
  const { width, height } = size;
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
  const strips = stripsOf(size, stripPixels);
  const seen: Presence[] = [];
  const found: FoundDecision[] = [];
  let next = 0;
  try {
    for (const [position, { className, supports }] of classes.entries()) {
      const shots = all.slice(next, next + supports.length).flat();
      next += supports.length;
      const [, , ...plane] = shots[0]?.logits.shape ?? [1, 2, 1, 1];
      const said = await readShots(shots, { ...names, className });
      const decision = await StripDecision.of(
        { engine, logits: said.map(({ logits }) => logits), plane, size, vote, threshold, compute },
        strips,
      );
      const { marked, probability } = await decision.survey({ probability: onProbability !== undefined });
      const shown = presenceOf({ statistics: measurePresence(said), marked }, presence, leastScore);
      seen.push(shown);
      if (shown.found) found.push({ number: position + 1, decision });
      if (onProbability !== undefined && probability !== undefined) await onProbability({ className, probability });
    }
  } finally {
    dispose(all);
  }
  const data = new Uint8Array(width * height);
  for (const strip of found.length === 0 ? [] : strips) {
    using index = compute(() => scope(() => keep(indexOf(found, strip))));
    data.set(await read(index), strip.top * width);
  }
  return { mask: { width, height, data }, presence: seen };
}

/** The classes' numbers in a strip, [rows, width]; 0 for background. */
function indexOf(found: readonly FoundDecision[], strip: Strip): ClassIndex['index'] {
  return scope(() => {
    let leading: ClassIndex | undefined;
    for (const { number, decision } of found) {
      const before = leading;
      leading = scope(() => {
        const voted = decision.decide(strip);
        return addClass(before ?? noClass(voted), voted, number);
      });
      dispose(before);
    }
    if (leading === undefined) throw new ShapeError('segmentImage', 'there is no class');
    return leading.index;
  });
}

function dispose(tensors: unknown): void {
  forEachTensor(tensors, (tensor) => tensor.dispose());
}
