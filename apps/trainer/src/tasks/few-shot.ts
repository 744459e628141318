import { warnOfLeftOut } from '../cli/left-out.ts';
import { existsSync } from 'node:fs';
import { compositeSource, episodeSource, mixedSource, plannedEpisodes, type MixedPlan } from '@hypercorr/datasets/node';
import {
  episodePlans,
  type Augmentation,
  type Dataset,
  type Episode,
  type EpisodePlan,
  type Json,
  type Source,
} from '@hypercorr/datasets';
import {
  Baselines,
  FewShotMeter,
  emptyModel,
  fewShotFigures,
  fewShotTask,
  parseModelDescription,
  parseTrainedOn,
  plannedFewShotTask,
  sharedClasses,
  type EpisodeBatch,
  type ModelDescription,
  type TrainedOn,
} from '@hypercorr/hsnet';
import { fold, key } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import { RunUsageError, counted, type Phase, type Validation } from '@hypercorr/train';
import { describeRun } from '@hypercorr/train/node';
import { defineCommand } from '../cli/command.ts';
import { CommandError } from '../cli/failure.ts';
import { checkComposites, openComposites, type Composites } from '../cli/open-composites.ts';
import { openSplit, withEnoughImages } from '../cli/open-data.ts';
import { describeNewModel, newModel, type ModelSettings } from '../cli/open-model.ts';
import { withDefault, type Settings } from '../cli/option.ts';
import { data, model, own } from '../cli/options.ts';
import { rememberedRun } from '../cli/remembered-run.ts';
import type { PreparedTask } from './prepared-task.ts';
import { backboneFactor, backboneRateOf, scheduleFor, type ScheduleSettings } from '../cli/schedule.ts';
import { checkRun, runTraining, trainingOptions } from './training.ts';

const options = {
  ...trainingOptions,
  ...model,
  weights: { ...model.weights, about: 'a model to start from, as safetensors or PyTorch (.pt, .pth)' },
  ...data,
  fold: own.fold,
  novelImages: own.novelImages,
  trainClasses: own.trainClasses,
  valClasses: own.valClasses,
  testClasses: own.testClasses,
  shots: withDefault(own.shots, 1),
  augment: own.augment,
  additions: own.additions,
  cutOuts: own.cutOuts,
  backgrounds: own.backgrounds,
  distractors: own.distractors,
  leastScale: own.leastScale,
  trainBackbone: own.trainBackbone,
  learningRate: withDefault(own.learningRate, 1e-3),
  backboneLearningRate: own.backboneLearningRate,
  schedule: withDefault(own.schedule, 'constant'),
  dropEvery: own.dropEvery,
  dropFactor: own.dropFactor,
  warmup: withDefault(own.warmup, 0),
  foregroundWeight: withDefault(own.foregroundWeight, 1),
  valEpisodes: withDefault(own.valEpisodes, 200),
} as const;

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'trains HSNet on some classes of a dataset and validates it on others',
  description:
    'Minimises the mean cross-entropy of random episodes with Adam. The classes are split in three: some train the model, some choose the best ' +
    'epoch (validation), and some are kept for hypercorr eval (test). They get 52, 24 and 24 % of the classes, unless lists say otherwise. ' +
    'With two classes, none is left to test. With one class, two thirds of its images train the model, and the others validate it. ' +
    'Ctrl-C saves the run. --resume continues it with its settings, and gives the same result as a run that never stopped.',
  options,
  examples: [
    [
      'hypercorr train --benchmark fss --data FSS-1000 --splits splits --backbone-weights resnet50-19c8e357.pth --out runs/fss',
      'with the published lists, loss and optimiser',
    ],
    ['hypercorr train --out runs/fss --resume', 'continues that run'],
    [
      'hypercorr train --benchmark fss --data FSS-1000 --out runs/fss --dry-run',
      'runs the first steps, estimates memory and time, and writes nothing',
    ],
    [
      'hypercorr train --benchmark folder --data cats --backbone tiny --size 128 --batch 4 --out runs/cats',
      'trains a small model on your own images',
    ],
    [
      'hypercorr train --benchmark folder --data cats --cut-outs 0.7=drawings --backgrounds photographs --out runs/cats',
      'makes seven of ten training episodes of drawings pasted on photographs',
    ],
  ],
  remembered: (given) => rememberedRun(given, 'train'),
  async run(given, context) {
    // A resumed run keeps the backbone's learning rate, even if the default has changed.
    const asked = { ...given, backboneLearningRate: backboneRateOf(given) };
    const { configuration, resume } = checkRun(options, asked, { ...asked, command: 'train' }, context.log);
    const settings = { ...asked, resume };
    const prepared = await prepare(settings, context.log);
    return runTraining(prepared, settings, { command: 'train', configuration }, context);
  },
});

