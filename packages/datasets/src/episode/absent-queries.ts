import { fold } from '@hypercorr/tensor';
import { checkOptions } from '@hypercorr/tensor/op';
import { Draws } from '../generate/draws.ts';
import type { Dataset, EpisodePlan, Sample, SampleClass } from './dataset.ts';
import { checkShots, pick, planOf, shuffled, streamKey, type EpisodeOptions } from './draw-samples.ts';

export interface AbsentQueryOptions extends EpisodeOptions {
  /** How many queries each class gets. */
  readonly queries: number;
  /** Whether a photograph shows a class. `showsClass` asks its mask. */
  readonly shows: (sample: Sample, ofClass: SampleClass) => boolean | Promise<boolean>;
}

/** Queries that do not show the class of their supports. */
export interface AbsentQueries {
  /**
   * Class after class. The query is a sample of another class, and so is its mask: of the class that is looked for, the
   * photograph shows nothing.
   */
  readonly plans: readonly EpisodePlan[];
  /** Names of classes that every photograph of the others shows, too. They have no such query. */
  readonly shownByAll: readonly string[];
}

/** So many random photographs are tried before all are gone through. */
const tries = 20;

/**
 * Plans queries that do not show the class: for each class, another class and a photograph of it, each uniformly, and
 * distinct supports. A query depends only on the dataset, the seed, the shots, the class and its number.
 *
 * @throws OptionError for an option that does not exist; as `sampleEpisode`; what `shows` throws
 */
export async function absentQueries(dataset: Dataset, options: AbsentQueryOptions): Promise<AbsentQueries> {
  checkOptions('absentQueries', options, { seed: true, shots: true, queries: true, shows: true });
  const { seed, shots, queries, shows } = options;
  checkShots(dataset, shots);
  const plans: EpisodePlan[] = [];
  const shownByAll: string[] = [];
  for (const ofClass of dataset.classes) {
    const others = dataset.classes.filter(({ id }) => id !== ofClass.id);
    const classKey = fold(streamKey(seed, 'absentQuery'), ofClass.id);
    for (let number = 0; number < queries; number += 1) {
      const draws = new Draws(fold(classKey, number));
      const query = await drawQuery(others, draws, async (sample) => !(await shows(sample, ofClass)));
      if (query === undefined) {
        shownByAll.push(ofClass.name);
        break;
      }
      plans.push(planOf(plans.length, ofClass, query, shots, draws));
    }
  }
  return { plans, shownByAll };
}

/** A random sample of a random class that is fit; undefined if no sample is. */
async function drawQuery(
  classes: readonly SampleClass[],
  draws: Draws,
  isFit: (sample: Sample) => Promise<boolean>,
): Promise<Sample | undefined> {
  if (classes.length === 0) return undefined;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const sample = pick(pick(classes, draws).samples, draws);
    if (await isFit(sample)) return sample;
  }
  for (const sample of shuffled(
    classes.flatMap(({ samples }) => samples),
    draws,
  ))
    if (await isFit(sample)) return sample;
  return undefined;
}
