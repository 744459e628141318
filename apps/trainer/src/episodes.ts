import { existsSync } from 'node:fs';
import type { EpisodePlan } from '@hypercorr/datasets';
import { EpisodeLoader, type LoaderOptions } from '@hypercorr/datasets/node';
import { CommandError } from './cli/failure.ts';

export interface EpisodeOptions extends Pick<LoaderOptions, 'ahead' | 'originalMasks'> {
  /** Images and masks are resized to size × size. */
  readonly size: number;
  /** The dataset's folder, if known. When it is gone, reading ends instead of leaving out episodes. */
  readonly root?: string | undefined;
  /** Told once of every faulty file that an episode is left out for. */
  onFault(message: string): void;
}

/** Reads planned episodes, some ahead of their use. Throws a CommandError when the dataset's folder is gone. Close it in the end. */
export function loadEpisodes(
  plans: Iterable<EpisodePlan>,
  { size, root, onFault, ...rest }: EpisodeOptions,
): EpisodeLoader {
  return new EpisodeLoader(plans, {
    ...rest,
    size: { width: size, height: size },
    onFault({ plan, error }) {
      if (root !== undefined && !existsSync(root))
        throw new CommandError(`the dataset is gone: ${root} no longer exists (${error.message})`);
      onFault(`an episode of class ${plan.className} is left out: ${error.message}`);
    },
  });
}
