import { pickClasses, splitClasses, withClasses, type Dataset } from '@hypercorr/datasets';
import { UsageError } from './cli/failure.ts';
import { counted } from './cli/words.ts';

export const partNames = ['train', 'validation', 'test'] as const;
export type Part = (typeof partNames)[number];

/**
 * Sets of classes to train on, to choose the best epoch by, and to report on. They are disjoint but for PASCAL-5i's and COCO-20i's last
 * two, and for the first two of data of one class; no image is in both of those. Only the last may be empty.
 */
export type ClassSplit = Readonly<Record<Part, Dataset>>;

/** A dataset, and its own division where it has one. */
export interface OpenedData {
  readonly all: Dataset;
  readonly parts?: Partial<ClassSplit> | undefined;
}

/** The classes that options name for each part. */
export type NamedClasses = Readonly<Record<Part, readonly string[] | undefined>>;

/** How classes that nothing else divides are dealt to the parts that have none: as FSS-1000's 520, 240, 240. */
const shares: Readonly<Record<Part, number>> = { train: 520, validation: 240, test: 240 };

/** The division is the same for every command and seed, so that no test class was another command's training class. */
const splitSeed = 0;

/**
 * Splits a dataset's classes: by the names given, else by its own parts without those names, else by shares. Where too few are
 * left, none is for testing; and a single class to train on shares its images with the validation.
 *
 * @throws UsageError where no class is left to train on, or for the validation of several; FormatError for unknown names
 */
export function divideClasses(opened: OpenedData, named: NamedClasses): ClassSplit {
  const { all } = opened;
  const given = {
    train: givenPart('train', opened, named),
    validation: givenPart('validation', opened, named),
    test: givenPart('test', opened, named),
  };
  const open = partNames.filter((each) => given[each] === undefined);
  const taken = partNames.flatMap((each) => given[each]?.classes.map(({ name }) => name) ?? []);
  const rest = all.classes.map(({ name }) => name).filter((name) => !taken.includes(name));
  const dealt = splitClasses(pickClasses(all, rest), counts(rest.length, open.slice(0, rest.length)), {
    seed: splitSeed,
  });
  const of = (each: Part): Dataset =>
    given[each] ??
    partOf(
      all,
      each,
      dealt[each].classes.map(({ name }) => name),
    );
  const split = { train: of('train'), validation: of('validation'), test: of('test') };
  const whole =
    split.train.classes.length === 1 && split.validation.classes.length === 0
      ? { ...split, ...divideImages(split.train, all) }
      : split;
  const missing = (['train', 'validation'] as const).find((each) => whole[each].classes.length === 0);
  if (missing !== undefined) throw noneLeft(all, missing);
  return whole;
}

/**
 * Of a single class there is none to spare: the last third of its images, by their names, is validated on. Images with names beside
 * each other are often of one scene, and are not torn apart so.
 */
function divideImages(train: Dataset, all: Dataset): Pick<ClassSplit, 'train' | 'validation'> {
  const divided = train.classes.map((each) => {
    const samples = each.samples.toSorted((a, b) => byName.compare(a.image, b.image));
    const last = Math.floor((2 * samples.length) / 3);
    return {
      train: { ...each, samples: samples.slice(0, last) },
      validation: { ...each, samples: samples.slice(last) },
    };
  });
  const some = (part: 'train' | 'validation') => ({
    ...withClasses(
      train,
      divided.map((each) => each[part]),
    ),
    name: `${all.name}/${part}`,
  });
  return { train: some('train'), validation: some('validation') };
}

/** 2 before 10: not everybody numbers with zeros. */
const byName = new Intl.Collator('en', { numeric: true });

/** The names of classes that are in both sets. */
export function sharedClasses(a: Dataset, b: Dataset): string[] {
  return b.classes.filter(({ id }) => a.classes.some((other) => other.id === id)).map(({ name }) => name);
}

function noneLeft({ root, classes }: Dataset, part: Part): UsageError {
  return new UsageError(
    `${root} has ${counted(classes.length, 'class')}, and none is left for ${part}; --train-classes, --val-classes and --test-classes name some`,
  );
}

function givenPart(each: Part, { all, parts }: OpenedData, named: NamedClasses): Dataset | undefined {
  const list = named[each];
  if (list !== undefined) return partOf(all, each, list);
  const own = parts?.[each];
  if (own === undefined || own.classes.length === 0) return undefined;
  const elsewhere = partNames.flatMap((part) => named[part] ?? []);
  const names = own.classes.map(({ name }) => name).filter((name) => !elsewhere.includes(name));
  if (names.length === 0) throw noneLeft(all, each);
  return { ...pickClasses(own, names), name: `${all.name}/${each}` };
}

/** Some classes of a dataset, for one use of it. */
export function partOf(all: Dataset, each: Part, classes: readonly string[]): Dataset {
  return { ...pickClasses(all, classes), name: `${all.name}/${each}` };
}

/** How many of `total` classes each open part gets: at least one, by the shares, the first taking what rounding leaves. */
function counts(total: number, open: readonly Part[]): Record<Part, number> {
  const whole = open.reduce((sum, each) => sum + shares[each], 0);
  const dealt: Record<Part, number> = { train: 0, validation: 0, test: 0 };
  for (const each of open.slice(1)) dealt[each] = Math.max(1, Math.round((total * shares[each]) / whole));
  const [first] = open;
  if (first !== undefined) dealt[first] = total - open.slice(1).reduce((sum, each) => sum + dealt[each], 0);
  return dealt;
}