type FewShotSettings = Settings<typeof options>;

async function prepare(
  settings: FewShotSettings,
  log: Parameters<typeof trainCommand.run>[1]['log'],
): Promise<PreparedTask<Episode, EpisodeBatch>> {
  const { shots, batch, epochs, episodes, out, resume, seed } = settings;
  const split = await openSplit({ ...settings, onScan: log.counting('mask') });
  const leftOut = warnOfLeftOut(split.train, log);
  const usable = (part: Dataset): Dataset => withEnoughImages(part, shots, (message) => log.warn(message));
  const [train, validation] = [usable(split.train), usable(split.validation)];
  log.say(
    `classes: ${census(train)} for training, ${census(validation)} for validation, ${census(split.test)} for testing`,
  );
  const seen = sharedClasses(train, validation);
  if (seen.length > 0)
    log.warn(`some validation classes are also trained on (${listed(seen)}): the score says nothing of unseen classes`);
  if (sharedClasses(split.test, validation).length > 0)
    log.say('the tested classes choose the best epoch, as published; --val-classes LIST chooses by some of the others');
  const kept = [...validation.classes, ...split.test.classes].map(({ name }) => name);
  const composites = await openComposites(settings, kept, (message) => log.say(message));
  const description = resume ? parseModelDescription((await describeRun(out)).model) : await describeNewModel(settings);
  const plans = [...episodePlans(validation, { seed, shots, end: settings.valEpisodes })];
  const classes =
    seen.length === 0
      ? `${counted(validation.classes.length, 'class')} not trained on`
      : `${counted(validation.classes.length, 'class')} (trained on, too: ${listed(seen)})`;
  const prepared = prepareFewShot({
    ...settings,
    resume,
    files: settings,
    say: (line) => log.say(line),
    description,
    origin: settings.fold === undefined ? {} : { fold: settings.fold, novelImages: settings.novelImages ?? 'keep' },
    train,
    composites,
    augment: settings.augment ?? [],
    schedule: settings,
    steps: epochs * Math.ceil(episodes / batch),
    scoring: {
      name: 'validation',
      dataset: validation,
      plans,
      selects: true,
      baselines: false,
      protocol: `Validation: ${counted(plans.length, 'random episode')} of ${classes}, ${shots}-shot, ${description.size}×${description.size}, seed ${seed}.`,
    },
  });
  return { ...prepared, leftOut };
}

function census({ classes }: Dataset): string {
  const images = classes.reduce((sum, { samples }) => sum + samples.length, 0);
  return `${classes.length} (${counted(images, 'image')})`;
}

/** The settings of a training of HSNet, without the engine. */
export interface FewShotTraining {
  /** Whether the run is resumed. Its checkpoint then holds all weights. */
  readonly resume: boolean;
  /** The files of the weights that a new run starts with. */
  readonly files: ModelSettings;
  /** Is told what of these files is left out. */
  readonly say?: (line: string) => void;
  readonly description: ModelDescription;
  readonly benchmark: string;
  /** For data with folds: the fold, and whether training images that show its classes are kept. */
  readonly origin: Pick<TrainedOn, 'fold' | 'novelImages'>;
  readonly train: Dataset;
  /** Composites among the training episodes; none if absent. */
  readonly composites?: readonly Composites[];
  readonly shots: number;
  readonly trainBackbone: boolean;
  readonly augment: readonly Augmentation[];
  readonly schedule: ScheduleSettings;
  readonly steps: number;
  readonly foregroundWeight: number;
  readonly seed: number;
  readonly scoring: Scoring;
}

/** The scoring after every epoch. */
export interface Scoring {
  /** The use of the scored classes: "validation", "held-out". */
  readonly name: string;
  readonly dataset: Dataset;
  readonly plans: readonly EpisodePlan[];
  /** A description of the scoring, in words. */
  readonly protocol: string;
  /** Whether the score chooses the best epoch. The scored classes then no longer count as unseen. */
  readonly selects: boolean;
  /** Whether baselines that need no learning are scored on the same episodes. */
  readonly baselines: boolean;
}

/** The child of the seed's key that draws the learner's first weights. Samplers of episodes use other children. */
const modelStream = 0;

