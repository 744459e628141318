import { dirname, join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { KnownFiles } from '../files/known-files.ts';
import { cocoAnnotationsOf } from '../coco/annotations.ts';
import type { Sample } from '../episode/dataset.ts';
import { isFolder, listFolder } from '../files/list-folder.ts';
import { readJson } from '../files/read-json.ts';
import { stray, type ScannedFolder, type Stray } from './scanned.ts';

/**
 * Scans annotations like COCO's instances. Photographs lie beside the JSON, in `images` beside it, in the folder above,
 * or in that folder's `images`: wherever most of them are.
 *
 * @param root the JSON, or a folder with a single JSON in it or in its `annotations`
 * @throws FormatError for a folder with no JSON or several, and for annotations that cannot be understood
 */
export async function scanCocoJson(root: string): Promise<ScannedFolder> {
  const file = await findJson(root);
  const { categories, images, crowds, withoutOutline } = cocoAnnotationsOf(await readJson(file, 'annotations'), file);
  const known = new KnownFiles();
  const above = dirname(file);
  const bases = [above, join(above, 'images'), dirname(above), join(dirname(above), 'images')];
  const isIn = (base: string): Promise<boolean[]> =>
    Promise.all(images.map(({ file: name }) => known.has(join(base, name))));
  const found = await Promise.all(bases.map(async (base) => (await isIn(base)).filter(Boolean).length));
  const base = bases[found.indexOf(Math.max(...found))] ?? above;

  const byIndex = categories.map(() => [] as Sample[]);
  const strays: Stray[] = [];
  for (const { id, file: name, width, height, regions } of images) {
    const image = join(base, name);
    if (regions.length === 0) continue;
    if (!(await known.has(image))) {
      strays.push({
        kind: 'missing-image',
        file: image,
        message: `this photograph is missing, and ${file} has objects in it`,
      });
      continue;
    }
    const drawn = { width, height, regions, raster: 'coco' } as const;
    for (const index of new Set(regions.map((region) => region.index)))
      byIndex[index - 1]?.push({ name, image, mask: `${file}#${id}`, foreground: index, drawn });
  }
  if (crowds > 0) strays.push(stray(file, `${crowds} annotations of crowds are ignored`));
  if (withoutOutline > 0) strays.push(stray(file, `${withoutOutline} annotations outline nothing and are ignored`));
  const classes = categories.map(({ name }, place) => ({
    name,
    folder: file,
    samples: byIndex[place] ?? [],
    strays: [],
  }));
  return { classes: classes.filter(({ samples }) => samples.length > 0), strays };
}

async function findJson(root: string): Promise<string> {
  if (!(await isFolder(root))) return root;
  for (const folder of [root, join(root, 'annotations')]) {
    if (!(await isFolder(folder))) continue;
    const { files } = await listFolder(folder);
    const [file, ...others] = files.filter((name) => name.endsWith('.json'));
    if (file === undefined) continue;
    if (others.length === 0) return join(folder, file);
    throw new FormatError(
      'dataset',
      `${folder} holds several JSON files, ${[file, ...others].join(', ')}; give one of them`,
    );
  }
  throw new FormatError('dataset', `${root} and its folder annotations have no JSON with annotations`);
}
