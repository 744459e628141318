import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { folds } from '@hypercorr/datasets';
import { listed } from '@hypercorr/tensor/op';
import { Baselines, type NamedProtocol } from '@hypercorr/hsnet';
import { defineCommand, type Context, type Outcome } from '../cli/command.ts';
import { foldedBenchmark, openTestClasses, openTestFolds } from '../cli/open-data.ts';
import { warnOfLeftOut } from '../cli/left-out.ts';
import { EpisodeCount } from './eval/episode-count.ts';
import { FoldModel } from './eval/fold-model.ts';
import { ofFold } from './eval/plans.ts';
import { reportJson, reportText } from './eval/report.ts';
import { missedClasses, type FoldResult } from './eval/results.ts';
import { absentOf, episodesOf, partOfClasses, scorePart, type ScoredFold, type ScoredPart } from './eval/score-part.ts';
import { prepareEmptyFolder } from '../cli/output.ts';
import { writeFileAtomically } from '@hypercorr/train/node';
import { UsageError, describeFailure, exitCodes } from '../cli/failure.ts';
import { environmentName, withDefault, type Settings } from '../cli/option.ts';
import {
  computing,
  data as dataOptions,
  model,
  output,
  own,
  protocol as protocolOptions,
  seed,
} from '../cli/options.ts';
import { resolveProtocol } from './eval/protocol-settings.ts';
import { baselineFigures } from './eval/baseline-figures.ts';

const options = {
  ...output,
  ...computing,
  ...model,
  weights: { ...model.weights, about: `${model.weights.about}; {fold} in its name stands for the fold` },
  seed,
  ...dataOptions,
  fold: own.foldOrAll,
  testClasses: own.testClasses,
  shots: { ...own.shots, about: `${own.shots.about} (default: 1, or as --episodes-from has)` },
  ...protocolOptions,
  seeds: withDefault(own.seeds, 1),
  absent: own.absent,
  baselines: own.baselines,
  out: own.out,
  overlays: own.overlays,
  savePredictions: own.savePredictions,
} as const;

type EvalSettings = Settings<typeof options>;

export const evalCommand = defineCommand({
  name: 'eval',
  summary: 'scores a model on classes that it was not trained on',
  description:
    'Scores the classes of --test-classes, or those of --fold. Without these options it scores the classes that lists or a ' +
    'manifest name for testing; where there are none, the classes that had no part in the training of the weights (a class may ' +
    "have PASCAL's or COCO's name). Weights that do not say what they were trained on are scored on all of your own data. Every " +
    'figure names its protocol. Intersections and unions are summed over the episodes of a class before dividing. mIoU is the ' +
    'mean over the classes with an episode, and over folds. --absent N adds queries that show ' +
    'other classes and not the one that is looked for. Ctrl-C ends after the current episode, and prints the score so far.',
  options,
  examples: [
    [
      'hypercorr eval --benchmark pascal --data VOC2012 --fold 0 --weights runs/fold0/best.safetensors --shots 5',
      "as published: 1000 episodes of NumPy's draws",
    ],
    [
      'hypercorr eval --benchmark pascal --data VOC2012 --fold all --weights runs/fold{fold}/best.safetensors',
      'the four folds, and their mean',
    ],
    [
      'hypercorr eval --benchmark pascal --data VOC2012 --weights runs/coco0/best.safetensors',
      'a model of COCO: scores the classes that it was not trained on',
    ],
    [
      'hypercorr eval --benchmark generated --data data/generated --weights runs/demo/last.safetensors --shots 5 --episodes 200 --seeds 5',
      '200 random 5-shot episodes, five times',
    ],
    [
      'hypercorr eval --benchmark folder --data birds --absent 20',
      'also how often a class is found in images that do not show it, 20 for each class',
    ],
    [
      'hypercorr eval --benchmark fss --data FSS-1000 --weights runs/fss/best.safetensors --out runs/fss/eval --save-predictions',
      "writes every episode's score and mask, and pictures of the worst",
    ],
  ],
  run: score,
});

async function score(settings: EvalSettings, context: Context<typeof options>): Promise<Outcome> {
  const { seed, seeds, out, episodesFrom } = settings;
  const { log, interrupt } = context;
  checkSettings(settings, context.sources);
  const protocol = resolveProtocol(settings, settings.benchmark);
  checkBaselines(settings, protocol);
  if (out !== undefined) prepareEmptyFolder(out);
  const tests = settings.fold === 'all' ? await openTestFolds(settings) : undefined;
  const engine = await context.engine(settings);
  const baselines = settings.baselines ? new Baselines() : undefined;
  using models = new FoldModel(settings, engine, log);
  const parts: ScoredPart[] = [];
  if (tests === undefined) parts.push(await onlyPart(settings, protocol, models, log));
  else
    for (const [fold, test] of tests.entries())
      parts.push(await partOfClasses(test, settings, { fold, protocol, training: undefined, log }));

  const planned = seeds * parts.reduce((sum, part) => sum + episodesOf(part), 0);
  const count = new EpisodeCount(planned + parts.reduce((sum, part) => sum + absentOf(part), 0), log);
  interrupt.finishWith('the current episode is finished and the score so far printed');
  const results: ScoredFold[] = [];
  const leftOut = parts.map(({ dataset }) => warnOfLeftOut(dataset, log)).find((summary) => summary !== undefined);
  for (const part of parts) {
    if (interrupt.requested) break;
    const scored = await scorePart(part, await models.of(part.fold), settings, {
      baselines,
      count,
      several: parts.length > 1,
      log,
      interrupt,
    });
    if (scored !== undefined) results.push(scored);
  }
  const finished = count.isFull;
  const [first] = results;
  if (first === undefined) return interruptedAtOnce(planned);
  if (finished) for (const result of results) warnOfMissed(result, settings, log);
  const report = {
    // The same for all folds. A single set of classes may have changed it.
    protocol: first.protocol,
    results,
    planned,
    finished,
    seed,
    episodesFrom,
    out,
    backend: engine.description,
    baselines: baselines && baselineFigures(baselines),
    leftOut,
  };
  const json = reportJson(report);
  const isWritten = out === undefined || writeResult(join(out, 'result.json'), json, log);
  const files = results.flatMap(({ left }) => left);
  return {
    json,
    text: reportText(report),
    async afterwards() {
      interrupt.finishWith('the current pictures are drawn');
      for (const each of files) {
        if (interrupt.requested) return exitCodes.interrupted;
        await each.drawWorst();
      }
      if (!finished) return exitCodes.interrupted;
      return isWritten && files.every(({ whole }) => whole) ? exitCodes.done : exitCodes.failed;
    },
  };
}

