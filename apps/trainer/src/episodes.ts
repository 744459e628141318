import type { EpisodePlan } from '@hypercorr/datasets';
import { EpisodeLoader, type LoaderOptions } from '@hypercorr/datasets/node';

export interface EpisodeOptions extends Pick<LoaderOptions, 'ahead'> {
  /** Images and masks are resized to size × size. */
  readonly size: number;
  /** Told of every faulty file, when the first episode is left out for it. */
  onFault(message: string): void;
}

/** Reads planned episodes, some ahead of their use. Close it in the end. */
export function loadEpisodes(plans: Iterable<EpisodePlan>, { size, onFault, ...rest }: EpisodeOptions): EpisodeLoader {
  return new EpisodeLoader(plans, {
    ...rest,
    size: { width: size, height: size },
    onFault: ({ plan, error }) => onFault(`an episode of class ${plan.className} is left out: ${error.message}`),
  });
}
