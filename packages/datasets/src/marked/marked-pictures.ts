import { basename, extname, join, resolve } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import { findCutOuts, type CutOut } from '../composites/cut-outs.ts';
import { decodeImage, decodeWithAlpha, withoutAlpha } from '../files/decode-image.ts';
import { isImageName } from '../files/image-names.ts';
import { listFolder } from '../files/list-folder.ts';
import { spelling } from '../files/known-files.ts';
import { readBytes } from '../files/read-file.ts';
import { readJson } from '../files/read-json.ts';
import { maskAt, readFiles } from '../files/read-sample.ts';
import { isObject } from '../files/text.ts';
import type { Mask, RgbImage } from '../image/image.ts';
import { scanCocoJson, type CrowdReading } from '../layouts/scan-coco-json.ts';
import { readingsOf } from '../layouts/find-photographs.ts';
import { asMeant, type MeantMasks } from '../layouts/as-meant.ts';
import { applyMeaning, maskMeaning } from '../mask/binary-mask.ts';
import { isLabelMe, parseLabelMe, type LabelMeFile } from './labelme.ts';

/** A picture in which somebody marked an object, or said that there is none. */
export interface MarkedPicture {
  readonly image: RgbImage;
  /** 0 background, 1 object, 255 void. */
  readonly mask: Mask;
  /** Its file. */
  readonly name: string;
  /** Why the meaning of the mask's values is a guess, in words; undefined where nothing is doubtful. */
  readonly doubt: string | undefined;
}

/**
 * Finds the marked pictures in a folder. What it may hold:
 * - `NAME.jpg` beside a mask `NAME.png`, or `images/NAME.jpg` and `masks/NAME.png`;
 * - PNGs and WebPs with alpha: what is not transparent is the object;
 * - LabelMe's `NAME.json` beside the photographs;
 * - one JSON of COCO's annotations, in the folder or in its `annotations`, and the photographs that it names.
 *
 * @param label the object to take, where outlines have labels; it may be left out if all have the same
 * @param options `crowds`: what annotations of crowds are in COCO's annotations; `'void'` if absent
 * @throws FormatError for a folder that cannot be read or holds nothing of these, for a label that nothing has, and for
 * labels of several kinds without a choice
 */
export async function findMarkedPictures(
  root: string,
  label?: string,
  { crowds }: { readonly crowds?: CrowdReading | undefined } = {},
): Promise<readonly CutOut[]> {
  const { files, folders } = await listFolder(root);
  const jsons = files.filter((file) => extname(file).toLowerCase() === '.json').map((file) => join(root, file));
  const read = await Promise.all(jsons.map(async (file) => ({ file, json: await readJson(file, 'annotations') })));
  const labelled = read.filter(({ json }) => isLabelMe(json));
  if (labelled.length > 0) return ofLabelMe(root, files, labelled, label);
  const coco = read.filter(({ json }) => isObject(json) && Array.isArray(json['annotations']));
  if (coco.length > 1)
    throw new FormatError(
      'marked pictures',
      `${root} holds several JSON files of annotations, ${coco.map(({ file }) => basename(file)).join(', ')}; leave one of them`,
    );
  const [file = root] = coco.map((each) => each.file);
  if (coco.length === 1 || folders.includes('annotations')) return ofCoco(file, label, crowds);
  if (label !== undefined)
    throw new FormatError('marked pictures', `${root} has no outlines with labels; leave the label out`);
  return findCutOuts(root);
}

/**
 * Reads a marked picture. One of more than 2²⁵ pixels is reduced while it is decoded, and its mask with it. A mask that marks nothing is an answer here: the picture does not show the object.
 *
 * @throws FormatError that names the file: for one that cannot be read, and for a mask of another size
 */
export async function readMarkedPicture(file: CutOut, meant: MeantMasks = {}): Promise<MarkedPicture> {
  const { image: path, mask } = file;
  if (mask === undefined) {
    const bytes = await readBytes(path, 'image');
    const { width, height, data } = await decodeWithAlpha(bytes, path);
    if (!data.some((value, i) => i % 4 === 3 && value <= 127)) throw withoutAlpha(path);
    const marked = Uint8Array.from({ length: width * height }, (_, i) => Number((data[4 * i + 3] ?? 0) > 127));
    return {
      image: await decodeImage(bytes, path),
      mask: { width, height, data: marked },
      name: path,
      doubt: undefined,
    };
  }
  const sample = asMeant({ ...file, mask }, meant);
  const { image, decoded } = await readFiles(sample, { reduce: true });
  const meaning = maskMeaning(decoded, mask, sample.foreground);
  return { image, mask: maskAt(image, applyMeaning(decoded, meaning)), name: path, doubt: meaning.doubt };
}

