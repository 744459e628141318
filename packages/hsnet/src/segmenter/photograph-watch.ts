import { looksGenerated, type RgbImage } from '@hypercorr/datasets';
import type { TrainedOn } from '../model-description.ts';

/** The benchmark of weights that have seen generated scenes alone: drawn figures. */
const drawnBenchmark = 'generated';

/**
 * Notices that weights of drawn figures are given photographs: such masks mean little. A single picture may be misjudged, so
 * it takes half of the pictures seen so far.
 *
 * @example
 * const watch = new PhotographWatch(training);
 * for (const image of images) if (watch.see(image)) console.warn('…');
 */
export class PhotographWatch {
  /** Whether the weights have seen drawn figures alone. Of other weights nothing is ever noticed. */
  readonly isOfDrawings: boolean;
  #seen = 0;
  #photographs = 0;
  #noticed = false;

  /** @param training what the weights say they were trained on. Cut-outs may be of photographs */
  constructor(training: Pick<TrainedOn, 'benchmark' | 'composites'> | undefined) {
    this.isOfDrawings = training?.benchmark === drawnBenchmark && training.composites === undefined;
  }

  /**
   * Looks at a picture.
   *
   * @returns true for the picture with which photographs become half of those seen, once; then false
   */
  see(image: RgbImage): boolean {
    if (!this.isOfDrawings || this.#noticed) return false;
    this.#seen += 1;
    this.#photographs += Number(!looksGenerated(image));
    this.#noticed = 2 * this.#photographs >= this.#seen;
    return this.#noticed;
  }
}
