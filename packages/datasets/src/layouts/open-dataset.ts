import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Dataset } from '../episode/dataset.ts';
import { pickClasses } from '../episode/split-classes.ts';
import { reasonOf } from '../files/read-file.ts';
import { scanFolder, type Layout, type ScannedFolder } from './scan-folder.ts';

export interface DatasetOptions {
  readonly layout: Layout;
  /** The folder that holds the class folders. */
  readonly root: string;
  /** These classes alone, in this order; all of them, sorted by name, when absent. */
  readonly classes?: readonly string[];
}

/**
 * Finds a dataset's samples. A class's id is its place among all of the root's classes, sorted by name. Files that
 * belong to no sample are passed over; `checkDataset` lists them.
 *
 * @throws FormatError for a folder that cannot be read or is laid out otherwise, and for classes that are not there
 */
export async function openDataset({ layout, root, classes }: DatasetOptions): Promise<Dataset> {
  return datasetOf(await scanFolder(root, layout), root, classes);
}

/** The dataset of a folder that was looked through. */
export function datasetOf(scanned: ScannedFolder, root: string, names: readonly string[] | undefined): Dataset {
  const classes = scanned.classes.map(({ name, samples }, id) => ({ id, name, samples }));
  const dataset = { name: basename(resolve(root)), root, classes };
  return names === undefined ? dataset : pickClasses(dataset, names);
}

/**
 * A list of classes, one name a line; blank lines and what follows a # are passed over.
 *
 * @throws FormatError for a file that cannot be read, or holds no name
 */
export async function readClassList(path: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new FormatError('classes', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  const names = text.split(/\r?\n/).map((line) => line.replace(/#.*/, '').trim()).filter((name) => name !== '');
  if (names.length === 0) throw new FormatError('classes', `${path} holds no class names; write one a line`);
  return names;
}
