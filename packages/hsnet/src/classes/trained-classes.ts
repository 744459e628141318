import { isSameClass, withClasses, type Dataset, type SampleClass } from '@hypercorr/datasets';
import { listed } from '@hypercorr/tensor/op';
import { ClassesError } from '../errors.ts';
import type { TrainingDescription } from '../model-description.ts';

/** The names of classes that are in both sets. */
export function sharedClasses(a: Dataset, b: Dataset): string[] {
  return b.classes.filter(({ id }) => a.classes.some((other) => other.id === id)).map(({ name }) => name);
}

/** The classes that trained a model. */
export type ClassesOfTraining = Pick<TrainingDescription, 'classes' | 'composites'>;

/** The names of a dataset's classes that trained a model. PASCAL and COCO have different names for some of them. */
export function trainedClasses({ classes }: Dataset, training: ClassesOfTraining | undefined): readonly string[] {
  return training === undefined ? [] : classes.filter(isAmong(trainedBy(training))).map(({ name }) => name);
}

/** The classes of a training's photographs and of its cut-outs. */
function trainedBy({ classes, composites = [] }: ClassesOfTraining): readonly string[] {
  return [...classes, ...composites.flatMap((each) => each.classes)];
}

/** A dataset's classes that had no part in a training, neither for its steps nor for its choice of an epoch. */
export function unseenClasses(
  { classes }: Dataset,
  training: ClassesOfTraining & Pick<TrainingDescription, 'validationClasses'>,
): readonly SampleClass[] {
  const seen = isAmong([...trainedBy(training), ...training.validationClasses]);
  return classes.filter((each) => !seen(each));
}

function isAmong(names: readonly string[]): (cls: SampleClass) => boolean {
  return ({ name }) => names.some((each) => isSameClass(each, name));
}

/** What `withEnoughImages` keeps, and why it does not keep the others. */
export interface EnoughImages {
  readonly dataset: Dataset;
  /** A sentence that names the classes left out; undefined where none is. */
  readonly warning: string | undefined;
}

/**
 * Leaves out the classes with too few images for episodes of so many shots.
 *
 * @param options `repeated`: whether an episode may have a support twice; false when absent
 * @throws ClassesError where no class is left
 */
export function withEnoughImages(
  dataset: Dataset,
  shots: number,
  { repeated = false }: { readonly repeated?: boolean } = {},
): EnoughImages {
  const least = repeated ? 2 : shots + 1;
  const classes = dataset.classes.filter(({ samples }) => samples.length >= least);
  const small = dataset.classes
    .filter((each) => !classes.includes(each))
    .map(({ name, samples }) => `${name} (${samples.length})`);
  const need = `${shots}-shot episodes need ${least} images a class, one of them the query`;
  if (classes.length === 0) {
    if (small.length === 0) throw new ClassesError('classes', `${need}, and ${dataset.name} has no class with images`);
    const remedy = least > 2 ? 'ask for fewer shots, or add images' : 'add images';
    throw new ClassesError(
      'classes',
      `${need}, and every class of ${dataset.name} has fewer: ${listed(small)}; ${remedy}`,
    );
  }
  return {
    dataset: withClasses(dataset, classes),
    warning: small.length === 0 ? undefined : `${need}; left out of ${dataset.name}: ${listed(small)}`,
  };
}
