import { planEpisodes, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import {
  PresenceMeter,
  fitPresence,
  trainedClasses,
  type PresenceCalibration,
  type PresenceFigures,
  type PresencePair,
} from '@hypercorr/hsnet';
import { writeCalibratedWeights } from '@hypercorr/hsnet/node';
import { listed } from '@hypercorr/tensor/op';
import { counted } from '@hypercorr/train';
import { prepareToWrite } from '@hypercorr/train/node';
import { defineCommand, type Context } from '../cli/command.ts';
import { CommandError } from '../cli/failure.ts';
import { openCalibrationClasses, withEnoughImages } from '../cli/open-data.ts';
import { warnOfLeftOut } from '../cli/left-out.ts';
import { openModelToCopy, weightsOf, type NamedModel } from '../cli/open-model.ts';
import { required, withDefault, type Settings } from '../cli/option.ts';
import { computing, data, modelToCopy, output, own, seed } from '../cli/options.ts';
import { checkWeightsOut } from '../cli/output.ts';
import { planAbsent } from './eval/absent.ts';
import { EpisodeCount } from './eval/episode-count.ts';
import { evaluate, evaluateAbsent } from './eval/evaluation.ts';

const options = {
  ...output,
  ...computing,
  ...modelToCopy,
  seed,
  ...data,
  fold: own.fold,
  classes: own.calibrationClasses,
  shots: withDefault(own.shots, 1),
  pairs: own.pairs,
  keep: withDefault(own.keep, 0.9),
  out: required(own.outFile),
} as const;

type CalibrateSettings = Settings<typeof options>;

export const calibrateCommand = defineCommand({
  name: 'calibrate',
  summary: 'teaches weights to say whether an image shows the object at all',
  description:
    'Segments images that show a class and images that do not, and fits how the probability map becomes a score of presence: a logistic ' +
    'regression, and the highest score that still keeps --keep of the images with the class. --out is a copy of the weights that ' +
    'says so in its description, and on which data. predict, eval --absent and Segmenter use it. Images without a class are those of other ' +
    'classes. Choose classes that the weights were not trained on, and that no score is reported for.',
  options,
  examples: [
    [
      'hypercorr calibrate --benchmark folder --data birds --weights best.safetensors --out calibrated.safetensors',
      'fits the scores on the classes that chose the best epoch',
    ],
    [
      'hypercorr calibrate --benchmark folder --data birds --classes owl,wren,heron --pairs 50 --keep 0.95 --out calibrated.safetensors',
      'on three classes, 50 queries without each, and 150 with one of them',
    ],
  ],
  run: calibrate,
});

async function calibrate(settings: CalibrateSettings, context: Context<typeof options>) {
  const { out, pairs, seed: from, shots, keep } = settings;
  const { log } = context;
  const path = weightsOf(settings);
  checkWeightsOut(out, [path, settings.backboneWeights], ['', '.safetensors']);
  const engine = await context.engine(settings);
  const opened = await openModelToCopy(settings, engine, log);
  using _ = opened.model;
  const { dataset: whole, why } = await openCalibrationClasses(
    { ...settings, onScan: log.counting('mask') },
    opened.training,
  );
  if (why !== undefined) log.say(why);
  const leftOut = warnOfLeftOut(whole, log);
  const seen = trainedClasses(whole, opened.training);
  if (seen.length > 0)
    log.warn(`the weights were trained on ${listed(seen)}; on new classes they are less sure than the scores will say`);
  const dataset = withEnoughImages(whole, shots, (message) => log.warn(message));
  const absent = await planAbsent(dataset, { queries: pairs, shots, seed: from }, { option: 'calibrate', log });
  const present = planEpisodes(dataset, {
    sampler: 'hypercorr',
    queries: 'random',
    episodes: absent.length,
    seed: from,
    shots,
  });
  prepareToWrite(out);
  const seenPairs = await observe({ present, absent, dataset, opened }, context);
  const calibration = fitPresence(
    seenPairs.map(({ pair }) => pair),
    {
      keep,
      data: dataset.name,
      classes: dataset.classes.map(({ name }) => name),
      shots,
      size: opened.description.size,
      seed: from,
    },
  );
  const meter = new PresenceMeter({ classes: dataset.classes.map(({ id }) => id), calibration });
  for (const { classId, pair } of seenPairs) meter.add(classId, pair);
  const figures = meter.overall();
  if ((figures.truePositives ?? 0) < 100 * keep)
    log.warn(
      `the weights mark nothing in ${(100 - (figures.truePositives ?? 0)).toFixed(1)} % of the images with the class; ` +
        `no score keeps ${Number((100 * keep).toFixed(2))} % of them`,
    );
  await writeCalibratedWeights(path, out, calibration);
  return {
    json: {
      weights: path,
      out,
      keep,
      threshold: calibration.threshold,
      true_positive_rate: figures.truePositives,
      false_positive_rate: figures.falsePositives,
      auc: figures.auc,
      calibration,
      ...(leftOut === undefined ? {} : { left_out: leftOut }),
      backend: engine.description,
    },
    text: textOf(out, calibration, figures),
  };
}

interface ObservedPair {
  readonly classId: number;
  readonly pair: PresencePair;
}

/** What the model says of each pair. @throws CommandError where no pair of a kind could be read */
async function observe(
  {
    present,
    absent,
    dataset,
    opened: { model: network, description, weights },
  }: {
    readonly present: readonly EpisodePlan[];
    readonly absent: readonly EpisodePlan[];
    readonly dataset: Dataset;
    readonly opened: NamedModel;
  },
  { log }: Pick<Context, 'log'>,
): Promise<readonly ObservedPair[]> {
  const pairs: ObservedPair[] = [];
  const count = new EpisodeCount(present.length + absent.length, log);
  const common = {
    model: network,
    weights,
    size: description.size,
    root: dataset.root,
    onFault: (message: string) => log.warn(message),
    stop: () => false,
  };
  await evaluate({
    ...common,
    plans: present,
    onEpisode({ episode: { plan }, statistics, prediction }, done) {
      pairs.push({ classId: plan.classId, pair: { statistics, marked: prediction.includes(1), present: true } });
      count.update(done, 'with the class');
    },
  });
  count.close(present.length, 'with the class');
  const before = pairs.length;
  await evaluateAbsent({
    ...common,
    plans: absent,
    onQuery({ classId }, pair, done) {
      pairs.push({ classId, pair });
      count.update(done, 'without the class');
    },
  });
  if (pairs.length === before)
    throw new CommandError('no image without the class could be read: all of them have faulty files');
  return pairs;
}

function textOf(out: string, { threshold, on }: PresenceCalibration, figures: PresenceFigures): string {
  const { truePositives = 0, falsePositives = 0, auc = 0 } = figures;
  return [
    `${out}: calibrated on ${counted(on.present, 'image')} with the class and ${on.absent} without it, ` +
      `${counted(on.classes.length, 'class')} of ${on.data}, ${on.shots}-shot, ${on.size}×${on.size}`,
    `found from a score of ${threshold.toFixed(3)} on: in ${truePositives.toFixed(1)} % of the images with it, ` +
      `and in ${falsePositives.toFixed(1)} % of those without it; AUC ${auc.toFixed(3)} (on these images)`,
  ].join('\n');
}
