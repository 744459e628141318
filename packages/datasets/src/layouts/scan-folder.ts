import { basename, dirname, extname, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { extension, imageExtensions, isImageName, isOtherPictureName } from '../files/image-names.ts';
import { listFolder } from '../files/list-folder.ts';
import type { Foreground } from '../mask/binary-mask.ts';
import { stray, type ScannedClass, type ScannedFolder, type Stray } from './scanned.ts';

/** Layouts with a folder for each class. */
type FolderLayout = 'fss' | 'folder';

/**
 * Scans a dataset's folders without opening pictures. @throws FormatError for a root that cannot be read, or has no
 * class folders
 */
export async function scanFolder(root: string, layout: FolderLayout): Promise<ScannedFolder> {
  const scanned = await scanClasses(root, layout);
  if (hasSamples(scanned)) return scanned;
  throw new FormatError(
    'dataset',
    `${root} holds no class folders with photographs and masks; ${expected(layout)}${await hint(root, layout, scanned)}`,
  );
}

async function scanClasses(root: string, layout: FolderLayout): Promise<ScannedFolder> {
  const { folders, files } = await listFolder(root);
  const classes: ScannedClass[] = [];
  const strays = files.map((file) => stray(join(root, file)));
  for (const name of folders) {
    const scanned = await scanClass(join(root, name), name, layout);
    if (scanned === undefined)
      strays.push(stray(join(root, name), 'this folder holds no photographs, so it is no class'));
    else classes.push(scanned);
  }
  return { classes, strays };
}

function hasSamples({ classes }: ScannedFolder): boolean {
  return classes.some(({ samples }) => samples.length > 0);
}

function expected(layout: FolderLayout): string {
  const fss = 'FSS-1000 has <class>/1.jpg beside <class>/1.png';
  return layout === 'fss'
    ? fss
    : `it should have <class>/images/NAME.jpg and <class>/masks/NAME.png; ${fss}, which works too`;
}

/**
 * Hints for a root without class folders: its photographs may be of an unreadable kind, an archive may have unpacked to
 * a folder in a folder, or the root may be a class's folder.
 */
async function hint(root: string, layout: FolderLayout, scanned: ScannedFolder): Promise<string> {
  const ofClass = await scanClass(root, '', layout);
  if (ofClass !== undefined && ofClass.samples.length > 0)
    return `. It looks like a class folder: the dataset may be ${dirname(resolve(root))}`;
  const { folders } = await listFolder(root);
  const unread = unreadPhotograph(scanned.classes.flatMap(({ strays }) => strays));
  if (unread !== '') return unread;
  for (const name of folders.slice(0, 3)) {
    if (hasSamples(await scanClasses(join(root, name), layout)))
      return `. ${join(root, name)} has them: is that the dataset?`;
  }
  return '';
}

/** A class folder's content; undefined for a folder without photographs and masks. */
async function scanClass(folder: string, name: string, layout: FolderLayout): Promise<ScannedClass | undefined> {
  const inside = await listFolder(folder);
  const apart = layout === 'folder' && inside.folders.includes('images');
  const { samples, strays, pictures } = apart
    ? pairFiles(await paths(join(folder, 'images')), await paths(join(folder, 'masks')), 'auto')
    : pairBeside(
        inside.files.map((file) => join(folder, file)),
        layout === 'fss' ? 'binary' : 'auto',
      );
  if (pictures === 0) return undefined;
  const left = apart
    ? [...inside.files, ...inside.folders.filter((each) => each !== 'images' && each !== 'masks')]
    : inside.folders;
  return { name, folder, samples, strays: [...strays, ...left.map((each) => stray(join(folder, each)))] };
}

export interface PairedFiles {
  readonly samples: readonly Sample[];
  readonly strays: readonly Stray[];
  /** Photographs and masks, paired or not. */
  readonly pictures: number;
}

/** Photographs and masks in one folder. The masks are the PNGs. */
function pairBeside(files: readonly string[], foreground: Foreground): PairedFiles {
  const isMask = (file: string): boolean => extension(file) === '.png';
  return pairFiles(
    files.filter((file) => !isMask(file)),
    files.filter(isMask),
    foreground,
  );
}

function byExtension(a: string, b: string): number {
  return imageExtensions.indexOf(extension(a)) - imageExtensions.indexOf(extension(b));
}

/** Pairs photographs and masks by name, without extensions. */
export function pairFiles(
  imageFiles: readonly string[],
  maskFiles: readonly string[],
  foreground: Foreground,
): PairedFiles {
  const isMask = (file: string): boolean => extension(file) === '.png';
  const masks = new Map(maskFiles.filter(isMask).map((file) => [stem(file), file]));
  const otherMasks = new Map(maskFiles.filter((file) => !isMask(file)).map((file) => [stem(file), file]));
  const otherImages = new Map(imageFiles.filter((file) => !isImageName(file)).map((file) => [stem(file), file]));
  const strays: Stray[] = [];
  const images = new Map<string, string>();
  for (const file of imageFiles.filter(isImageName).sort(byExtension)) {
    const other = images.get(stem(file));
    if (other === undefined) images.set(stem(file), file);
    else strays.push(stray(file, `${basename(other)} has the same name and is used instead`));
  }
  const samples: Sample[] = [];
  for (const [name, image] of [...images].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const mask = masks.get(name);
    if (mask === undefined)
      strays.push({
        kind: 'missing-mask',
        file: image,
        message: `there is no mask ${name}.png for this photograph${otherForm(name, otherMasks, 'a mask must be a PNG')}`,
      });
    else samples.push({ image, mask, foreground });
  }
  for (const [name, mask] of masks) {
    if (!images.has(name))
      strays.push({
        kind: 'missing-image',
        file: mask,
        message: `there is no photograph ${name}.jpg for this mask${otherForm(name, otherImages, photographRule)}`,
      });
  }
  for (const file of otherMasks.values()) strays.push(stray(file, 'a mask must be a PNG'));
  for (const file of otherImages.values())
    strays.push(isOtherPictureName(file) ? stray(file, photographRule) : stray(file));
  return { samples, strays, pictures: images.size + masks.size };
}

/** A hint for an error about data without samples: its photographs may be of an unreadable kind. */
export function unreadPhotograph(strays: readonly Stray[]): string {
  const found = strays.find(({ message }) => message.includes(photographRule));
  return found === undefined ? '' : `. ${found.file}: ${found.message}`;
}

const photographRule = 'a photograph must be a JPEG, PNG or WebP';

/** A hint for a file whose partner has the same name in another form. The partner is then not reported as stray. */
function otherForm(name: string, others: Map<string, string>, rule: string): string {
  const other = others.get(name);
  others.delete(name);
  return other === undefined ? '' : `; ${basename(other)} is there, and ${rule}`;
}

/**
 * A name without its extension. Some systems write an accent as a character of its own; both spellings are one name.
 */
function stem(file: string): string {
  return basename(file, extname(file)).normalize('NFC');
}

/** A folder's files by full path; none if the folder does not exist. */
export async function paths(folder: string): Promise<string[]> {
  const { files } = await listFolder(folder).catch(() => ({ files: [] }));
  return files.map((file) => join(folder, file));
}
