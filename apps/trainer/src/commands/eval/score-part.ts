import { join } from 'node:path';
import { pairsOf, planEpisodes, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { withLargeObjects } from '@hypercorr/datasets/node';
import {
  PresenceMeter,
  presenceOf,
  trainedClasses,
  type Baselines,
  type NamedProtocol,
  type SegmentationScore,
  type TrainingDescription,
} from '@hypercorr/hsnet';
import { listed } from '@hypercorr/tensor/op';
import type { Context } from '../../cli/command.ts';
import { withEnoughImages } from '../../cli/open-data.ts';
import { planAbsent } from './absent.ts';
import { evaluate, evaluateAbsent } from './evaluation.ts';
import type { NamedModel } from '../../cli/open-model.ts';
import { counted } from '@hypercorr/train';
import type { EpisodeCount } from './episode-count.ts';
import { EpisodeResults } from './episode-results.ts';
import { givenPlans, protocolOn, type PlanSettings } from './plans.ts';
import type { FoldResult } from './results.ts';

/** What one model is scored on: the classes of one fold, or of data without folds. */
export interface ScoredPart {
  /** Absent for data without folds. */
  readonly fold: number | undefined;
  readonly dataset: Dataset;
  /** How many classes were asked for, before classes with too few images or too small objects were left out. */
  readonly asked: number;
  readonly protocol: NamedProtocol;
  /** The episodes of `--episodes-from`; without it, each seed draws its own. */
  readonly given: readonly EpisodePlan[] | undefined;
  /** For each seed, the queries of `--absent`, which do not show their class; no list without the option. */
  readonly absent: readonly (readonly EpisodePlan[])[];
}

export interface PartSettings extends Omit<PlanSettings, 'fold'> {
  readonly benchmark: string;
  readonly fold: number | 'all' | undefined;
  readonly episodes?: number | undefined;
  readonly seed: number;
  readonly seeds: number;
  /** Queries that do not show the class, for each class. */
  readonly absent?: number | undefined;
}

/**
 * Makes a part of the classes to test: leaves out too small objects, and classes with too few images for episodes.
 *
 * @throws as `givenPlans`
 */
export async function partOfClasses(
  test: Dataset,
  settings: PartSettings,
  {
    fold,
    protocol,
    training,
    log,
  }: {
    readonly fold: number | undefined;
    readonly protocol: NamedProtocol;
    readonly training: TrainingDescription | undefined;
    readonly log: Context['log'];
  },
): Promise<ScoredPart> {
  const large =
    protocol.minPixels === 0 ? test : await withLargeObjects(test, protocol.minPixels, log.counting('mask'));
  const repeated = protocol.sampler === 'numpy-legacy';
  // Given episodes name images that exist.
  const dataset =
    settings.episodesFrom === undefined
      ? withEnoughImages(large, settings.shots ?? 1, (message) => log.warn(message), { repeated })
      : large;
  const given = givenPlans({ ...settings, fold }, dataset);
  const shots = given?.[0]?.supports.length ?? settings.shots ?? 1;
  const absent: (readonly EpisodePlan[])[] = [];
  for (let run = 0; settings.absent !== undefined && run < settings.seeds; run += 1)
    absent.push(
      await planAbsent(
        dataset,
        { queries: settings.absent, shots, seed: settings.seed + run },
        { option: '--absent', log },
      ),
    );
  return {
    fold,
    dataset,
    given,
    absent,
    asked: test.classes.length,
    protocol: protocolOn(dataset, { ...settings, fold }, { protocol, training, log }),
  };
}

/** How many queries without their class all seeds have. */
export function absentOf({ absent }: ScoredPart): number {
  return absent.reduce((sum, plans) => sum + plans.length, 0);
}

/** How many episodes a seed has. */
export function episodesOf({ dataset, protocol, given }: ScoredPart): number {
  return given?.length ?? protocol.episodes ?? pairsOf(dataset).length;
}

export interface ScoreSettings extends PartSettings {
  readonly out?: string | undefined;
  readonly overlays?: number | undefined;
  readonly savePredictions: boolean;
}

export interface Scoring extends Pick<Context, 'log' | 'interrupt'> {
  readonly baselines: Baselines | undefined;
  readonly count: EpisodeCount;
  /** Whether there are several folds, each with its own results. */
  readonly several: boolean;
}

export interface ScoredFold extends FoldResult {
  /** The details of each seed; their pictures are not drawn yet. */
  readonly left: readonly EpisodeResults[];
}

/**
 * Scores a model on one part, one seed after another.
 *
 * @returns the scores, up to an interruption; undefined where no episode was scored
 */
export async function scorePart(
  part: ScoredPart,
  opened: NamedModel,
  settings: ScoreSettings,
  scoring: Scoring,
): Promise<ScoredFold | undefined> {
  const { fold, dataset, asked, protocol } = part;
  const { training, description, weights } = opened;
  if (scoring.several) scoring.log.say(`fold ${fold}: ${counted(dataset.classes.length, 'class')}`);
  warnOfTrained(dataset, training, scoring.log);
  const scored = await scoreSeeds(part, opened, settings, scoring);
  if (scored.scores.length === 0) return undefined;
  return { ...scored, fold, dataset, asked, protocol, trained: trainedFold(training), weights, size: description.size };
}

function warnOfTrained(dataset: Dataset, training: TrainingDescription | undefined, log: Context['log']): void {
  const seen = trainedClasses(dataset, training);
  if (seen.length > 0)
    log.warn(
      `the model was trained on ${seen.length} of these classes: ${listed(seen)}; the score is not one of unseen classes`,
    );
  const chosenBy = trainedClasses(dataset, training && { classes: training.validationClasses });
  if (chosenBy.length > 0)
    log.say(`the model's best epoch was chosen by classes that are scored here, as published: ${listed(chosenBy)}`);
}

function trainedFold(training: TrainingDescription | undefined): string | undefined {
  if (training?.fold === undefined) return undefined;
  const { benchmark, fold, novelImages } = training;
  return `${benchmark} fold ${fold}, novel-class images ${novelImages === 'drop' ? 'dropped' : 'kept'}`;
}

async function scoreSeeds(
  { fold, dataset, protocol, given, absent }: ScoredPart,
  { model, description, weights, presence: calibration }: NamedModel,
  settings: ScoreSettings,
  scoring: Scoring,
) {
  const { seed, seeds } = settings;
  const { baselines, count, several, log, interrupt } = scoring;
  const scores: SegmentationScore[] = [];
  const left: EpisodeResults[] = [];
  const presence =
    absent.length === 0 ? undefined : new PresenceMeter({ classes: dataset.classes.map(({ id }) => id), calibration });
  let [skipped, shots] = [0, settings.shots ?? 1];
  for (let run = 0; run < seeds && !interrupt.requested; run += 1) {
    const { sampler, queries, episodes } = protocol;
    const planned = { sampler, queries, episodes, seed: seed + run, shots: settings.shots ?? 1 };
    const plans = given ?? planEpisodes(dataset, planned);
    shots = plans[0]?.supports.length ?? shots;
    const results = episodeResults(settings, { fold, dataset, seed: seed + run, several, log });
    const note = [...(several ? [`fold ${fold}`] : []), ...(seeds > 1 ? [`seed ${seed + run}`] : [])].join(', ');
    const common = {
      model,
      weights,
      rules: protocol,
      size: description.size,
      root: dataset.root,
      onFault: (message: string) => log.warn(message),
      stop: () => interrupt.requested,
    };
    const evaluation = await evaluate({
      ...common,
      plans,
      async onEpisode(scored, done) {
        const { statistics, prediction } = scored;
        const pair = { statistics, marked: prediction.includes(1), present: true };
        presence?.add(scored.episode.plan.classId, pair);
        await results?.add(scored, presenceOf(pair, calibration));
        await baselines?.addEpisode(scored.episode, model);
        count.update(done, note);
      },
    });
    if (evaluation.finished) count.close(plans.length, note);
    skipped += evaluation.skipped;
    if (evaluation.score.episodes === 0) continue;
    scores.push(evaluation.score);
    if (results !== undefined) left.push(results);
    const without = absent[run] ?? [];
    if (without.length === 0 || !evaluation.finished) continue;
    const told = await evaluateAbsent({
      ...common,
      plans: without,
      async onQuery(plan, pair, done) {
        presence?.add(plan.classId, pair);
        await results?.addAbsent(plan, presenceOf(pair, calibration));
        count.update(done, [...(note === '' ? [] : [note]), 'without the class'].join(', '));
      },
    });
    if (told.finished) count.close(without.length, note);
    skipped += told.skipped;
  }
  return { scores, skipped, shots, left, presence, leastScore: calibration?.threshold };
}

/** Results in a folder of their own for each fold and each seed, where there are several. */
function episodeResults(
  { out, seeds, overlays = 20, savePredictions }: ScoreSettings,
  {
    fold,
    dataset,
    seed,
    several,
    log,
  }: Pick<ScoredPart, 'fold' | 'dataset'> & Pick<Scoring, 'several' | 'log'> & { readonly seed: number },
): EpisodeResults | undefined {
  if (out === undefined) return undefined;
  const folder = join(out, ...(several ? [`fold${fold}`] : []), ...(seeds > 1 ? [`seed${seed}`] : []));
  return new EpisodeResults({ folder, dataset, overlays, predictions: savePredictions }, log);
}
