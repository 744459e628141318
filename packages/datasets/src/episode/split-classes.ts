import { FormatError, ShapeError } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import { Draws } from '../generate/draws.ts';
import { withClasses, type Dataset } from './dataset.ts';
import { shuffled, streamKey } from './draw-samples.ts';
import { quotedName } from './quoted-name.ts';

/**
 * The dataset with only these classes, in the order of the names. Their ids stay.
 *
 * @throws FormatError that lists names that the dataset does not have, or that occur twice
 */
export function pickClasses(dataset: Dataset, names: readonly string[]): Dataset {
  // Some systems write an accent as a character of its own; both spellings are one name.
  const byName = new Map(dataset.classes.map((each) => [each.name.normalize('NFC'), each]));
  const asked = names.map((name) => name.normalize('NFC'));
  const unknown = asked.filter((name) => !byName.has(name));
  if (unknown.length > 0)
    throw new FormatError(
      'classes',
      `${dataset.name} has no class ${listed(unknown.map(quotedName))}; it has ${listed([...byName.keys()].map(quotedName))}`,
    );
  const twice = asked.filter((name, i) => asked.indexOf(name) !== i);
  if (twice.length > 0)
    throw new FormatError('classes', `a class may be named once; these are named twice: ${listed(twice)}`);
  return withClasses(
    dataset,
    asked.flatMap((name) => byName.get(name) ?? []),
  );
}

export interface SplitOptions {
  /** Shuffles the classes. Without a seed they are divided in their order. */
  readonly seed?: number;
}

/**
 * Divides the classes into parts of the given sizes. No class is in two parts; the remaining classes are in none.
 *
 * @throws ShapeError for counts that are not whole, or that add up to more classes than the dataset has
 *
 * @example const { train, heldOut } = splitClasses(dataset, { train: 48, heldOut: 12 }, { seed: 0 });
 */
export function splitClasses<Part extends string>(
  dataset: Dataset,
  counts: Readonly<Record<Part, number>>,
  { seed }: SplitOptions = {},
): Record<Part, Dataset> {
  const parts = Object.entries<number>(counts);
  const wrong = parts.find(([, count]) => !Number.isSafeInteger(count) || count < 0);
  if (wrong !== undefined)
    throw new ShapeError('splitClasses', `a part must have a whole number of classes; got ${wrong[1]} for ${wrong[0]}`);
  const asked = parts.reduce((sum, [, count]) => sum + count, 0);
  if (asked > dataset.classes.length) {
    throw new ShapeError(
      'splitClasses',
      `the parts need ${asked} classes; ${dataset.name} has ${dataset.classes.length}`,
    );
  }
  const order = seed === undefined ? dataset.classes : shuffled(dataset.classes, new Draws(streamKey(seed, 'split')));
  let dealt = 0;
  const split = parts.map(([part, count]) => {
    const classes = order.slice(dealt, dealt + count);
    dealt += count;
    return [part, { ...withClasses(dataset, classes), name: `${dataset.name}/${part}` }];
  });
  return Object.fromEntries(split) as Record<Part, Dataset>;
}
