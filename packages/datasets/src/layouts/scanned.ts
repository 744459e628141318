import type { Sample } from '../episode/dataset.ts';

/**
 * Where a dataset's files are:
 * - `'fss'`: FSS-1000's layout, `root/<class>/<stem>.jpg` beside `<stem>.png`;
 * - `'folder'`: `root/<class>/images/<stem>.jpg|png|webp` and `root/<class>/masks/<stem>.png`, or FSS-1000's layout;
 * - `'indexed'`: `root/images/<stem>.jpg|png|webp`, `root/masks/<stem>.png` with a number for each class, and the names
 *   of the classes in `root/classes.json`;
 * - `'coco-json'`: photographs, and their objects in a JSON like COCO's instances (the root, or the only JSON in it);
 * - `'manifest'`: a line of JSON for each photograph and mask (the root, or its `manifest.jsonl`).
 */
export const layouts = ['fss', 'folder', 'indexed', 'coco-json', 'manifest'] as const;
export type Layout = (typeof layouts)[number];

/** The parts that a manifest can divide its photographs into. */
export type Part = 'train' | 'validation' | 'test';
export const parts: readonly Part[] = ['train', 'validation', 'test'];

/** A file or entry that belongs to no sample, and why. */
export interface Stray {
  readonly kind: 'missing-mask' | 'missing-image' | 'stray' | 'image' | 'mask' | 'classes' | 'annotation' | 'ignored';
  readonly file: string;
  readonly message: string;
  /** How many entries of the file this stands for. 1 if absent. */
  readonly count?: number;
}

export function stray(file: string, reason = 'this belongs to no sample'): Stray {
  return { kind: 'stray', file, message: reason };
}

/** A class's samples, and its stray files. */
export interface ScannedClass {
  readonly name: string;
  /** The class's folder, or the file that names the class. */
  readonly folder: string;
  readonly samples: readonly Sample[];
  readonly strays: readonly Stray[];
}

/** The result of scanning a dataset. */
export interface ScannedFolder {
  /** The classes in the order of their ids: by name, or by the numbers that the layout gives them. */
  readonly classes: readonly ScannedClass[];
  readonly strays: readonly Stray[];
  /** The part of each sample, for layouts that divide samples into parts. */
  readonly partOf?: ReadonlyMap<Sample, Part>;
  /** Why no sample could be found, if the layout knows. */
  readonly nothing?: string | undefined;
}
