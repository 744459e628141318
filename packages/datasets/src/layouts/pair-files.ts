import { basename, extname, join } from 'node:path';
import type { Sample } from '../episode/dataset.ts';
import { extension, imageExtensions, isImageName, isOtherPictureName } from '../files/image-names.ts';
import { spelling } from '../files/known-files.ts';
import { listFolder } from '../files/list-folder.ts';
import type { Foreground } from '../mask/binary-mask.ts';
import { stray, type Stray } from './scanned.ts';

export interface PairedFiles {
  readonly samples: readonly Sample[];
  readonly strays: readonly Stray[];
  /** Photographs and masks, paired or not. */
  readonly pictures: number;
}

/** Names of folders with photographs, and of folders with masks, in small letters; the usual ones first. */
const folderNames = {
  images: ['images', 'image', 'imgs', 'img', 'photos', 'jpegimages'],
  masks: ['masks', 'mask', 'labels', 'label', 'annotations', 'annotation', 'segmentations', 'segmentationclass', 'gt'],
} as const;

/** The folders of a class's photographs and masks. */
export interface ApartFolders {
  readonly images: string;
  readonly masks: string;
}

/** The names of the folders of photographs and masks among some; undefined where none is one of photographs. */
export function apartFolders(folders: readonly string[]): ApartFolders | undefined {
  const find = (names: readonly string[]): string | undefined =>
    names.flatMap((name) => folders.find((folder) => folder.toLowerCase() === name) ?? [])[0];
  const [images, masks] = [find(folderNames.images), find(folderNames.masks)];
  return images === undefined ? undefined : { images, masks: masks ?? 'masks' };
}

/** Pairs the files of two folders. @param inside their names, in `folder` */
export async function pairApart(folder: string, inside: ApartFolders): Promise<PairedFiles> {
  return pairFiles(await paths(join(folder, inside.images)), await paths(join(folder, inside.masks)), 'auto');
}

/**
 * Pairs photographs and masks in one folder. The masks are the PNGs; where photographs are PNGs too, those that say so:
 * `1-mask.png` beside `1.png`.
 *
 * @param options as for `pairFiles`
 */
export function pairBeside(files: readonly string[], foreground: Foreground, options: PairOptions = {}): PairedFiles {
  const isMask = options.exact === true ? isPng : masksAmong(files);
  return pairFiles(
    files.filter((file) => !isMask(file)),
    files.filter(isMask),
    foreground,
    options,
  );
}

function isPng(file: string): boolean {
  return extension(file) === '.png';
}

/** Tells masks from photographs in one folder: a PNG that a mask is named after is a photograph. */
function masksAmong(files: readonly string[]): (file: string) => boolean {
  const others = new Set(files.filter((file) => !isPng(file)).map(stem));
  const pngs = new Map(files.filter(isPng).map((file) => [spelling(stem(file)), file]));
  const photographs = new Set<string>();
  for (const file of pngs.values()) {
    for (const name of photographNames(file).slice(1)) {
      const photograph = pngs.get(spelling(name));
      if (photograph !== undefined && photograph !== file && !others.has(stem(photograph))) photographs.add(photograph);
    }
  }
  return (file) => isPng(file) && !photographs.has(file);
}

const maskWord = '(?:masks?|labels?|gt|seg|segmentation|annotation|matte|ground[-_ ]?truth)';
const maskAfter = new RegExp(`[-_. ]${maskWord}$`, 'i');
const maskBefore = new RegExp(`^${maskWord}[-_. ]`, 'i');

/**
 * What the photograph of a mask may be called, without its extension, the likeliest first: `1.png` belongs to `1.jpg`, and
 * so do `1.jpg.png` (Supervisely), `1_mask.png` and `mask_1.png`, the last one to `image_1.jpg` too.
 */
function photographNames(mask: string): readonly string[] {
  const name = stem(mask);
  const single = isImageName(name) ? stem(name) : name;
  const bare = single.replace(maskAfter, '').replace(maskBefore, '');
  const number = maskBefore.test(single) ? [`image_${bare}`, `img_${bare}`] : [];
  return [...new Set([name, single, bare, ...number])].filter((each) => each !== '');
}

function byExtension(a: string, b: string): number {
  return imageExtensions.indexOf(extension(a)) - imageExtensions.indexOf(extension(b));
}

export interface PairOptions {
  /** Whether names must be the same, as in FSS-1000. Otherwise capitals, and words that say "mask", are passed over. */
  readonly exact?: boolean;
}

/** Pairs photographs and masks by name, without extensions. */
export function pairFiles(
  imageFiles: readonly string[],
  maskFiles: readonly string[],
  foreground: Foreground,
  { exact = false }: PairOptions = {},
): PairedFiles {
  const otherMasks = new Map(maskFiles.filter((file) => !isPng(file)).map((file) => [stem(file), file]));
  const otherImages = new Map(imageFiles.filter((file) => !isImageName(file)).map((file) => [stem(file), file]));
  const strays: Stray[] = [];
  const images = new Map<string, string>();
  for (const file of imageFiles.filter(isImageName).sort(byExtension)) {
    const other = images.get(stem(file));
    if (other === undefined) images.set(stem(file), file);
    else strays.push(stray(file, `${basename(other)} has the same name and is used instead`));
  }
  const masks = masksByName(maskFiles.filter(isPng), new Set(images.keys()), exact);
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

/** Masks by the names of their photographs; by their own names where no photograph is there. */
function masksByName(
  files: readonly string[],
  photographs: ReadonlySet<string>,
  exact: boolean,
): ReadonlyMap<string, string> {
  const masks = new Map(files.map((file) => [stem(file), file]));
  if (exact) return masks;
  const bySpelling = new Map([...photographs].map((name) => [spelling(name), name]));
  const wanted = new Map<string, string[]>();
  for (const [own, file] of masks) {
    if (photographs.has(own)) continue;
    const name = photographNames(file)
      .map((each) => bySpelling.get(spelling(each)))
      .find((each) => each !== undefined && !masks.has(each));
    if (name !== undefined) wanted.set(name, [...(wanted.get(name) ?? []), own]);
  }
  // Of several masks that fit one photograph, none is taken: they may be of several objects.
  const photographOf = new Map([...wanted].flatMap(([name, owns]) => (owns.length === 1 ? [[owns[0], name]] : [])));
  return new Map([...masks].map(([own, file]) => [photographOf.get(own) ?? own, file]));
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
