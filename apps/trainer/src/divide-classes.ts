import { pickClasses, splitClasses, type Dataset } from '@hypercorr/datasets';
import { UsageError } from './failure.ts';

export const partNames = ['train', 'validation', 'test'] as const;
export type Part = (typeof partNames)[number];

/** Sets of classes to train on, to choose the best epoch by, and to report on. They are disjoint but for PASCAL-5i's and COCO-20i's last two. */
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
 * Splits a dataset's classes: by the names given, else by its own parts without those names, else by shares.
 *
 * @throws UsageError where a part is left without classes; FormatError for unknown names
 */
export function divideClasses(opened: OpenedData, named: NamedClasses): ClassSplit {
  const { all } = opened;
  const given = { train: givenPart('train', opened, named), validation: givenPart('validation', opened, named), test: givenPart('test', opened, named) };
  const open = partNames.filter((each) => given[each] === undefined);
  const taken = partNames.flatMap((each) => given[each]?.classes.map(({ name }) => name) ?? []);
  const rest = all.classes.map(({ name }) => name).filter((name) => !taken.includes(name));
  if (rest.length < open.length) {
    throw new UsageError(`${all.root} has ${all.classes.length} classes; ${rest.length} are too few for ${open.join(', ')}; --train-classes, --val-classes and --test-classes name some`);
  }
  const dealt = splitClasses(pickClasses(all, rest), counts(rest.length, open), { seed: splitSeed });
  const of = (each: Part): Dataset => given[each] ?? partOf(all, each, dealt[each].classes.map(({ name }) => name));
  return { train: of('train'), validation: of('validation'), test: of('test') };
}

function givenPart(each: Part, { all, parts }: OpenedData, named: NamedClasses): Dataset | undefined {
  const list = named[each];
  if (list !== undefined) return partOf(all, each, list);
  const own = parts?.[each];
  if (own === undefined || own.classes.length === 0) return undefined;
  const elsewhere = partNames.flatMap((part) => named[part] ?? []);
  const names = own.classes.map(({ name }) => name).filter((name) => !elsewhere.includes(name));
  if (names.length === 0) throw new UsageError(`${all.root} has ${all.classes.length} classes, and none is left for ${each}`);
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
