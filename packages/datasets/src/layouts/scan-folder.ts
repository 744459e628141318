import { basename, dirname, extname, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { listFolder } from '../files/list-folder.ts';
import type { Foreground } from '../mask/binary-mask.ts';
import { stray, type ScannedClass, type ScannedFolder, type Stray } from './scanned.ts';

/** Layouts whose classes are folders. */
type FolderLayout = 'fss' | 'folder';

/** Looks through a dataset's folders; no picture is opened. @throws FormatError for a root that cannot be read, or has no class folders */
export async function scanFolder(root: string, layout: FolderLayout): Promise<ScannedFolder> {
  const scanned = await scanClasses(root, layout);
  if (hasSamples(scanned)) return scanned;
  throw new FormatError('dataset', `${root} holds no class folders with photographs and masks; ${expected(layout)}${await nestedHint(root, layout)}`);
}

async function scanClasses(root: string, layout: FolderLayout): Promise<ScannedFolder> {
  const { folders, files } = await listFolder(root);
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

function expected(layout: FolderLayout): string {
  const fss = 'FSS-1000 has <class>/1.jpg beside <class>/1.png';
  return layout === 'fss' ? fss : `it should have <class>/images/NAME.jpg and <class>/masks/NAME.png; ${fss}, which will do too`;
}

/** Archives often unpack to a folder in a folder, and a class's folder is easily taken for the dataset's. */
async function nestedHint(root: string, layout: FolderLayout): Promise<string> {
  const ofClass = await scanClass(root, '', layout);
  if (ofClass !== undefined && ofClass.samples.length > 0) return `. It is itself such a folder: ${dirname(resolve(root))} would be the dataset`;
  const { folders } = await listFolder(root);
  for (const name of folders.slice(0, 3)) {
    if (hasSamples(await scanClasses(join(root, name), layout))) return `. ${join(root, name)} does: is that the one?`;
  }
  return '';
}

/** A class folder's content, or undefined for a folder without any photograph or mask. */
async function scanClass(folder: string, name: string, layout: FolderLayout): Promise<ScannedClass | undefined> {
  const inside = await listFolder(folder);
  const apart = layout === 'folder' && inside.folders.includes('images');
  const { samples, strays, pictures } = apart
    ? pairFiles(await paths(join(folder, 'images')), await paths(join(folder, 'masks')), 'auto')
    : pairBeside(inside.files.map((file) => join(folder, file)), layout === 'fss' ? 'bright' : 'auto');
  if (pictures === 0) return undefined;
  const left = apart ? [...inside.files, ...inside.folders.filter((each) => each !== 'images' && each !== 'masks')] : inside.folders;
  return { name, folder, samples, strays: [...strays, ...left.map((each) => stray(join(folder, each)))] };
}

export interface PairedFiles {
  readonly samples: readonly Sample[];
  readonly strays: readonly Stray[];
  /** Photographs and masks, paired or not. */
  readonly pictures: number;
}

/** Photographs and masks in one folder: the masks are the PNGs. */
function pairBeside(files: readonly string[], foreground: Foreground): PairedFiles {
  const isMask = (file: string): boolean => extension(file) === '.png';
  return pairFiles(files.filter((file) => !isMask(file)), files.filter(isMask), foreground);
}

/** Of two photographs of one name the one with the earlier extension counts; FSS-1000 has such pairs. */
const imageExtensions = ['.jpg', '.jpeg', '.png', '.webp'];

function byExtension(a: string, b: string): number {
  return imageExtensions.indexOf(extension(a)) - imageExtensions.indexOf(extension(b));
}

/** Photographs and masks of the same name, extensions aside. */
export function pairFiles(imageFiles: readonly string[], maskFiles: readonly string[], foreground: Foreground): PairedFiles {
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

function extension(file: string): string {
  return extname(file).toLowerCase();
}

function stem(file: string): string {
  return basename(file, extname(file));
}

/** A folder's files, by full path; none for a folder that is not there. */
export async function paths(folder: string): Promise<string[]> {
  const { files } = await listFolder(folder).catch(() => ({ files: [] }));
  return files.map((file) => join(folder, file));
}
