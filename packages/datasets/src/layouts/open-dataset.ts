import { basename, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Dataset } from '../episode/dataset.ts';
import { pickClasses } from '../episode/split-classes.ts';
import { readBytes } from '../files/read-file.ts';
import { decodeText, linesOf } from '../files/text.ts';
import { scanCocoJson } from './scan-coco-json.ts';
import { scanFolder } from './scan-folder.ts';
import { scanIndexed } from './scan-indexed.ts';
import { scanManifest } from './scan-manifest.ts';
import type { Layout, Part, ScannedFolder } from './scanned.ts';

export interface DatasetOptions {
  readonly layout: Layout;
  /** The folder that holds the class folders; of a manifest or a JSON the file itself, or its folder. */
  readonly root: string;
  /** These classes alone, in this order; all of them when absent. */
  readonly classes?: readonly string[];
}

/**
 * Finds a dataset's samples. A class's id is its place among all of the root's classes. Files that belong to no sample
 * are passed over; `checkDataset` lists them.
 *
 * @throws FormatError for a folder that cannot be read or is laid out otherwise, and for classes that are not there
 */
export async function openDataset({ layout, root, classes }: DatasetOptions): Promise<Dataset> {
  return datasetOf(await scanDataset(root, layout), root, classes);
}

/** A dataset, and its parts where the layout itself divides it, as a manifest may. */
export interface DividedDataset {
  readonly all: Dataset;
  readonly parts?: Readonly<Record<Part, Dataset>>;
}

/**
 * Finds a dataset's samples, and which part each belongs to. A part has the classes that it has samples of.
 *
 * @throws as `openDataset`
 */
export async function openParts({ layout, root }: Omit<DatasetOptions, 'classes'>): Promise<DividedDataset> {
  const scanned = await scanDataset(root, layout);
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

/** Looks through a dataset; no photograph is opened. @throws as `openDataset` */
export async function scanDataset(root: string, layout: Layout): Promise<ScannedFolder> {
  switch (layout) {
    case 'fss':
    case 'folder':
      return scanFolder(root, layout);
    case 'indexed':
      return scanIndexed(root);
    case 'coco-json':
      return scanCocoJson(root);
    case 'manifest':
      return scanManifest(root);
  }
}

/** The dataset that was looked through. */
export function datasetOf(scanned: ScannedFolder, root: string, names: readonly string[] | undefined): Dataset {
  const classes = scanned.classes.map(({ name, samples }, id) => ({ id, name, samples }));
  const dataset = { name: basename(resolve(root)), root, classes };
  return names === undefined ? dataset : pickClasses(dataset, names);
}

/**
 * A list of classes, one name a line; blank lines and what follows a # are passed over.
 *
 * @throws FormatError for a file that cannot be read, is no UTF-8, or holds no name
 */
export async function readClassList(path: string): Promise<string[]> {
  const lines = linesOf(decodeText(await readBytes(path, 'classes'), path, 'classes'));
  const names = lines.map(({ text }) => text.replace(/#.*/, '').trim()).filter((name) => name !== '');
  if (names.length === 0) throw new FormatError('classes', `${path} holds no class names; write one a line`);
  return names;
}
