import type { Augmentation, Dataset, Episode, EpisodePlan } from '@hypercorr/datasets';
import { episodeSource, type Prefetcher } from '@hypercorr/datasets/node';
import type { HSNet } from '@hypercorr/hsnet';
import { GradientAccumulator, gradientNorm, lossAndGradients, type Optimizer, type Schedule } from '@hypercorr/nn';
import { item, keep, mul, retain, scope } from '@hypercorr/tensor';
import { loadEpisodes, type EpisodeOptions } from '../episodes.ts';
import { CommandError } from '../failure.ts';
import { episodeBatch } from './episode-tensors.ts';
import { segmentationLoss } from './loss.ts';

export interface TrainerOptions extends Pick<EpisodeOptions, 'onFault'> {
  readonly model: HSNet;
  readonly optimizer: Optimizer;
  readonly dataset: Dataset;
  /** Images and masks are resized to size × size. */
  readonly size: number;
  /** Supports an episode: the loss is the mean over them. */
  readonly shots: number;
  /** Episodes a step. */
  readonly batch: number;
  /** Episodes at once, at most; a step sums the gradients of several such parts. */
  readonly atOnce: number;
  /** The learning rate of each step. */
  readonly schedule: Schedule;
  /** 1 as published; see `segmentationLoss`. */
  readonly foregroundWeight: number;
  /** Where the sequence of episodes starts. */
  readonly seed: number;
  /** The number of the first episode in that sequence. */
  readonly firstEpisode: number;
  /** How pictures are changed before they are trained on. They stay as they are if absent. */
  readonly augment?: readonly Augmentation[];
}

/** What came of a step. */
export type StepOutcome =
  | {
      readonly taken: true;
      /** `segmentationLoss`, averaged over shots and episodes. */
      readonly loss: number;
      /** ‖g‖ over all trained parameters. */
      readonly gradientNorm: number;
    }
  /** The loss or the gradient is NaN or infinite; the weights are as they were. */
  | { readonly taken: false; readonly fault: string };

/** The most episodes to read ahead: normalised pictures of a very large batch do not fit in memory. */
const mostAhead = 64;

/** Takes one step of training after the other. The images of the next episodes are read meanwhile. */
export class Trainer {
  readonly #options: TrainerOptions;
  readonly #episodes: Prefetcher<Episode, EpisodePlan>;
  #nextEpisode: number;

  constructor(options: TrainerOptions) {
    const { dataset, seed, shots, size, batch, augment = [], firstEpisode, onFault } = options;
    this.#options = options;
    this.#nextEpisode = firstEpisode;
    const source = episodeSource(dataset, { seed, shots, augment, size: { width: size, height: size } });
    this.#episodes = loadEpisodes(source, {
      root: dataset.root,
      start: firstEpisode,
      // The next batch is read while a step computes.
      ahead: Math.min(batch, mostAhead),
      onFault,
    });
  }

  /** The number of the first episode not used yet: where a resumed training starts. */
  get nextEpisode(): number {
    return this.#nextEpisode;
  }

  /** Episodes left out because files of theirs are faulty; some of them ahead of their use. */
  get skipped(): number {
    return this.#episodes.skipped;
  }

  /**
   * One step of the optimiser on the next batch of episodes.
   *
   * @throws FormatError for data that is all faulty; CommandError for data that is gone
   */
  async step(): Promise<StepOutcome> {
    const { model, optimizer, shots, batch, atOnce, foregroundWeight } = this.#options;
    const episodes = await this.#nextBatch();
    model.train();
    using gradients = new GradientAccumulator();
    // The forward passes move running statistics: those of a step that is not taken come back.
    const statistics = model.hpn_learner.buffers().map((buffer) => ({ buffer, before: retain(buffer.value) }));
    let loss = 0;
    for (let start = 0; start < batch; start += atOnce) {
      const part = episodes.slice(start, start + atOnce);
      for (let shot = 0; shot < shots; shot += 1) {
        // The batch's mean is the sum of its parts' means, each weighted by its share.
        const share = part.length / (batch * shots);
        const partLoss = scope(() => {
          const { query, support, mask, labels } = episodeBatch(part, shot);
          const { loss: value, gradients: found } = lossAndGradients(model.trainableParameters(), () =>
            mul(segmentationLoss(model.forward(query, support, mask), labels, foregroundWeight), share),
          );
          gradients.add(found);
          return keep(value);
        });
        loss += await item(partLoss);
        partLoss.dispose();
      }
    }
    this.#nextEpisode = (episodes.at(-1)?.plan.index ?? 0) + 1;
    const total = gradients.take();
    using normOfTotal = gradientNorm(total);
    const norm = await item(normOfTotal);
    const taken = Number.isFinite(loss) && Number.isFinite(norm);
    if (taken) {
      optimizer.learningRate = this.#options.schedule(optimizer.stepsDone);
      optimizer.step(total);
    }
    for (const gradient of Object.values(total)) gradient.dispose();
    for (const { buffer, before } of statistics) {
      if (taken) before.dispose();
      else buffer.set(before);
    }
    if (taken) return { taken, loss, gradientNorm: norm };
    const what = Number.isFinite(loss) ? `the gradient's norm is ${norm}` : `the loss is ${loss}`;
    return { taken, fault: `${what} at step ${optimizer.stepsDone + 1}. ${filesOf(episodes)}` };
  }

  async close(): Promise<void> {
    await this.#episodes.close();
  }

  async #nextBatch(): Promise<Episode[]> {
    const episodes: Episode[] = [];
    for (let i = 0; i < this.#options.batch; i += 1) {
      const { done, value } = await this.#episodes.next();
      // The sequence has no end.
      if (done === true) throw new CommandError('the training was closed');
      episodes.push(value.item);
    }
    return episodes;
  }
}

function filesOf(episodes: readonly Episode[]): string {
  const files = episodes.map(
    ({ plan: { query, supports } }) => `${query.image} (support ${supports.map(({ image }) => image).join(', ')})`,
  );
  return `Its episodes: ${files.join('; ')}`;
}
