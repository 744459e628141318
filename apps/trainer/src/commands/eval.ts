import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { folds, parseEpisodes, planEpisodes, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { withLargeObjects } from '@hypercorr/datasets/node';
import type { SegmentationScore } from '@hypercorr/hsnet';
import { listed, type Engine } from '@hypercorr/tensor';
import { Baselines, addEpisode } from '../baselines/index.ts';
import type { TrainingDescription } from '../checkpoint.ts';
import { defineCommand, type Context } from '../command.ts';
import { openTestClasses, trainedClasses } from '../data.ts';
import { EpisodeResults } from '../eval/episode-results.ts';
import { reportJson, reportText } from '../eval/report.ts';
import { missedClasses, type FoldResult } from '../eval/results.ts';
import { evaluate } from '../evaluation.ts';
import { UsageError, messageOf } from '../failure.ts';
import { prepareEmptyFolder, writeFileAtomically } from '../files.ts';
import { isFolded } from '../folded-data.ts';
import { openModel, type OpenedModel } from '../model.ts';
import { withDefault, type Settings } from '../option.ts';
import { computing, data as dataOptions, model, output, own, protocol as protocolOptions, seed } from '../options.ts';
import { resolveProtocol, type NamedProtocol } from '../protocol.ts';
import { baselineFigures } from '../report/baseline-figures.ts';

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
    'Scores the classes of --test-classes, or of --fold; without, those that had no part in the training of the weights, of PASCAL and ' +
    'COCO by either name. Every figure names its protocol. Intersections and unions are summed over the episodes of a class before ' +
    'dividing; mIoU is the mean over the classes that have one, and over folds.',
  options,
  examples: [
    ['hypercorr eval --benchmark pascal --data VOC2012 --fold 0 --weights runs/fold0/best.safetensors --shots 5', 'as published: 1000 episodes of NumPy\'s draws'],
    ['hypercorr eval --benchmark pascal --data VOC2012 --fold all --weights runs/fold{fold}/best.safetensors', 'the four folds, and their mean'],
    ['hypercorr eval --benchmark pascal --data VOC2012 --weights runs/coco0/best.safetensors', 'trained on COCO: the classes that were not among its own'],
    ['hypercorr eval --benchmark generated --data data/generated --weights runs/demo/last.safetensors --shots 5 --episodes 200 --seeds 5', '200 random 5-shot episodes, five times'],
    ['hypercorr eval --benchmark fss --data FSS-1000 --weights runs/fss/best.safetensors --out runs/fss/eval --save-predictions', 'leaves every episode\'s score and mask, and pictures of the worst'],
  ],
  run: score,
});

async function score(settings: EvalSettings, context: Context) {
  const { seed, seeds, out, episodesFrom } = settings;
  checkSettings(settings);
  const protocol = resolveProtocol(settings, settings.benchmark);
  checkBaselines(settings, protocol);
  if (out !== undefined) prepareEmptyFolder(out);
  const engine = await context.engine(settings);
  const baselines = settings.baselines ? new Baselines() : undefined;
  const results: FoldResult[] = [];
  for (const each of settings.fold === 'all' ? folds : [settings.fold]) {
    results.push(await scoreFold({ ...settings, fold: each }, { protocol, baselines, engine, context, several: settings.fold === 'all' }));
  }
  for (const result of results) warnOfMissed(result, { seeds, episodes: episodesFrom === undefined ? protocol.episodes : undefined }, context.log);
  const report = {
    ...{ protocol, results, seed, seeds, episodesFrom, out, backend: engine.description },
    baselines: baselines && baselineFigures(baselines),
  };
  const json = reportJson(report);
  if (out !== undefined) writeFileAtomically(join(out, 'result.json'), `${JSON.stringify(json, null, 2)}\n`);
  return { json, text: reportText(report) };
}

interface FoldSettings extends Omit<EvalSettings, 'fold'> {
  readonly fold: number | undefined;
}

interface Scoring {
  readonly protocol: NamedProtocol;
  readonly baselines: Baselines | undefined;
  readonly engine: Engine;
  readonly context: Context;
  /** Whether there are other folds, which the results go beside. */
  readonly several: boolean;
}

async function scoreFold(settings: FoldSettings, scoring: Scoring): Promise<FoldResult> {
  const { fold } = settings;
  const { log } = scoring.context;
  const weights = settings.weights && ofFold(settings.weights, fold);
  const opened = await openModel({ ...settings, weights }, scoring.engine, log);
  try {
    const dataset = await openScored(settings, opened, scoring);
    if (scoring.several) log.say(`fold ${fold}: ${dataset.classes.length} classes`);
    const scored = await scoreSeeds(settings, dataset, opened, scoring);
    return { ...scored, fold, dataset, trained: trainedFold(opened.training), weights: opened.weights, size: opened.description.size };
  } finally {
    opened.model.dispose();
  }
}

function trainedFold(training: TrainingDescription | undefined): string | undefined {
  if (training?.fold === undefined) return undefined;
  const { benchmark, fold, novelImages } = training;
  return `${benchmark} fold ${fold}, novel-class images ${novelImages === 'drop' ? 'dropped' : 'kept'}`;
}