/** Prepares a training of HSNet. Only the engine is still missing. @throws UsageError for settings that do not fit together */
export function prepareFewShot(options: FewShotTraining): PreparedTask<Episode, EpisodeBatch> {
  const { resume, files, description, benchmark, origin, train, shots, augment, steps, seed, scoring } = options;
  const rate = options.trainBackbone ? backboneFactor(options.schedule) : 0;
  const settings = { description, shots, foregroundWeight: options.foregroundWeight, backboneFactor: rate };
  const phase: Phase = { name: 'training', steps, schedule: scheduleFor(options.schedule, steps) };
  const size = { width: description.size, height: description.size };
  const { composites = [] } = options;
  const ofData = 1 - composites.reduce((sum, { share }) => sum + share, 0);
  // Shares such as 0.7 + 0.3 need not add up to 1 exactly.
  const usesData = ofData > 1e-9;
  const namesOf = ({ classes }: Dataset): string[] => classes.map(({ name }) => name);
  const training: TrainedOn = {
    benchmark,
    classes: usesData ? namesOf(train) : [],
    validationClasses: scoring.selects ? namesOf(scoring.dataset) : [],
    ...origin,
    shots,
    seed,
    ...(composites.length > 0 && { composites: composites.map((each) => each.description) }),
  };
  return {
    phases: [phase],
    passes: shots,
    training: { ...training } satisfies Json,
    checkTraining: (before) => {
      checkClasses(parseTrainedOn(before), training);
      checkComposites(parseTrainedOn(before).composites, training.composites);
    },
    title: `Training on ${[
      ...(usesData ? [`${counted(train.classes.length, 'class')} of ${benchmark} data`] : []),
      ...composites.map(
        ({ description: { classes, cutOuts } }) => `${counted(classes.length, 'class')} of cut-outs (${cutOuts})`,
      ),
    ].join(', ')}`,
    plan: (engine) => plannedFewShotTask(settings, engine),
    scalars: (learningRate) => (rate === 0 ? {} : { 'train/backbone_learning_rate': learningRate * rate }),
    async build(engine) {
      const { trainBackbone, say } = options;
      const first = { engine, trainBackbone, key: fold(key(seed), modelStream), say };
      // A checkpoint holds all weights, so a resumed run does not need the files that it began with.
      const model = resume ? emptyModel(description, first) : await newModel(files, description, first);
      const validation: Validation<Episode> = {
        name: scoring.name,
        source: plannedEpisodes(scoring.plans, { size }),
        protocol: scoring.protocol,
        ...fewShotFigures,
        meter: () =>
          new FewShotMeter({
            model,
            weights: "this run's weights",
            classes: scoring.dataset.classes,
            baselines: scoring.baselines ? new Baselines() : undefined,
          }),
      };
      return {
        ...fewShotTask({
          ...settings,
          model,
          phase,
          validation,
          training: mixtureOf(
            [
              ...(usesData ? [{ source: episodeSource(train, { seed, shots, size, augment }), share: ofData }] : []),
              ...composites.map(({ share, cutOuts, options: how }) => ({
                source: compositeSource(cutOuts, { ...how, seed, shots, size }),
                share,
              })),
            ],
            seed,
          ),
        }),
        describeFault: ({ plan, error }) => {
          const folders = [train.root, scoring.dataset.root, ...composites.flatMap(({ folders: all }) => all)];
          for (const root of folders)
            if (!existsSync(root))
              throw new CommandError(`the data is gone: ${root} does not exist any more (${error.message})`);
          return `an episode of class ${episodePlanOf(plan).className} is left out: ${error.message}`;
        },
      };
    },
  };
}

type Episodes = Source<Episode, EpisodePlan>;

function mixtureOf(
  parts: readonly { readonly source: Episodes; readonly share: number }[],
  seed: number,
): Source<Episode> {
  const [first] = parts;
  return parts.length === 1 && first !== undefined ? first.source : mixedSource(parts, seed);
}

/** The episode that a plan is of: one of a mixture says of which part, too. */
function episodePlanOf(plan: unknown): EpisodePlan {
  const given = plan as EpisodePlan | MixedPlan<EpisodePlan>;
  return 'part' in given ? given.plan : given;
}

/**
 * Checks that the data has the run's classes. The data may have moved. Other classes would change the episodes, and the lists of classes
 * in the checkpoint would be wrong.
 *
 * @throws RunUsageError for other classes, or another order
 */
function checkClasses(before: TrainedOn, now: TrainedOn): void {
  for (const [use, name] of [
    ['training', 'classes'],
    ['validation', 'validationClasses'],
  ] as const) {
    const [old, fresh] = [before[name], now[name]];
    if (old.length === fresh.length && old.every((each, i) => each === fresh[i])) continue;
    const gone = old.filter((each) => !fresh.includes(each));
    const added = fresh.filter((each) => !old.includes(each));
    const differences = [
      ...(gone.length > 0 ? [`missing: ${listed(gone)}`] : []),
      ...(added.length > 0 ? [`new: ${listed(added)}`] : []),
    ];
    const what = differences.length > 0 ? differences.join('; ') : 'their order has changed';
    throw new RunUsageError(
      `the run has ${counted(old.length, 'class')} for ${use}, the data gives ${fresh.length} (${what}); a resumed run keeps its classes`,
    );
  }
}