/**
 * A picture that is outlined in a JSON: one of LabelMe's, or COCO's annotations of several pictures.
 *
 * @param label the object to take, where outlines have labels; it may be left out if all have the same
 * @throws FormatError for another JSON, for annotations that do not name the picture, and as `findMarkedPictures`
 */
export async function outlinedPicture(image: string, file: string, label?: string): Promise<CutOut> {
  const json = await readJson(file, 'annotations');
  if (isLabelMe(json)) {
    const parsed = parseLabelMe(json, file);
    return drawnOver(image, file, parsed, chosenLabel(file, new Set(parsed.shapes.map((shape) => shape.label)), label));
  }
  if (!isObject(json) || !Array.isArray(json['annotations']))
    throw new FormatError('marked pictures', `${file} is no JSON of LabelMe's, and none of COCO's annotations`);
  const outlined = (await ofCoco(file, label, undefined)).find((each) => resolve(each.image) === resolve(image));
  if (outlined === undefined)
    throw new FormatError(
      'marked pictures',
      `${file} outlines nothing${label === undefined ? '' : ` called ${label}`} in ${image}`,
    );
  return outlined;
}

interface NamedJson {
  readonly file: string;
  readonly json: unknown;
}

function ofLabelMe(
  root: string,
  files: readonly string[],
  jsons: readonly NamedJson[],
  label: string | undefined,
): readonly CutOut[] {
  const parsed = jsons.map(({ file, json }) => ({ file, ...parseLabelMe(json, file) }));
  const chosen = chosenLabel(root, new Set(parsed.flatMap(({ shapes }) => shapes.map((shape) => shape.label))), label);
  return parsed.map((each) => {
    const { file, image } = each;
    // Photographs are renamed; the JSON then has the new name, and in it the old one. Other systems' paths have backslashes.
    const stem = spelling(basename(file, extname(file)));
    const wanted = readingsOf(image);
    const photograph =
      files.find((name) => isImageName(name) && spelling(basename(name, extname(name))) === stem) ??
      files.find((name) => wanted.some((each) => spelling(each) === spelling(name)));
    if (photograph === undefined)
      throw new FormatError(
        'labelme',
        `${file}: its photograph ${wanted.at(-1) ?? image} is not in ${root}; put it there`,
      );
    return drawnOver(join(root, photograph), file, each, chosen);
  });
}

/** A picture with the outlines of one label. */
function drawnOver(image: string, file: string, { width, height, shapes }: LabelMeFile, label: string): CutOut {
  const regions = shapes
    .filter((shape) => shape.label === label)
    .map(({ outline }) => ({ index: 1, outline }) as const);
  return { image, mask: file, foreground: 1, drawn: { width, height, regions, raster: 'coco' } };
}

async function ofCoco(
  file: string,
  label: string | undefined,
  crowds: CrowdReading | undefined,
): Promise<readonly CutOut[]> {
  const { classes, nothing } = await scanCocoJson(file, crowds);
  if (nothing !== undefined) throw new FormatError('marked pictures', nothing);
  const chosen = chosenLabel(file, new Set(classes.map(({ name }) => name)), label);
  return classes.find(({ name }) => name === chosen)?.samples ?? [];
}

/** @throws FormatError for a label that is not there, or several without a choice */
function chosenLabel(where: string, labels: ReadonlySet<string>, asked: string | undefined): string {
  const label = asked?.normalize('NFC');
  const [first] = labels;
  const list = [...labels].toSorted().join(', ');
  if (first === undefined) throw new FormatError('marked pictures', `${where} outlines nothing`);
  if (label === undefined && labels.size > 1)
    throw new FormatError(
      'marked pictures',
      `${where} outlines several kinds of objects (${list}); choose one of them`,
    );
  if (label !== undefined && !labels.has(label))
    throw new FormatError('marked pictures', `${where} outlines nothing called ${label}; it has ${list}`);
  return label ?? first;
}
