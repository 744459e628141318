import { existsSync } from 'node:fs';
import type { EpisodePlan } from '@hypercorr/datasets';
import { EpisodeLoader, type LoaderOptions } from '@hypercorr/datasets/node';
import { CommandError } from './cli/failure.ts';

export interface EpisodeOptions extends Pick<LoaderOptions, 'ahead' | 'originalMasks'> {
  /** Images and masks are resized to size × size. */
  readonly size: number;
  /** The dataset's folder, where it is known: once it is gone, no episode is left out for a faulty file. */
  readonly root?: string | undefined;
  /** Told of every faulty file, when the first episode is left out for it. */
  onFault(message: string): void;
}

/** Reads planned episodes, some ahead of their use, and throws a CommandError when their folder has gone. Close it in the end. */
export function loadEpisodes(
  plans: Iterable<EpisodePlan>,
  { size, root, onFault, ...rest }: EpisodeOptions,
): EpisodeLoader {
  return new EpisodeLoader(plans, {
    ...rest,
    size: { width: size, height: size },
    onFault({ plan, error }) {
      if (root !== undefined && !existsSync(root))
        throw new CommandError(`the dataset is gone: ${root} is not there any more (${error.message})`);
      onFault(`an episode of class ${plan.className} is left out: ${error.message}`);
    },
  });
}
