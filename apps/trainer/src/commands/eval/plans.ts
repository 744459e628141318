import { readFileSync } from 'node:fs';
import { pairsOf, parseEpisodes, type Dataset, type EpisodePlan } from '@hypercorr/datasets';
import { onAllFolds, type NamedProtocol, type TrainingDescription } from '@hypercorr/hsnet';
import { foldOf } from '@hypercorr/hsnet/node';
import { type TerminalLog, messageOf } from '@hypercorr/train/node';
import { counted } from '@hypercorr/train';
import { UsageError } from '../../cli/failure.ts';

export interface PlanSettings {
  /** The file of given episodes; without it, episodes are drawn. */
  readonly episodesFrom?: string | undefined;
  readonly shots?: number | undefined;
  readonly fold: number | undefined;
}

/**
 * The episodes of `--episodes-from`; undefined without it.
 *
 * @throws UsageError for a file that cannot be read, and for episodes with another number of shots; FormatError as `parseEpisodes`
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

/** The settings that `protocolOn` depends on. */
export interface ScoredSettings extends Pick<PlanSettings, 'episodesFrom'> {
  readonly benchmark: string;
  readonly fold: number | undefined;
  readonly episodes?: number | undefined;
}

/** The protocol. Where all folds are scored together and no number of episodes is asked for, it has every pair. */
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
    readonly log: Pick<TerminalLog, 'say'>;
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
      `every image is the query once, ${pairs} episodes: the usual ${protocol.episodes}, which are for one fold, would not reach all of them`,
    );
  return own;
}

/** Puts the fold into a file's name. @throws UsageError for a name with {fold} where there is no fold */
export function ofFold(path: string, fold: number | undefined): string {
  if (fold === undefined && path.includes('{fold}'))
    throw new UsageError(`${path} has {fold} in its name, and --fold is missing`);
  return path.replaceAll('{fold}', String(fold));
}
