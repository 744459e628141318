import { basename, dirname, join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { cocoAnnotationsOf, type CocoAnnotations, type CocoImage } from '../coco/annotations.ts';
import { outlinesObject, type Region } from '../coco/drawn-mask.ts';
import type { Sample } from '../episode/dataset.ts';
import { imageSize } from '../files/decode-image.ts';
import { extension } from '../files/image-names.ts';
import { isFolder, listFolder } from '../files/list-folder.ts';
import { mapSeveral } from '../files/map-several.ts';
import { readBytes } from '../files/read-file.ts';
import { readJson } from '../files/read-json.ts';
import { shown } from '../files/text.ts';
import type { Size } from '../image/image.ts';
import { findPhotographs, readingsOf, type FoundPhotograph } from './find-photographs.ts';
import { stray, type ScannedFolder, type Stray } from './scanned.ts';

/** What annotations of crowds (`iscrowd`) are: void, as in COCO; or objects, as CVAT writes its brush masks. */
export const crowdReadings = ['void', 'objects'] as const;
export type CrowdReading = (typeof crowdReadings)[number];

/**
 * Scans annotations like COCO's instances. The mask of a class is the union of its own annotations, whatever objects of
 * other classes cover. `findPhotographs` says where photographs may lie. Entries that cannot be used are skipped and listed.
 *
 * @param root the JSON, or a folder with a single JSON in it, in its `annotations`, or in one of its folders. The parts of a
 *   Roboflow export, `train/_annotations.coco.json` and others, are read together
 * @throws FormatError for a folder with no JSON or several, and for annotations of another form
 */
export async function scanCocoJson(root: string, crowdsAre: CrowdReading = 'void'): Promise<ScannedFolder> {
  const files = await findJsons(root);
  const [first, ...others] = await Promise.all(files.map((file) => scanFile(file, crowdsAre)));
  if (first === undefined) throw new FormatError('dataset', `${root} has no JSON with annotations`);
  return others.length === 0 ? first : together(root, files, [first, ...others]);
}

/** The parts of one export. A class has the samples of all of them. */
function together(root: string, files: readonly string[], scans: readonly ScannedFolder[]): ScannedFolder {
  const byName = new Map<string, Sample[]>();
  for (const [i, { classes }] of scans.entries()) {
    const part = basename(dirname(files[i] ?? root));
    for (const { name, samples } of classes) {
      const all = byName.get(name) ?? [];
      byName.set(name, all);
      // Two parts may have photographs of one name.
      for (const sample of samples) all.push({ ...sample, name: `${part}/${sample.name ?? basename(sample.image)}` });
    }
  }
  const parts = files.map((file) => basename(dirname(file))).join(', ');
  const nothing = scans.flatMap((scan) => scan.nothing ?? []);
  return {
    classes: [...byName].map(([name, samples]) => ({ name, folder: root, samples, strays: [] })),
    strays: [
      stray(root, `its parts ${parts} are read together; give the JSON of one of them to read it alone`),
      ...scans.flatMap(({ strays }) => strays),
    ],
    ...(byName.size === 0 && nothing.length > 0 && { nothing: nothing.join('; ') }),
  };
}

async function scanFile(file: string, crowdsAre: CrowdReading): Promise<ScannedFolder> {
  const read = cocoAnnotationsOf(await readJson(file, 'annotations'), file);
  const images = read.images.filter(({ regions, unread }) => regions.length > 0 || unread.size > 0);
  const { found, folder, looked } = await findPhotographs(
    file,
    images.map((image) => image.file),
  );
  const strays: Stray[] = [...read.skipped];
  const there: { image: CocoImage; photograph: FoundPhotograph }[] = [];
  for (const { image, photograph } of onePerPhotograph(images, found)) {
    if (photograph !== undefined) there.push({ image, photograph });
    else
      strays.push({
        kind: 'missing-image',
        file: join(folder, readingsOf(image.file)[0] ?? image.id.toString()),
        message: `${basename(file)} names this photograph, and it is missing; looked in ${looked.join(', ')}`,
      });
  }
  const sized = await mapSeveral(there, async (each) => ({ ...each, size: await sizeOf(each, strays) }));
  const byIndex = read.categories.map(() => [] as Sample[]);
  for (const { image, photograph, size } of sized) {
    if (size === undefined) continue;
    const regions = image.regions.map((region): Region =>
      crowdsAre === 'objects' ? { index: region.index, outline: region.outline } : region,
    );
    const indices = new Set(regions.filter(outlinesObject).map(({ index }) => index));
    for (const only of indices) {
      // Its mask would call the object that cannot be read background.
      if (image.unread.has(only)) continue;
      const drawn = { ...size, regions, raster: 'coco', only } as const;
      byIndex[only - 1]?.push({
        name: photograph.name,
        image: photograph.path,
        mask: `${file}#${image.id}`,
        foreground: 1,
        drawn,
      });
    }
  }
  const classes = read.categories
    .map(({ name }, place) => ({ name, folder: file, samples: byIndex[place] ?? [], strays: [] }))
    .filter(({ samples }) => samples.length > 0);
  return {
    classes,
    // Where nothing is left, the error says it all.
    strays: [...strays, ...(classes.length > 0 ? remarks(read, file, crowdsAre) : [])],
    ...(classes.length === 0 && {
      nothing: whyNothing(read, { file, crowdsAre, missing: there.length === 0, looked }),
    }),
  };
}

/** Two entries of one photograph are one image: each alone would call the other's objects background. */
function onePerPhotograph(
  images: readonly CocoImage[],
  found: ReadonlyMap<string, FoundPhotograph | undefined>,
): readonly { readonly image: CocoImage; readonly photograph: FoundPhotograph | undefined }[] {
  interface Joined {
    readonly image: CocoImage;
    readonly photograph: FoundPhotograph | undefined;
    readonly regions: Region[];
    readonly unread: Set<number>;
  }
  const byPath = new Map<string, Joined>();
  for (const image of images) {
    const photograph = found.get(image.file);
    const place = photograph?.path ?? image.file;
    const joined = byPath.get(place) ?? { image, photograph, regions: [], unread: new Set() };
    byPath.set(place, joined);
    for (const region of image.regions) joined.regions.push(region);
    for (const index of image.unread) joined.unread.add(index);
  }
  return [...byPath.values()].map(({ image, photograph, regions, unread }) => ({
    image: { ...image, regions, unread },
    photograph,
  }));
}

/** The size that annotations give, or else the photograph's; undefined, and a stray, for one that cannot be read. */
async function sizeOf(
  { image, photograph: { path } }: { readonly image: CocoImage; readonly photograph: FoundPhotograph },
  strays: Stray[],
): Promise<Size | undefined> {
  if (image.size !== undefined) return image.size;
  try {
    return await imageSize(await readBytes(path, 'image'), path);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    strays.push({ kind: 'image', file: path, message: error.message.replace(`[${error.op}] `, '') });
    return undefined;
  }
}

const cvat = "CVAT writes brush masks so; to take them for objects, set crowds to 'objects' (--crowds objects)";

function remarks(
  { shared, annotations, crowds, withoutOutline }: CocoAnnotations,
  file: string,
  crowdsAre: CrowdReading,
): readonly Stray[] {
  const of = `of ${annotations} annotations`;
  return [
    ...shared.map(({ name, ids }) =>
      stray(file, `the categories ${ids.map(shown).join(' and ')} are both called ${shown(name)}; they are one class`),
    ),
    ...(crowds > 0 && crowdsAre === 'void'
      ? [ignored(file, crowds, `${crowds} ${of} are crowds, whose pixels are void; ${cvat}`)]
      : []),
    ...(withoutOutline > 0
      ? [
          ignored(
            file,
            withoutOutline,
            `${withoutOutline} ${of} outline nothing (boxes alone, or fewer than three corners) and are ignored`,
          ),
        ]
      : []),
  ];
}

function ignored(file: string, count: number, message: string): Stray {
  return { kind: 'ignored', file, message, count };
}

/** Why annotations have no object that can be used. */
function whyNothing(
  { annotations, crowds, withoutOutline, skipped }: CocoAnnotations,
  where: { file: string; crowdsAre: CrowdReading; missing: boolean; looked: readonly string[] },
): string {
  const { file, crowdsAre, missing, looked } = where;
  if (annotations === 0)
    return `${file} has no annotations; if it has the key "annotations" twice, the last one counts`;
  const of = `of ${annotations} annotations`;
  const [first] = skipped;
  const reasons = [
    ...(crowds > 0 && crowdsAre === 'void' ? [`${crowds} ${of} are crowds; ${cvat}`] : []),
    ...(withoutOutline > 0
      ? [`${withoutOutline} ${of} outline nothing: boxes alone, or fewer than three corners`]
      : []),
    ...(first === undefined
      ? []
      : [`${skipped.length} entries cannot be used; the first: ${first.file}: ${first.message}`]),
    ...(missing ? [`no photograph is there; looked in ${looked.join(', ')}`] : []),
  ];
  return `no object of ${file} can be used. ${reasons.join('. ')}`;
}

/** The name of the annotations in each part of a Roboflow export. */
const ofPart = '_annotations.coco.json';

async function findJsons(root: string): Promise<readonly string[]> {
  if (!(await isFolder(root))) return [root];
  for (const folder of [root, join(root, 'annotations')]) {
    const found = await jsonsIn(folder);
    if (found.length > 0) return [onlyOf(folder, found)];
  }
  const { folders } = await listFolder(root);
  const inside = await Promise.all(folders.map((name) => jsonsIn(join(root, name))));
  const found = inside.flat();
  if (found.length > 1 && found.every((file) => basename(file) === ofPart)) return found;
  if (found.length > 0) return [onlyOf(root, found)];
  throw new FormatError('dataset', `${root} and its folders have no JSON with annotations`);
}

async function jsonsIn(folder: string): Promise<readonly string[]> {
  if (!(await isFolder(folder))) return [];
  const { files } = await listFolder(folder);
  return files.filter((name) => extension(name) === '.json').map((name) => join(folder, name));
}

/** COCO's own folder has captions and keypoints beside the instances, which alone are outlines of every class. */
function onlyOf(folder: string, files: readonly string[]): string {
  const instances = files.filter((file) => /^instances/i.test(basename(file)));
  const [file, ...others] = instances.length > 0 ? instances : files;
  if (file !== undefined && others.length === 0) return file;
  const names = (instances.length > 0 ? instances : files).join(', ');
  throw new FormatError('dataset', `${folder} holds several JSON files, ${names}; give one of them`);
}
