import { checkOptions } from '@hypercorr/tensor/op';
import { basename, resolve } from 'node:path';
import { FormatError, ShapeError } from '@hypercorr/tensor';
import type { Dataset, Sample } from '../episode/dataset.ts';
import { pickClasses } from '../episode/split-classes.ts';
import { asMeant, type MeantMasks } from './as-meant.ts';
import { scanCocoJson, type CrowdReading } from './scan-coco-json.ts';
import { scanFolder } from './scan-folder.ts';
import { scanIndexed } from './scan-indexed.ts';
import { scanManifest } from './scan-manifest.ts';
import type { Layout, Part, ScannedFolder, Stray } from './scanned.ts';

export interface DatasetOptions extends MeantMasks {
  readonly layout: Layout;
  /** The folder that holds the class folders. For a manifest or a JSON: the file itself, or its folder. */
  readonly root: string;
  /** Of `'coco-json'` alone: what annotations of crowds are. `'void'` if absent. */
  readonly crowds?: CrowdReading | undefined;
  /** Only these classes, in this order. All classes if absent. */
  readonly classes?: readonly string[];
  /** Called after each mask that is read to find its classes, in the layout `'indexed'`. */
  readonly onScan?: ((done: number, of: number) => void) | undefined;
}

/** @internal The names of the options that every way of opening has. */
export const optionNames = {
  layout: true,
  root: true,
  crowds: true,
  foreground: true,
  overStored: true,
  onScan: true,
};

/**
 * Finds a dataset's samples. A class's id is its place among all classes of the root. Files that belong to no sample
 * are ignored; `checkDataset` lists them.
 *
 * @throws FormatError for a folder that cannot be read, has another layout or no sample that can be used, and for classes
 *   that do not exist
 */
export async function openDataset(options: DatasetOptions): Promise<Dataset> {
  checkOptions('openDataset', options, { ...optionNames, classes: true });
  const { root, classes } = options;
  const scanned = await scanDataset(options);
  checkUsable(scanned, root);
  return datasetOf(scanned, root, classes);
}

/** A dataset, and its parts if the layout divides it, as a manifest may. */
export interface DividedDataset {
  readonly all: Dataset;
  readonly parts?: Readonly<Record<Part, Dataset>>;
}

/**
 * Finds a dataset's samples, and the part that each belongs to. A part has those classes that it has samples of.
 *
 * @throws as `openDataset`
 */
export async function openParts(options: Omit<DatasetOptions, 'classes'>): Promise<DividedDataset> {
  checkOptions('openParts', options, optionNames);
  const { root } = options;
  const scanned = await scanDataset(options);
  checkUsable(scanned, root);
  const all = datasetOf(scanned, root, undefined);
  const { partOf } = scanned;
  if (partOf === undefined) return { all };
  const part = (name: Part): Dataset => {
    const classes = all.classes.map((each) => ({
      ...each,
      samples: each.samples.filter((sample) => partOf.get(sample) === name),
    }));
    return { ...all, name: `${all.name}/${name}`, classes: classes.filter(({ samples }) => samples.length > 0) };
  };
  return { all, parts: { train: part('train'), validation: part('validation'), test: part('test') } };
}

/** @throws FormatError, with the reason, for a scan without a sample */
function checkUsable({ classes, strays, nothing }: ScannedFolder, root: string): void {
  if (classes.some(({ samples }) => samples.length > 0)) return;
  const [first] = [...strays, ...classes.flatMap((each) => each.strays)].filter(({ kind }) => kind !== 'stray');
  const reason = nothing ?? (first === undefined ? 'no class has a photograph' : `the first fault: ${inWords(first)}`);
  throw new FormatError('dataset', `${root} holds nothing that can be used: ${reason}`);
}

function inWords({ file, message }: Stray): string {
  return message.startsWith(file) ? message : `${file}: ${message}`;
}

/** Scans a dataset without opening photographs. @throws as `openDataset`; ShapeError for crowds in another layout than `'coco-json'` */
export async function scanDataset(options: Omit<DatasetOptions, 'classes'>): Promise<ScannedFolder> {
  const { layout, crowds, foreground, overStored } = options;
  if (crowds !== undefined && layout !== 'coco-json')
    throw new ShapeError('openDataset', `crowds are an option of the layout coco-json; this one is ${layout}`);
  const scanned = await scan(options);
  if (foreground === undefined && overStored !== true) return scanned;
  const partOf = new Map<Sample, Part>();
  const meant = (sample: Sample): Sample => {
    const same = asMeant(sample, { foreground, overStored });
    const part = scanned.partOf?.get(sample);
    if (part !== undefined) partOf.set(same, part);
    return same;
  };
  const classes = scanned.classes.map((each) => ({ ...each, samples: each.samples.map(meant) }));
  return { ...scanned, classes, ...(scanned.partOf !== undefined && { partOf }) };
}

function scan({ root, layout, crowds, onScan }: Omit<DatasetOptions, 'classes'>): Promise<ScannedFolder> {
  switch (layout) {
    case 'fss':
    case 'folder':
      return scanFolder(root, layout);
    case 'indexed':
      return scanIndexed(root, onScan);
    case 'coco-json':
      return scanCocoJson(root, crowds);
    case 'manifest':
      return scanManifest(root);
  }
}

/** The dataset of a scan. */
export function datasetOf(scanned: ScannedFolder, root: string, names: readonly string[] | undefined): Dataset {
  // Some systems write an accent as a character of its own; both spellings are one name.
  const classes = scanned.classes.map(({ name, samples }, id) => ({ id, name: name.normalize('NFC'), samples }));
  const leftOut = [...scanned.strays, ...scanned.classes.flatMap(({ strays }) => strays)]
    .filter(({ kind }) => kind !== 'stray')
    .map(({ file, message, count }) => ({ file, message, ...(count !== undefined && { count }) }));
  const dataset = { name: basename(resolve(root)), root, classes, ...(leftOut.length > 0 && { leftOut }) };
  return names === undefined ? dataset : pickClasses(dataset, names);
}
