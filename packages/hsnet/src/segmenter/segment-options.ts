import type { Mask, Size } from '@hypercorr/datasets';
import type { StopSignal } from '@hypercorr/tensor';
import type { CleanOptions } from '@hypercorr/vision/objects';
import type { VoteRule } from '../prediction.ts';
import type { Presence } from '../presence/presence.ts';
import type { TeachOptions } from '../teaching/teach.ts';
import type { ImageLike } from './pixels.ts';
import type { ClassProbability } from './segment-image.ts';

export interface StopOptions {
  /** Stops the computation between two operations. */
  readonly signal?: StopSignal | undefined;
}

/** What supports are remembered with. */
export interface RememberOptions extends StopOptions {
  /** Is told why the meaning of a support's mask is a guess: which values it has, and what they are taken for. */
  readonly onDoubt?: ((message: string) => void) | undefined;
}

export interface SegmenterTeachOptions extends TeachOptions, Pick<RememberOptions, 'onDoubt'> {
  /** Pictures that do not show the object. */
  readonly absent?: readonly ImageLike[] | undefined;
}

export interface SegmentOptions extends StopOptions {
  /** The classes to look for, in the order that their numbers have; all remembered classes when absent. */
  readonly classes?: readonly string[] | undefined;
  /**
   * What becomes of the probabilities: `true` keeps them in the result (the default), `false` does not compute them, and a
   * function gets them class by class, so that they need not all be in memory.
   */
  readonly probabilities?: boolean | ((found: ClassProbability) => void | Promise<void>) | undefined;
  /** How several shots decide on a pixel; `'published'` when absent. With one shot all rules are a threshold of ½. */
  readonly vote?: VoteRule | undefined;
  /** A pixel is the object where its probability is above this, a number from 0 to 1. It takes the vote's place. */
  readonly threshold?: number | undefined;
  /**
   * A class of a lower score is not found, a number from 0 to 1. When absent, the threshold of calibrated weights, and 0 of
   * others. 0 finds whatever the vote marks: for images that certainly show the class.
   */
  readonly leastScore?: number | undefined;
  /**
   * The size of the masks and probabilities; the image's own when absent. The network sees images small, so an image that
   * was read reduced gives the masks of its photograph.
   */
  readonly size?: Size | undefined;
  /** How the mask is cleaned: borders smoothed, holes filled, small objects left out. Not at all when absent. */
  readonly clean?: CleanOptions | undefined;
  /** What errors call the image. */
  readonly name?: string | undefined;
}

/** A class that was looked for in an image. One that is not found has no pixels. */
export interface FoundClass extends Presence {
  readonly name: string;
  /** Its number in the mask, from 1. */
  readonly index: number;
  /** How many pixels of the mask it has. A class that is found may have none, where a more probable one has them all. */
  readonly pixels: number;
}

/** A segmented image, at the image's own size or the one asked for. */
export interface SegmentedImage extends Size {
  /** 0 for background, else the `index` of a class. */
  readonly mask: Mask;
  /** In the order of their numbers. */
  readonly classes: readonly FoundClass[];
  /** By class, a number in [0, 1] for each pixel, row by row; empty unless probabilities are kept. */
  readonly probabilities: ReadonlyMap<string, Float32Array>;
}
