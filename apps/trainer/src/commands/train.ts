import { episodePlans, type Dataset } from '@hypercorr/datasets';
import { defineCommand, type Context } from '../command.ts';
import { openSplit, withEnoughImages } from '../data.ts';
import { exitCodes } from '../failure.ts';
import { describeNewModel } from '../model.ts';
import { configurationOf, required, withDefault, type Settings } from '../option.ts';
import { computing, model, output, own, seed } from '../options.ts';
import { checkUnchanged, rememberedRun } from '../training/remembered-run.ts';
import { describeRun } from '../training/run.ts';
import { train } from '../training/session.ts';

const options = {
  ...output,
  ...computing,
  ...model,
  weights: { ...model.weights, about: 'a model to start from: a file of safetensors or PyTorch (.pt, .pth)' },
  seed,
  benchmark: required(own.benchmark),
  data: required(own.data),
  trainClasses: own.trainClasses,
  valClasses: own.valClasses,
  testClasses: own.testClasses,
  shots: withDefault(own.shots, 1),
  batch: withDefault(own.batch, 20),
  learningRate: withDefault(own.learningRate, 1e-3),
  schedule: withDefault(own.schedule, 'constant'),
  dropEvery: own.dropEvery,
  dropFactor: own.dropFactor,
  warmup: withDefault(own.warmup, 0),
  foregroundWeight: withDefault(own.foregroundWeight, 1),
  epochs: withDefault(own.epochs, 100),
  episodes: withDefault({ ...own.episodes, about: 'training episodes an epoch' }, 1000),
  valEpisodes: withDefault(own.valEpisodes, 200),
  out: required(own.out),
  resume: own.resume,
} as const;

type TrainSettings = Settings<typeof options>;

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'trains HSNet on the classes of a dataset, and validates on others',
  description:
    'Adam on the mean cross-entropy of random episodes. Classes are split in three: to train on, to choose the best epoch by ' +
    '(validation), and to test (kept for hypercorr eval): 52, 24 and 24 % of them, unless lists say otherwise. ' +
    'Ctrl-C saves the run; --resume goes on with it as if it had never stopped, with the settings it had.',
  options,
  examples: [
    ['hypercorr train --benchmark fss --data FSS-1000 --backbone-weights resnet50-19c8e357.pth --out runs/fss', 'trains as the paper does'],
    ['hypercorr train --out runs/fss --resume', 'goes on with it'],
    ['hypercorr train --benchmark folder --data cats --backbone tiny --size 128 --batch 4 --out runs/cats', 'a small model of one\'s own data'],
  ],
  remembered: rememberedRun,
  run: runTrain,
});

async function runTrain(settings: TrainSettings, context: Context) {
  const { benchmark, shots, batch, epochs, episodes, out, resume, seed: from } = settings;
  const { log } = context;
  const configuration = configurationOf(options, settings, ['json', 'quiet', 'resume']);
  if (resume) checkUnchanged(configuration, out);
  const split = await openSplit(settings);
  const usable = (part: Dataset): Dataset => withEnoughImages(part, shots, (message) => log.warn(message));
  const [trainSet, validation] = [usable(split.train), usable(split.validation)];
  log.say(`classes: ${census(trainSet)} for training, ${census(validation)} for validation, ${census(split.test)} for testing`);
  const description = resume ? await describeRun(out) : await describeNewModel(settings);
  const plans = [...episodePlans(validation, { seed: from, shots, end: settings.valEpisodes })];

  const engine = await context.engine(settings);
  const { run, finished, skipped } = await train(
    {
      ...{ command: 'train', out, resume, replace: false, configuration, model: settings, description, benchmark, shots, batch, seed: from, epochs },
      ...{ schedule: settings, foregroundWeight: settings.foregroundWeight },
      train: trainSet,
      stepsPerEpoch: Math.ceil(episodes / batch),
      scoring: {
        ...{ part: 'validation', dataset: validation, plans, selects: true, baselines: false },
        protocol: `Validation: ${plans.length} random episodes of ${validation.classes.length} classes that are not trained on, ${shots}-shot, ${description.size}×${description.size}, seed ${from}.`,
      },
    },
    engine,
    context,
  );
  if (!finished) log.say(`saved at step ${run.step}; go on with: hypercorr train --out ${out} --resume`);
  const { files, metrics } = run;
  const best = metrics.epochs.findLast((record) => record.best);
  const latest = metrics.epochs.at(-1);
  const json = {
    ...{ epoch: latest?.epoch ?? 0, step: run.step, loss: metrics.steps.at(-1)?.loss, val_miou: latest?.val_miou },
    best: best && { epoch: best.epoch, val_miou: best.val_miou, checkpoint: files.best },
    ...{ checkpoint: files.last, report: files.report, skipped, finished, backend: engine.description },
  };
  const text =
    best === undefined
      ? `no epoch is over yet; the weights so far are in ${files.last}`
      : `validation mIoU ${best.val_miou.toFixed(1)} in epoch ${best.epoch}, the best of ${metrics.epochs.length}\nlook at ${files.report}; its weights are in ${files.best}`;
  return { json, text, exitCode: finished ? exitCodes.done : exitCodes.interrupted };
}

function census({ classes }: Dataset): string {
  return `${classes.length} (${classes.reduce((sum, { samples }) => sum + samples.length, 0)} images)`;
}
