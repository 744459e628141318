import type { Episode, Source } from '@hypercorr/datasets';
import { Adam } from '@hypercorr/nn';
import { zeros, type Engine } from '@hypercorr/tensor';
import type { Phase, PlannedTask, StepTask, Task, Validation } from '@hypercorr/train';
import type { HSNet } from '../hsnet.ts';
import { emptyModel } from '../load-model.ts';
import { fewShotKind, modelJson, type ModelDescription } from '../model-description.ts';
import { episodeBatch, type EpisodeBatch } from './episode-batch.ts';
import { segmentationLoss } from './segmentation-loss.ts';

/** How HSNet is trained, apart from its data. */
export interface FewShotSettings {
  readonly description: ModelDescription;
  /** Supports an episode. The loss is the mean over them: each support segments the query by itself. */
  readonly shots: number;
  /** 1 as published; see `segmentationLoss`. */
  readonly foregroundWeight: number;
  /** How many times the learner's learning rate a trained backbone has. 0 freezes the backbone, as published. */
  readonly backboneFactor: number;
}

export interface FewShotTaskOptions extends FewShotSettings {
  readonly model: HSNet;
  /** Episodes without an end. */
  readonly training: Source<Episode>;
  readonly phase: Phase;
  readonly validation?: Validation<Episode> | undefined;
}

/**
 * HSNet's training on episodes, by Adam (Min et al., ICCV 2021, section 4): the backbone is frozen, and the learner is
 * trained.
 *
 * @example
 * const task = fewShotTask({ model, description, training: episodeSource(dataset, { seed: 0, shots: 1, size }), phase, shots: 1, foregroundWeight: 1, backboneFactor: 0 });
 * await train({ task, … });
 */
export function fewShotTask({
  training,
  phase,
  validation,
  ...options
}: FewShotTaskOptions): Task<Episode, EpisodeBatch> {
  const { description } = options;
  return {
    kind: fewShotKind,
    training,
    phases: [phase],
    ...(validation === undefined ? {} : { validation }),
    ...fewShotSteps(options),
    describe: () => modelJson(description),
  };
}

/** What a step of HSNet's training is, wherever the episodes come from. */
export function fewShotSteps({
  model,
  shots,
  ...how
}: Pick<FewShotTaskOptions, 'model' | 'shots' | 'foregroundWeight' | 'backboneFactor'>): StepTask<
  Episode,
  EpisodeBatch
> {
  return {
    ...learning(model, how),
    collate: (episodes) => Array.from({ length: shots }, (_, shot) => () => episodeBatch(episodes, shot, model.engine)),
    nameOf: ({ plan: { query, supports } }) =>
      `${query.image} (support ${supports.map(({ image }) => image).join(', ')})`,
  };
}

/** The same training as far as memory depends on it, on an engine that only plans. */
export function plannedFewShotTask(settings: FewShotSettings, engine: Engine): PlannedTask<EpisodeBatch> {
  const { description, backboneFactor } = settings;
  const { size } = description;
  const model = emptyModel(description, { engine, trainBackbone: backboneFactor > 0 });
  return {
    ...learning(model, settings),
    blank: (episodes) => ({
      query: zeros([episodes, 3, size, size], { engine }),
      support: zeros([episodes, 3, size, size], { engine }),
      mask: zeros([episodes, size, size], { engine }),
      labels: zeros([episodes, size, size], { dtype: 'int32', engine }),
    }),
  };
}

/** What the model learns, and how fast. */
function learning(
  model: HSNet,
  { foregroundWeight, backboneFactor }: Pick<FewShotSettings, 'foregroundWeight' | 'backboneFactor'>,
): Pick<Task<Episode, EpisodeBatch>, 'optimizer' | 'loss'> & { model: HSNet; rateFactor(parameter: string): number } {
  return {
    model,
    rateFactor: (parameter) => (parameter.startsWith('backbone.') ? backboneFactor : 1),
    optimizer: (parameters, options) => new Adam(parameters, options),
    loss: ({ query, support, mask, labels }) => ({
      total: segmentationLoss(model.forward(query, support, mask), labels, foregroundWeight),
    }),
  };
}
