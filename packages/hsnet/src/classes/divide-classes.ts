import { pickClasses, splitClasses, withClasses, type Dataset } from '@hypercorr/datasets';
import { ClassesError } from '../errors.ts';
import { counted } from '@hypercorr/train';

export const partNames = ['train', 'validation', 'test'] as const;
export type PartName = (typeof partNames)[number];

/**
 * Classes to train on, to choose the best epoch by, and to report on. No class is in two parts, with two exceptions:
 * PASCAL-5i and COCO-20i validate on their test classes, as published; and data of a single class is trained and validated
 * on different images of it. Only `test` may be empty.
 */
export type ClassSplit = Readonly<Record<PartName, Dataset>>;

/** A dataset, and its own division where it has one. */
export interface DividedData {
  readonly all: Dataset;
  readonly parts?: Partial<ClassSplit> | undefined;
}

/** Names of the classes for each part; a part that is absent takes what is left. */
export type NamedClasses = { readonly [Part in PartName]?: readonly string[] | undefined };

/** Shares of the parts that nobody names classes for: those of FSS-1000, 520, 240 and 240 classes. */
const shares: Readonly<Record<PartName, number>> = { train: 520, validation: 240, test: 240 };

/** One seed for all programs, so that no program tests on classes that another has trained on. */
const splitSeed = 0;

/**
 * Divides a dataset's classes. A part has the classes that are named for it; else its own classes, without those named for
 * another part; else its share of the rest. Where too few classes are left, the test part is empty. A single class to train
 * on shares its images with the validation.
 *
 * @throws ClassesError where no class is left to train on or to validate on, and for a class that is named twice;
 * FormatError for unknown names
 */
export function divideClasses(data: DividedData, named: NamedClasses = {}): ClassSplit {
  const { all } = data;
  checkNamedOnce(named);
  const given = {
    train: givenPart('train', data, named),
    validation: givenPart('validation', data, named),
    test: givenPart('test', data, named),
  };
  const open = partNames.filter((each) => given[each] === undefined);
  const taken = partNames.flatMap((each) => given[each]?.classes.map(({ name }) => name) ?? []);
  const rest = all.classes.map(({ name }) => name).filter((name) => !taken.includes(name));
  const dealt = splitClasses(pickClasses(all, rest), counts(rest.length, open.slice(0, rest.length)), {
    seed: splitSeed,
  });
  const of = (each: PartName): Dataset =>
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

function checkNamedOnce(named: NamedClasses): void {
  const names = partNames.flatMap((part) => named[part] ?? []);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined)
    throw new ClassesError('classes', `class ${twice} is named twice; a class is for one part, and named there once`);
}

/**
 * Divides the images of a single class: the last third, by their names, is for validation. Images with similar names often
 * show one scene, and stay together.
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

function noneLeft({ root, classes }: Dataset, part: PartName): ClassesError {
  return new ClassesError(
    'classes',
    `${root} has ${counted(classes.length, 'class')}, and none is left for ${part}; name classes for the parts`,
  );
}

function givenPart(each: PartName, { all, parts }: DividedData, named: NamedClasses): Dataset | undefined {
  const list = named[each];
  if (list !== undefined) return partOf(all, each, list);
  const own = parts?.[each];
  if (own === undefined || own.classes.length === 0) return undefined;
  const elsewhere = partNames.flatMap((part) => named[part] ?? []);
  const names = own.classes.map(({ name }) => name).filter((name) => !elsewhere.includes(name));
  if (names.length === 0) throw noneLeft(all, each);
  return { ...pickClasses(own, names), name: `${all.name}/${each}` };
}

/** Some classes of a dataset, as one of its parts. @throws FormatError for unknown names */
export function partOf(all: Dataset, part: PartName, classes: readonly string[]): Dataset {
  return { ...pickClasses(all, classes), name: `${all.name}/${part}` };
}

/** How many of `total` classes each open part gets: its share, and at least one. The first takes what rounding leaves. */
function counts(total: number, open: readonly PartName[]): Record<PartName, number> {
  const whole = open.reduce((sum, each) => sum + shares[each], 0);
  const dealt: Record<PartName, number> = { train: 0, validation: 0, test: 0 };
  for (const each of open.slice(1)) dealt[each] = Math.max(1, Math.round((total * shares[each]) / whole));
  const [first] = open;
  if (first !== undefined) dealt[first] = total - open.slice(1).reduce((sum, each) => sum + dealt[each], 0);
  return dealt;
}
