import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { reasonOf } from '../files/read-file.ts';
import type { Foreground } from '../mask/binary-mask.ts';

/**
 * How a dataset's files lie:
 * - `'fss'`: FSS-1000's, `root/<class>/<stem>.jpg` beside `<stem>.png`;
 * - `'folder'`: `root/<class>/images/<stem>.jpg|png|webp` and `root/<class>/masks/<stem>.png`, or as FSS-1000's.
 */
export type Layout = 'fss' | 'folder';

/** A file that belongs to no sample, and why. */
export interface Stray {
  readonly kind: 'missing-mask' | 'missing-image' | 'stray';
  readonly file: string;
  readonly message: string;
}

/** A class folder's samples, and the files that are left over. */
export interface ScannedClass {
  readonly name: string;
  readonly folder: string;
  readonly samples: readonly Sample[];
  readonly strays: readonly Stray[];
}

export interface ScannedFolder {
  /** Sorted by name. */
  readonly classes: readonly ScannedClass[];
  readonly strays: readonly Stray[];
}

/** Looks through a dataset's folders; no picture is opened. @throws FormatError for a root that cannot be read, or has no class folders */
export async function scanFolder(root: string, layout: Layout): Promise<ScannedFolder> {
  const scanned = await scanClasses(root, layout);
  if (hasSamples(scanned)) return scanned;
  throw new FormatError('dataset', `${root} holds no class folders with photographs and masks; ${expected(layout)}${await nestedHint(root, layout)}`);
}

async function scanClasses(root: string, layout: Layout): Promise<ScannedFolder> {
  const { folders, files } = await list(root);
  const classes: ScannedClass[] = [];
  const strays = files.map((file) => stray(join(root, file)));
  for (const name of folders) {
    const scanned = await scanClass(join(root, name), name, layout);
    if (scanned === undefined) strays.push(stray(join(root, name), 'this folder holds no photographs, so it is no class'));
    else classes.push(scanned);
  }
  return { classes, strays };
}

function hasSamples({ classes }: ScannedFolder): boolean {
  return classes.some(({ samples }) => samples.length > 0);
}

function expected(layout: Layout): string {
  const fss = 'FSS-1000 has <class>/1.jpg beside <class>/1.png';
  return layout === 'fss' ? fss : `it should have <class>/images/NAME.jpg and <class>/masks/NAME.png; ${fss}, which will do too`;
}

/** Archives often unpack to a folder in a folder, and a class's folder is easily taken for the dataset's. */
async function nestedHint(root: string, layout: Layout): Promise<string> {
  const ofClass = await scanClass(root, '', layout);
  if (ofClass !== undefined && ofClass.samples.length > 0) return `. It is itself such a folder: ${dirname(resolve(root))} would be the dataset`;
  const { folders } = await list(root);
  for (const name of folders.slice(0, 3)) {
    if (hasSamples(await scanClasses(join(root, name), layout))) return `. ${join(root, name)} does: is that the one?`;
  }
  return '';
}

/** A class folder's content, or undefined for a folder without any photograph or mask. */
async function scanClass(folder: string, name: string, layout: Layout): Promise<ScannedClass | undefined> {
  const inside = await list(folder);
  const apart = layout === 'folder' && inside.folders.includes('images');
  const { samples, strays, pictures } = apart
    ? pair(await paths(join(folder, 'images')), await paths(join(folder, 'masks')), 'auto')
    : pairBeside(inside.files.map((file) => join(folder, file)), layout === 'fss' ? 'bright' : 'auto');
  if (pictures === 0) return undefined;
  const left = apart ? [...inside.files, ...inside.folders.filter((each) => each !== 'images' && each !== 'masks')] : inside.folders;
  return { name, folder, samples, strays: [...strays, ...left.map((each) => stray(join(folder, each)))] };
}

interface Pairs {
  readonly samples: readonly Sample[];
  readonly strays: readonly Stray[];
  /** Photographs and masks, paired or not. */
  readonly pictures: number;
}

/** Photographs and masks in one folder: the masks are the PNGs. */
function pairBeside(files: readonly string[], foreground: Foreground): Pairs {
  const isMask = (file: string): boolean => extension(file) === '.png';
  return pair(files.filter((file) => !isMask(file)), files.filter(isMask), foreground);
}

/** Of two photographs of one name the one with the earlier extension counts; FSS-1000 has such pairs. */
const imageExtensions = ['.jpg', '.jpeg', '.png', '.webp'];

function byExtension(a: string, b: string): number {
  return imageExtensions.indexOf(extension(a)) - imageExtensions.indexOf(extension(b));
}

/** Photographs and masks of the same name, extensions aside. */
function pair(imageFiles: readonly string[], maskFiles: readonly string[], foreground: Foreground): Pairs {
  const masks = new Map(maskFiles.filter((file) => extension(file) === '.png').map((file) => [stem(file), file]));
  const strays = maskFiles.filter((file) => extension(file) !== '.png').map((file) => stray(file, 'a mask has to be a PNG'));
  const images = new Map<string, string>();
  for (const file of imageFiles.toSorted(byExtension)) {
    const other = images.get(stem(file));
    if (!imageExtensions.includes(extension(file))) strays.push(stray(file));
    else if (other === undefined) images.set(stem(file), file);
    else strays.push(stray(file, `${basename(other)} has the same name, and is taken`));
  }
  const samples: Sample[] = [];
  for (const [name, image] of [...images].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mask = masks.get(name);
    if (mask === undefined) strays.push({ kind: 'missing-mask', file: image, message: `there is no mask ${name}.png for this photograph` });
    else samples.push({ image, mask, foreground });
  }
  for (const [name, mask] of masks) {
    if (!images.has(name)) strays.push({ kind: 'missing-image', file: mask, message: `there is no photograph ${name}.jpg for this mask` });
  }
  return { samples, strays, pictures: images.size + masks.size };
}

function stray(file: string, reason = 'this belongs to no sample'): Stray {
  return { kind: 'stray', file, message: reason };
}

function extension(file: string): string {
  return extname(file).toLowerCase();
}

function stem(file: string): string {
  return basename(file, extname(file));
}

/** A folder's files, by full path; none for a folder that is not there. */
async function paths(folder: string): Promise<string[]> {
  const { files } = await list(folder).catch(() => ({ files: [] }));
  return files.map((file) => join(folder, file));
}

/** A folder's content in the order of code units, the same on every machine; what the system hides is left out. */
async function list(folder: string): Promise<{ folders: string[]; files: string[] }> {
  const folders: string[] = [];
  const files: string[] = [];
  try {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (isHidden(entry.name)) continue;
      const names = (await isFolder(folder, entry)) ? folders : files;
      names.push(entry.name);
    }
  } catch (cause) {
    throw new FormatError('dataset', `${folder} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  return { folders: folders.sort(), files: files.sort() };
}

/** Whether a file or folder of this name is the system's, not the user's: names with a dot first, and what archives and viewers leave. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name === '__MACOSX' || name === 'Thumbs.db';
}

/** Datasets are often linked to where they lie; a link to nowhere counts as a file, and is reported when it is read. */
async function isFolder(folder: string, entry: Dirent): Promise<boolean> {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return stat(join(folder, entry.name)).then(
    (target) => target.isDirectory(),
    () => false,
  );
}