/** The classes and images that are scored. */
async function openScored(settings: FoldSettings, { training }: OpenedModel, { protocol, context: { log } }: Scoring): Promise<Dataset> {
  const test = await openTestClasses(settings, training);
  const seen = trainedClasses(test, training);
  if (seen.length > 0) log.warn(`the model was trained on ${seen.length} of these classes: ${listed(seen)}; this is no few-shot score`);
  const chosenBy = trainedClasses(test, training && { ...training, classes: training.validationClasses });
  if (chosenBy.length > 0) log.say(`the model's best epoch was chosen by ${listed(chosenBy)}, which are scored here, as the published ones are`);
  return protocol.minPixels === 0 ? test : withLargeObjects(test, protocol.minPixels, log.counting('mask'));
}

async function scoreSeeds(settings: FoldSettings, dataset: Dataset, { model, description }: OpenedModel, scoring: Scoring) {
  const { seed, seeds } = settings;
  const { protocol, baselines, context: { log } } = scoring;
  const scores: SegmentationScore[] = [];
  let [skipped, shots] = [0, settings.shots ?? 1];
  for (let run = 0; run < seeds; run += 1) {
    const plans = plansOf(settings, dataset, protocol, seed + run);
    shots = plans[0]?.supports.length ?? shots;
    const results = episodeResults(settings, dataset, seed + run, scoring.several);
    const progress = log.progress(plans.length, { unit: 'episode' });
    const evaluation = await evaluate({
      ...{ model, plans, rules: protocol, size: description.size, root: dataset.root, onFault: (message) => log.warn(message) },
      async onEpisode(scored, done) {
        results?.add(scored);
        if (baselines !== undefined) await addEpisode(baselines, scored.episode, model);
        progress.update(done);
      },
    });
    if (evaluation === undefined) continue;
    await results?.finish();
    scores.push(evaluation.score);
    skipped += evaluation.skipped;
  }
  return { scores, skipped, shots };
}

function plansOf({ episodesFrom, shots, fold }: FoldSettings, dataset: Dataset, protocol: NamedProtocol, seed: number): readonly EpisodePlan[] {
  if (episodesFrom === undefined) return planEpisodes(dataset, { ...protocol, seed, shots: shots ?? 1 });
  const file = ofFold(episodesFrom, fold);
  const plans = parseEpisodes(readGiven(file), dataset, file);
  const found = plans[0]?.supports.length;
  if (shots !== undefined && found !== shots) throw new UsageError(`--shots ${shots}: the episodes of ${file} have ${found} supports`);
  return plans;
}

function readGiven(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError(`--episodes-from: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** A folder for each fold and each seed, where there are several of them. */
function episodeResults({ out, fold, seeds, overlays = 20, savePredictions }: FoldSettings, dataset: Dataset, seed: number, several: boolean): EpisodeResults | undefined {
  if (out === undefined) return undefined;
  const folder = join(out, ...(several ? [`fold${fold}`] : []), ...(seeds > 1 ? [`seed${seed}`] : []));
  return new EpisodeResults({ folder, dataset, overlays, predictions: savePredictions });
}

function ofFold(path: string, fold: number | undefined): string {
  if (fold === undefined && path.includes('{fold}')) throw new UsageError(`${path} has a place for the fold, and --fold is missing`);
  return path.replaceAll('{fold}', String(fold));
}

/** @throws UsageError for settings of which one would be ignored */
function checkSettings(settings: EvalSettings): void {
  const { benchmark, fold, seed, seeds, out, overlays, savePredictions, episodesFrom, sampler, queries, episodes } = settings;
  if (sampler === 'numpy-legacy-0' && (seed !== 0 || seeds > 1)) throw new UsageError('--sampler numpy-legacy-0 is seed 0 alone; --sampler numpy-legacy takes --seed and --seeds');
  if (fold === 'all' && !isFolded(benchmark)) throw new UsageError(`--fold is for --benchmark pascal, coco; this one is ${benchmark}`);
  if (out === undefined && (savePredictions || overlays !== undefined)) throw new UsageError(`--${savePredictions ? 'save-predictions' : 'overlays'} needs --out DIR to write into`);
  if (episodesFrom === undefined) return;
  const drawn = Object.entries({ sampler, queries, episodes, seeds: seeds > 1 ? seeds : undefined }).find(([, value]) => value !== undefined);
  if (drawn !== undefined) throw new UsageError(`--${drawn[0]} says how episodes are drawn; those of --episodes-from are there already`);
  if (fold === 'all' && !episodesFrom.includes('{fold}')) throw new UsageError(`--fold all has four lists of episodes: put {fold} into the name of --episodes-from`);
}

/** @throws UsageError for baselines beside a score that they are not comparable with */
function checkBaselines({ baselines }: EvalSettings, { scoreSize, void: ofVoid }: NamedProtocol): void {
  if (!baselines || (scoreSize === 'model' && ofVoid === 'ignore')) return;
  throw new UsageError('--baselines are compared at the model\'s size with void left out; a protocol that does otherwise is not beside them');
}

function warnOfMissed(result: FoldResult, { episodes, seeds }: Pick<EvalSettings, 'episodes' | 'seeds'>, log: Context['log']): void {
  const missed = missedClasses(result);
  if (missed.length === 0) return;
  const when = seeds === 1 ? '' : ' with every seed';
  const remedy = episodes === undefined ? '' : '; more --episodes reach more of them';
  log.warn(`mIoU is not over all ${result.dataset.classes.length} classes: no episode of ${listed(missed)} was scored${when}${remedy}`);
}
