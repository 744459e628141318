import type { EpisodePlan } from '@hypercorr/datasets';
import { EpisodeLoader, type LoaderOptions } from '@hypercorr/datasets/node';

export interface EpisodeOptions extends Pick<LoaderOptions, 'ahead'> {
  /** Images and masks are resized to size × size. */
  readonly size: number;
  /** Told of every episode left out because a file of it is faulty. */
  onFault(message: string): void;
}

/** Reads planned episodes, some ahead of their use. Close it in the end. */
export function loadEpisodes(plans: Iterable<EpisodePlan>, { size, onFault, ...rest }: EpisodeOptions): EpisodeLoader {
  return new EpisodeLoader(plans, {
    ...rest,
    size: { width: size, height: size },
    onFault: ({ plan, error }) => onFault(`episodes of class ${plan.className} are left out: ${error.message}`),
  });
}
