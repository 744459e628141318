import { episodePlans, type Dataset } from '@hypercorr/datasets';
import { listed } from '@hypercorr/tensor';
import { defineCommand, type Context } from '../cli/command.ts';
import { openSplit, withEnoughImages } from '../data.ts';
import { sharedClasses } from '@hypercorr/hsnet';
import { exitCodes } from '../cli/failure.ts';
import { describeNewModel } from '../model.ts';
import { duration } from '../cli/progress.ts';
import { configurationOf, required, withDefault, type Settings } from '../cli/option.ts';
import { computing, data, model, output, own, seed } from '../cli/options.ts';
import { mebibytes } from '../cli/text-table.ts';
import { checkUnchanged, rememberedRun, rememberedSettings } from '../training/remembered-run.ts';
import { rehearse, type Rehearsal } from '../training/dry-run.ts';
import { checkNewRun } from '../training/run-folder.ts';
import { checkUnlocked, RunLock } from '../training/run-lock.ts';
import { describeRun } from '../training/run.ts';
import { backboneRateOf } from '../training/schedule.ts';
import { train, type Session } from '../training/session.ts';
import { counted } from '../cli/words.ts';

const options = {
  ...output,
  ...computing,
  ...model,
  weights: { ...model.weights, about: 'a model to start from: a file of safetensors or PyTorch (.pt, .pth)' },
  seed,
  ...data,
  fold: own.fold,
  novelImages: own.novelImages,
  trainClasses: own.trainClasses,
  valClasses: own.valClasses,
  testClasses: own.testClasses,
  shots: withDefault(own.shots, 1),
  batch: withDefault(own.batch, 20),
  microBatch: own.microBatch,
  augment: own.augment,
  trainBackbone: own.trainBackbone,
  learningRate: withDefault(own.learningRate, 1e-3),
  backboneLearningRate: own.backboneLearningRate,
  schedule: withDefault(own.schedule, 'constant'),
  dropEvery: own.dropEvery,
  dropFactor: own.dropFactor,
  warmup: withDefault(own.warmup, 0),
  foregroundWeight: withDefault(own.foregroundWeight, 1),
  epochs: withDefault(own.epochs, 100),
  episodes: withDefault({ ...own.episodes, about: 'training episodes an epoch' }, 1000),
  valEpisodes: withDefault(own.valEpisodes, 200),
  topK: own.topK,
  earlyStop: own.earlyStop,
  maxTime: own.maxTime,
  onNan: own.onNan,
  dryRun: own.dryRun,
  out: required(own.out),
  resume: own.resume,
} as const;

type TrainSettings = Settings<typeof options>;

/** What a run does not remember. */
const notKept = ['json', 'quiet', 'resume', 'dryRun'] as const;

export const trainCommand = defineCommand({
  name: 'train',
  summary: 'trains HSNet on the classes of a dataset, and validates on others',
  description:
    'Adam on the mean cross-entropy of random episodes. Classes are split in three: to train on, to choose the best epoch by ' +
    '(validation), and to test (kept for hypercorr eval): 52, 24 and 24 % of them, unless lists say otherwise. Of two classes none is left to test; ' +
    'of one, two thirds of the images are trained on, and the others validated on. ' +
    'Ctrl-C saves the run; --resume goes on with it as if it had never stopped, with the settings it had.',
  options,
  examples: [
    [
      'hypercorr train --benchmark fss --data FSS-1000 --splits splits --backbone-weights resnet50-19c8e357.pth --out runs/fss',
      'with the published lists, loss and optimiser',
    ],
    ['hypercorr train --out runs/fss --resume', 'goes on with it'],
    [
      'hypercorr train --benchmark fss --data FSS-1000 --out runs/fss --dry-run',
      'takes its first steps, writes nothing, and estimates memory and time',
    ],
    [
      'hypercorr train --benchmark folder --data cats --backbone tiny --size 128 --batch 4 --out runs/cats',
      "a small model of one's own data",
    ],
  ],
  remembered: (given) => rememberedRun(given, 'train'),
  run: runTrain,
});

