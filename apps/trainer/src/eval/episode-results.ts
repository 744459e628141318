import { join } from 'node:path';
import { encodeMaskPng, encodePng, resizeBilinear, sampleName, type Dataset, type EpisodePlan, type Mask } from '@hypercorr/datasets';
import { readImage, readSample } from '@hypercorr/datasets/node';
import { episodeIou } from '@hypercorr/hsnet';
import type { ScoredEpisode } from '../evaluation.ts';
import { writeFileAtomically } from '../files.ts';
import { drawContactSheet } from '../pictures/index.ts';

export interface EpisodeResultsOptions {
  readonly folder: string;
  readonly dataset: Dataset;
  /** How many of the episodes with the lowest IoU are drawn. */
  readonly overlays: number;
  /** Whether every prediction is written as a mask. */
  readonly predictions: boolean;
}

interface Drawable {
  readonly plan: EpisodePlan;
  readonly iou: number;
  readonly truth: Mask;
  readonly prediction: Mask;
}

/**
 * What an evaluation leaves to look at, in a folder: `episodes.jsonl`, an episode a line with its score, which `--episodes-from`
 * reads again; `overlays`, the worst first; `predictions`, a mask for each episode.
 */
export class EpisodeResults {
  readonly #options: EpisodeResultsOptions;
  readonly #lines: string[] = [];
  /** The lowest IoU first, at most as many as are drawn. */
  #worst: readonly Drawable[] = [];

  constructor(options: EpisodeResultsOptions) {
    this.#options = options;
  }

  add({ episode: { plan }, truth, prediction: data, counts: { foreground } }: ScoredEpisode): void {
    const { folder, dataset, overlays, predictions } = this.#options;
    const iou = episodeIou(data, truth.data);
    const query = sampleName(dataset, plan.query);
    const supports = plan.supports.map((sample) => sampleName(dataset, sample));
    this.#lines.push(`${JSON.stringify({ class_id: plan.classId, class: plan.className, query, supports, iou, ...foreground })}\n`);
    const prediction = { width: truth.width, height: truth.height, data };
    if (predictions) writeFileAtomically(join(folder, 'predictions', `${pictureName(plan.index, query)}.png`), encodeMaskPng(prediction));
    // Equal scores stay in the episodes' order.
    this.#worst = [...this.#worst, { plan, iou, truth, prediction }].toSorted((a, b) => a.iou - b.iou).slice(0, overlays);
  }

  /** Writes what could not be written before the last episode. Pictures are read again: only masks were kept. */
  async finish(): Promise<void> {
    const { folder, dataset } = this.#options;
    writeFileAtomically(join(folder, 'episodes.jsonl'), this.#lines.join(''));
    for (const [rank, { plan, iou, truth, prediction }] of this.#worst.entries()) {
      const [support] = plan.supports;
      if (support === undefined) continue;
      const name = `${String(rank + 1).padStart(3, '0')}-iou-${iou.toFixed(1)}-${pictureName(plan.index, sampleName(dataset, plan.query))}.png`;
      const row = {
        caption: `${plan.className}, IoU ${iou.toFixed(1)}`,
        support: await readSample(support),
        query: resizeBilinear(await readImage(plan.query.image), truth),
        ...{ truth, prediction },
      };
      writeFileAtomically(join(folder, 'overlays', name), encodePng(drawContactSheet([row])));
    }
  }
}

/** The episode's number, and the query's name in characters that files may have anywhere. */
function pictureName(index: number, query: string): string {
  return `${String(index).padStart(5, '0')}-${query.replace(/\.[^./]*$/, '').replace(/[^\p{L}\p{N}_-]+/gu, '_').slice(0, 80)}`;
}
