import { join } from 'node:path';
import {
  encodeMaskPng,
  encodePng,
  resizeBilinear,
  sampleName,
  type Dataset,
  type EpisodePlan,
  type Mask,
} from '@hypercorr/datasets';
import { readImage, readSample } from '@hypercorr/datasets/node';
import { episodeIou, episodePicture, type Presence, type ScoredEpisode } from '@hypercorr/hsnet';
import { type TerminalLog, appendToFile, prepareFolder, writeFileAtomically } from '@hypercorr/train/node';
import { drawContactSheet } from '@hypercorr/vision/pictures';
import { describeFailure } from '../../cli/failure.ts';

export interface EpisodeResultsOptions {
  readonly folder: string;
  readonly dataset: Dataset;
  /** How many of the episodes with the lowest IoU are drawn. */
  readonly overlays: number;
  /** Whether every prediction is written as a mask. */
  readonly predictions: boolean;
}

type ResultKind = 'episodes.jsonl' | 'absent.jsonl' | 'predictions' | 'overlays';

interface Drawable {
  readonly plan: EpisodePlan;
  readonly iou: number;
  readonly truth: Mask;
  readonly prediction: Mask;
}

/**
 * Writes the details of an evaluation into a folder: `episodes.jsonl` has a line with the score of each episode, and can be
 * read again by `--episodes-from`; `absent.jsonl` has one for each query without its class; `overlays` has pictures, the worst first; `predictions` has a mask for each episode. A
 * file that cannot be written gets a warning, and the evaluation goes on.
 */
export class EpisodeResults {
  readonly #options: EpisodeResultsOptions;
  readonly #log: Pick<TerminalLog, 'warn'>;
  /** The episodes to draw, the lowest IoU first. */
  #worst: readonly Drawable[] = [];
  /** Kinds of files that could not be written. Each gets one warning and is given up. */
  readonly #failed = new Set<ResultKind>();

  constructor(options: EpisodeResultsOptions, log: Pick<TerminalLog, 'warn'>) {
    this.#options = options;
    this.#log = log;
  }

  /** Whether all files could be written so far. */
  get whole(): boolean {
    return this.#failed.size === 0;
  }

  /** Writes an episode's files at once, so that they survive whatever comes next. */
  async add(
    { episode: { plan }, truth, prediction: data, counts: { foreground } }: ScoredEpisode,
    { score, found }: Presence,
  ): Promise<void> {
    const { folder, dataset, overlays, predictions } = this.#options;
    const iou = episodeIou(data, truth.data);
    const query = sampleName(dataset, plan.query);
    await this.#append('episodes.jsonl', plan, { iou, ...foreground, score, found });
    const prediction = { width: truth.width, height: truth.height, data };
    if (predictions) {
      await this.#attempt('predictions', () =>
        writeFileAtomically(
          join(folder, 'predictions', `${pictureName(plan.index, query)}.png`),
          encodeMaskPng(prediction),
        ),
      );
    }
    // Equal scores stay in the episodes' order.
    this.#worst = [...this.#worst, { plan, iou, truth, prediction }]
      .toSorted((a, b) => a.iou - b.iou)
      .slice(0, overlays);
  }

  /** Writes what was said of a query that does not show the class of its supports. */
  async addAbsent(plan: EpisodePlan, { score, found }: Presence): Promise<void> {
    await this.#append('absent.jsonl', plan, { score, found });
  }

  /** Draws the worst episodes. Reads their pictures again: only masks are kept in memory. */
  async drawWorst(): Promise<void> {
    const { folder, dataset } = this.#options;
    for (const [rank, { plan, iou, truth, prediction }] of this.#worst.entries()) {
      const [support] = plan.supports;
      if (support === undefined) continue;
      const name = `${String(rank + 1).padStart(3, '0')}-iou-${iou.toFixed(1)}-${pictureName(plan.index, sampleName(dataset, plan.query))}.png`;
      await this.#attempt('overlays', async () => {
        const picture = episodePicture({
          plan,
          support: await readSample(support),
          query: resizeBilinear(await readImage(plan.query.image), truth),
          truth,
          prediction,
        });
        writeFileAtomically(join(folder, 'overlays', name), encodePng(drawContactSheet([picture])));
      });
    }
  }

  async #append(file: 'episodes.jsonl' | 'absent.jsonl', plan: EpisodePlan, figures: object): Promise<void> {
    const { folder, dataset } = this.#options;
    const query = sampleName(dataset, plan.query);
    const supports = plan.supports.map((sample) => sampleName(dataset, sample));
    const line = JSON.stringify({ class_id: plan.classId, class: plan.className, query, supports, ...figures });
    await this.#attempt(file, async () => {
      prepareFolder(folder);
      await appendToFile(join(folder, file), `${line}\n`);
    });
  }

  async #attempt(what: ResultKind, write: () => void | Promise<void>): Promise<void> {
    if (this.#failed.has(what)) return;
    try {
      await write();
    } catch (error) {
      this.#failed.add(what);
      this.#log.warn(`${join(this.#options.folder, what)} is incomplete: ${describeFailure(error)}`);
    }
  }
}

/** The episode's number and the query's name, in characters that file names may have on every system. */
function pictureName(index: number, query: string): string {
  return `${String(index).padStart(5, '0')}-${query
    .replace(/\.[^./]*$/, '')
    .replace(/[^\p{L}\p{N}_-]+/gu, '_')
    .slice(0, 80)}`;
}