async function runTrain(given: TrainSettings, context: Context) {
  // With what the backbone's rate comes to: a resumed run is to keep it, whatever is usual by then.
  const settings = { ...given, backboneLearningRate: backboneRateOf(given) };
  const { benchmark, shots, batch, epochs, episodes, out, resume, seed: from } = settings;
  const { log } = context;
  const configuration = configurationOf(options, settings, notKept);
  if (resume) {
    checkUnlocked(out);
    checkUnchanged(configuration, configurationOf(options, rememberedSettings(options, out), notKept), out);
  } else checkNewRun(out, 'train');
  const split = await openSplit(settings);
  const usable = (part: Dataset): Dataset => withEnoughImages(part, shots, (message) => log.warn(message));
  const [trainSet, validation] = [usable(split.train), usable(split.validation)];
  log.say(
    `classes: ${census(trainSet)} for training, ${census(validation)} for validation, ${census(split.test)} for testing`,
  );
  const seen = sharedClasses(trainSet, validation);
  if (seen.length > 0)
    log.warn(
      `validation is on classes that are trained on, too (${listed(seen)}): its score says nothing of unseen classes`,
    );
  if (sharedClasses(split.test, validation).length > 0) {
    log.say(
      'the best epoch is chosen by the classes that are tested, as published; --val-classes LIST chooses by some of the others',
    );
  }
  const description = resume ? await describeRun(out) : await describeNewModel(settings);
  const plans = [...episodePlans(validation, { seed: from, shots, end: settings.valEpisodes })];

  const engine = await context.engine(settings);
  const { earlyStop, maxTime, onNan, microBatch, trainBackbone, foregroundWeight } = settings;
  const session: Session = {
    command: 'train',
    out,
    resume,
    replace: false,
    configuration,
    model: settings,
    description,
    benchmark,
    shots,
    batch,
    microBatch,
    seed: from,
    epochs,
    stepsPerEpoch: Math.ceil(episodes / batch),
    schedule: settings,
    foregroundWeight,
    trainBackbone,
    ...(settings.fold === undefined
      ? {}
      : { origin: { fold: settings.fold, novelImages: settings.novelImages ?? 'keep' } }),
    train: trainSet,
    augment: settings.augment ?? [],
    top: settings.topK,
    earlyStop,
    maxTime,
    onNan,
    scoring: {
      part: 'validation',
      dataset: validation,
      plans,
      selects: true,
      baselines: false,
      protocol: `Validation: ${counted(plans.length, 'random episode')} of ${classesInWords(validation, seen)}, ${shots}-shot, ${description.size}×${description.size}, seed ${from}.`,
    },
  };
  if (settings.dryRun) return rehearsalOutcome(await rehearse(session, engine, log), engine.description);
  using _ = await RunLock.take(out, 'train', context.interrupt);
  const { run, ended, finished, skipped } = await train(session, engine, context);
  if (!finished) log.say(`saved at step ${run.step}; go on with: hypercorr train --out ${out} --resume`);
  const { files, metrics } = run;
  const best = metrics.epochs.findLast((record) => record.best);
  const latest = metrics.epochs.at(-1);
  const json = {
    epoch: latest?.epoch ?? 0,
    step: run.step,
    loss: metrics.steps.at(-1)?.loss,
    val_miou: latest?.val_miou,
    best: best && { epoch: best.epoch, val_miou: best.val_miou, checkpoint: files.best },
    checkpoint: files.last,
    report: files.report,
    skipped,
    skipped_steps: metrics.skipped,
    finished,
    ended,
    backend: engine.description,
  };
  const text =
    best === undefined
      ? `no epoch is over yet; the weights so far are in ${files.last}`
      : `validation mIoU ${best.val_miou.toFixed(1)} in epoch ${best.epoch}, the best of ${metrics.epochs.length}\nlook at ${files.report}; its weights are in ${files.best}`;
  // A time limit that was asked for and kept is no failure.
  return { json, text, exitCode: ended === 'interrupt' ? exitCodes.interrupted : exitCodes.done };
}

function rehearsalOutcome(
  { steps, parameters, tensorBytes, programBytes, loss, secondsAStep, secondsAnEpisode, seconds }: Rehearsal,
  backend: string,
) {
  const json = {
    dry_run: true,
    steps,
    trained_parameters: parameters,
    tensor_bytes: tensorBytes,
    program_bytes: programBytes,
    loss,
    seconds_a_step: secondsAStep,
    seconds_a_validation_episode: secondsAnEpisode,
    seconds,
    backend,
  };
  const text = [
    `nothing is wrong so far, and nothing was written: ${counted(steps, 'step')} on ${parameters} parameters`,
    `memory: ${mebibytes(tensorBytes)} for tensors, ${mebibytes(programBytes)} for the whole program`,
    `time: ${duration(secondsAStep)} a step, ${duration(secondsAnEpisode)} a validation episode; about ${duration(seconds)} in all`,
  ].join('\n');
  return { json, text };
}

function classesInWords({ classes }: Dataset, seen: readonly string[]): string {
  const all = counted(classes.length, 'class');
  return seen.length === 0 ? `${all} not trained on` : `${all} (trained on, too: ${listed(seen)})`;
}

function census({ classes }: Dataset): string {
  return `${classes.length} (${counted(
    classes.reduce((sum, { samples }) => sum + samples.length, 0),
    'image',
  )})`;
}