/** The outcome where no episode was scored. */
function interruptedAtOnce(planned: number): Outcome {
  return {
    json: { finished: false, episodes: 0, episodes_planned: planned },
    text: 'interrupted before an episode was scored',
    exitCode: exitCodes.interrupted,
  };
}

/** The one part to score without --fold all. Which classes it has may depend on the training of the weights. */
async function onlyPart(
  settings: EvalSettings,
  protocol: NamedProtocol,
  models: FoldModel,
  log: Context['log'],
): Promise<ScoredPart> {
  const fold = settings.fold === 'all' ? undefined : settings.fold;
  const { training } = await models.of(fold);
  const { dataset, why } = await openTestClasses({ ...settings, fold, onScan: log.counting('mask') }, training);
  if (why !== undefined) log.say(why);
  return partOfClasses(dataset, settings, { fold, protocol, training, log });
}

/** Writes the result, and says whether that worked. On a full disk the score is still printed. */
function writeResult(path: string, json: object, log: Context['log']): boolean {
  try {
    writeFileAtomically(path, `${JSON.stringify(json, null, 2)}\n`);
    return true;
  } catch (error) {
    log.warn(describeFailure(error));
    return false;
  }
}

/** @throws UsageError for options of which one would be ignored */
function checkSettings(settings: EvalSettings, sources: Context<typeof options>['sources']): void {
  const { benchmark, fold, seed, seeds, out, overlays, savePredictions, episodesFrom, sampler, testClasses, weights } =
    settings;
  if (sampler === 'numpy-legacy-0' && (seed !== 0 || seeds > 1))
    throw new UsageError('--sampler numpy-legacy-0 has seed 0 only; --sampler numpy-legacy takes --seed and --seeds');
  if (fold === 'all') {
    foldedBenchmark(benchmark);
    if (testClasses !== undefined)
      throw new UsageError('--test-classes does not go with --fold all: a class is tested in one fold; give that fold');
    checkFoldFiles('weights', weights);
    checkFoldFiles('episodes-from', episodesFrom);
  }
  if (out === undefined && (savePredictions || overlays !== undefined))
    throw new UsageError(`--${savePredictions ? 'save-predictions' : 'overlays'} needs --out DIR to write into`);
  if (episodesFrom === undefined) return;
  const drawn = (['sampler', 'queries', 'episodes', 'seed', 'seeds'] as const).find(
    (name) => sources[name] !== 'default',
  );
  if (drawn !== undefined) {
    const place = sources[drawn] === 'environment' ? environmentName(drawn) : `--${drawn}`;
    throw new UsageError(`${place} says how episodes are drawn, and --episodes-from names episodes that exist already`);
  }
  if (fold === 'all' && !episodesFrom.includes('{fold}'))
    throw new UsageError(
      `--fold all needs a list of episodes for each fold: put {fold} into the name of --episodes-from`,
    );
}

/** Checks the files of all folds before the first, which may take hours. @throws UsageError that names missing files */
function checkFoldFiles(option: string, path: string | undefined): void {
  if (path?.includes('{fold}') !== true) return;
  const missing = folds.map((fold) => ofFold(path, fold)).filter((file) => !existsSync(file));
  if (missing.length > 0) throw new UsageError(`--${option}: files are missing for some folds: ${listed(missing)}`);
}

/** @throws UsageError for baselines with a protocol that they cannot be compared under */
function checkBaselines({ baselines }: EvalSettings, { scoreSize, void: ofVoid }: NamedProtocol): void {
  if (!baselines || (scoreSize === 'model' && ofVoid === 'ignore')) return;
  throw new UsageError("--baselines are compared at the model's size with void left out; this protocol does otherwise");
}

function warnOfMissed(
  result: FoldResult,
  { episodesFrom, seeds }: Pick<EvalSettings, 'episodesFrom' | 'seeds'>,
  log: Context['log'],
): void {
  const missed = missedClasses(result);
  if (missed.length === 0) return;
  const when = seeds === 1 ? '' : ' with every seed';
  const remedy =
    episodesFrom !== undefined || result.protocol.episodes === undefined ? '' : '; more --episodes reach more of them';
  log.warn(
    `mIoU is not over all ${result.dataset.classes.length} classes: no episode of ${listed(missed)} was scored${when}${remedy}`,
  );
}
