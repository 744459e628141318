import { existsSync } from 'node:fs';
import type { Episode, EpisodePlan, Source } from '@hypercorr/datasets';
import { Prefetcher, type PrefetchOptions } from '@hypercorr/datasets/node';
import { CommandError } from './failure.ts';

export interface EpisodeOptions extends Pick<PrefetchOptions, 'start' | 'ahead'> {
  /** The dataset's folder, if it is known: once it is gone, that is an error, and not many faulty files. */
  readonly root?: string | undefined;
  /** Called for every faulty file, when the first episode is left out because of it. */
  onFault(message: string): void;
}

/** Reads episodes, some ahead of their use. It throws a CommandError once their folder is gone. Close it in the end. */
export function loadEpisodes(
  source: Source<Episode, EpisodePlan>,
  { root, onFault, ...rest }: EpisodeOptions,
): Prefetcher<Episode, EpisodePlan> {
  return new Prefetcher(source, {
    ...rest,
    onFault({ plan, error }) {
      if (root !== undefined && !existsSync(root))
        throw new CommandError(`the dataset is gone: ${root} is not there any more (${error.message})`);
      onFault(`an episode of class ${plan.className} is left out: ${error.message}`);
    },
  });
}
