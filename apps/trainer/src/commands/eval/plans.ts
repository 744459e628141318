import { readFileSync } from 'node:fs';
import { pairsOf, parseEpisodes, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { onAllFolds, type NamedProtocol, type TrainingDescription } from '@hypercorr/hsnet';
import { foldOf } from '@hypercorr/hsnet/node';
import { messageOf } from '@hypercorr/train/node';
import { counted } from '@hypercorr/train';
import { UsageError } from '../../cli/failure.ts';
import type { Log } from '../../cli/log.ts';

export interface PlanSettings {
  /** The file of given episodes; without, they are drawn. */
  readonly episodesFrom?: string | undefined;
  readonly shots?: number | undefined;
  readonly fold: number | undefined;
}

/**
 * The episodes of `--episodes-from`, if they are given.
 *
 * @throws UsageError for a file that cannot be read, and for one of other shots; FormatError as `parseEpisodes`
 */
export function givenPlans(
  { episodesFrom, shots, fold }: PlanSettings,
  dataset: Dataset,
): readonly EpisodePlan[] | undefined {
  if (episodesFrom === undefined) return undefined;
  const file = ofFold(episodesFrom, fold);
  const plans = parseEpisodes(readGiven(file), dataset, file);
  const found = plans[0]?.supports.length ?? 0;
  if (shots !== undefined && found !== shots)
    throw new UsageError(`--shots ${shots}: the episodes of ${file} have ${counted(found, 'support')}`);
  return plans;
}

function readGiven(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new UsageError(`--episodes-from: ${file} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

/** What `protocolOn` decides by. */
export interface ScoredSettings extends Pick<PlanSettings, 'episodesFrom'> {
  readonly benchmark: string;
  readonly fold: number | undefined;
  readonly episodes?: number | undefined;
}

/** The protocol, with episodes for all folds where these are scored together and no number is asked for. */
export function protocolOn(
  dataset: Dataset,
  settings: ScoredSettings,
  {
    protocol,
    training,
    log,
  }: {
    readonly protocol: NamedProtocol;
    readonly training: TrainingDescription | undefined;
    readonly log: Pick<Log, 'say'>;
  },
): NamedProtocol {
  if (
    foldOf(settings, training) !== undefined ||
    settings.episodes !== undefined ||
    settings.episodesFrom !== undefined
  )
    return protocol;
  const pairs = pairsOf(dataset).length;
  const own = onAllFolds(protocol, pairs);
  if (own !== protocol)
    log.say(
      `every image is the query once, ${pairs} episodes: the ${protocol.episodes} of a fold would not reach the last of them`,
    );
  return own;
}

/** A file's name for one fold. @throws UsageError where it needs one and there is none */
export function ofFold(path: string, fold: number | undefined): string {
  if (fold === undefined && path.includes('{fold}'))
    throw new UsageError(`${path} has a place for the fold, and --fold is missing`);
  return path.replaceAll('{fold}', String(fold));
}
