import { ShapeError } from '@hypercorr/tensor';
import type { SampleClass } from '../episode/dataset.ts';
import type { Size } from '../image/image.ts';
import { datasetOf, type DatasetOptions } from '../layouts/open-dataset.ts';
import { scanFolder } from '../layouts/scan-folder.ts';
import type { MaskEncoding } from '../mask/decode-mask.ts';
import { checkSample, type CheckedSample } from './check-sample.ts';
import type { Fault } from './fault.ts';

export type { Fault, FaultKind } from './fault.ts';

export interface CheckOptions extends DatasetOptions {
  /** A class needs one image more than this; 1 when absent. */
  readonly shots?: number;
  /** Called after each sample. */
  readonly onProgress?: (done: number, of: number) => void;
}

export interface ClassCensus {
  readonly id: number;
  readonly name: string;
  /** Photographs with masks. */
  readonly images: number;
  /** Those of them that can be used. */
  readonly usable: number;
  /** Mean part of the pixels that is the object, from 0 to 1; absent where no mask could be read. */
  readonly foreground?: number;
}

/** What a dataset holds, and everything that is wrong with it. */
export interface Census {
  readonly name: string;
  readonly images: number;
  readonly classes: readonly ClassCensus[];
  /** How many masks are of which encoding. */
  readonly encodings: Readonly<Partial<Record<MaskEncoding, number>>>;
  /** The smallest and the largest photograph, by pixels; absent where none could be read. */
  readonly sizes?: { readonly smallest: Size; readonly largest: Size };
  readonly faults: readonly Fault[];
}

/** Files read at a time: decoding runs beside this thread. */
const atOnce = 4;

/**
 * Reads every file of a dataset and reports all faults at once: missing halves of pairs, files that belong to nothing,
 * pictures that cannot be read, sizes that differ, empty and full masks, masks of several classes, classes with too
 * few images, and what is used though it may not be as meant (EXIF orientation, greyscale, CMYK, transparency).
 *
 * @throws FormatError for a folder that cannot be read or is laid out otherwise, and for classes that are not there
 */
export async function checkDataset({ layout, root, classes, shots = 1, onProgress }: CheckOptions): Promise<Census> {
  if (!Number.isSafeInteger(shots) || shots < 1) throw new ShapeError('checkDataset', `shots are a whole number from 1; got ${shots}`);
  const scanned = await scanFolder(root, layout);
  const dataset = datasetOf(scanned, root, classes);
  const samples = dataset.classes.flatMap(({ samples }) => samples);
  const checked = await mapSeveral(samples, checkSample, (done) => onProgress?.(done, samples.length));
  const bySample = new Map(samples.map((sample, i) => [sample, checked[i]]));

  const faults: Fault[] = classes === undefined ? scanned.strays.map(asFault) : [];
  const counted = dataset.classes.map((each) => {
    const ofClass = each.samples.flatMap((sample) => bySample.get(sample) ?? []);
    faults.push(...(scanned.classes[each.id]?.strays ?? []).map(asFault), ...ofClass.flatMap((sample) => sample.faults));
    const census = countClass(each, ofClass);
    const folder = scanned.classes[each.id]?.folder ?? each.name;
    if (census.usable <= shots) faults.push(fewImages(folder, census, shots));
    return census;
  });
  const sizes = sizesOf(checked);
  return { name: dataset.name, images: samples.length, classes: counted, encodings: encodingsOf(checked), ...(sizes && { sizes }), faults };
}

function countClass({ id, name, samples }: SampleClass, checked: readonly CheckedSample[]): ClassCensus {
  const usable = checked.filter(({ faults }) => faults.every(({ severity }) => severity === 'warning')).length;
  const parts = checked.flatMap(({ foreground }) => foreground ?? []);
  const foreground = parts.reduce((sum, part) => sum + part, 0) / parts.length;
  return { id, name, images: samples.length, usable, ...(parts.length > 0 && { foreground }) };
}

function fewImages(folder: string, { usable }: ClassCensus, shots: number): Fault {
  const message = `${usable} usable images, and ${shots} ${shots === 1 ? 'shot needs' : 'shots need'} ${shots + 1}, one of them the query`;
  return { severity: 'error', kind: 'few-images', file: folder, message };
}

function asFault({ kind, file, message }: { kind: Fault['kind']; file: string; message: string }): Fault {
  return { severity: kind === 'stray' ? 'warning' : 'error', kind, file, message };
}

function encodingsOf(checked: readonly CheckedSample[]): Partial<Record<MaskEncoding, number>> {
  const counts: Partial<Record<MaskEncoding, number>> = {};
  for (const { encoding } of checked) if (encoding !== undefined) counts[encoding] = (counts[encoding] ?? 0) + 1;
  return counts;
}

function sizesOf(checked: readonly CheckedSample[]): Census['sizes'] {
  const pixels = ({ width, height }: Size): number => width * height;
  const sizes = checked.flatMap(({ size }) => size ?? []).sort((a, b) => pixels(a) - pixels(b));
  const [smallest] = sizes;
  const largest = sizes.at(-1);
  return smallest && largest && { smallest, largest };
}

/** Maps a list, a few at a time; results in the list's order. */
async function mapSeveral<T, R>(list: readonly T[], each: (item: T) => Promise<R>, onDone: (done: number) => void): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let done = 0;
  const lane = async (): Promise<void> => {
    for (let i = next; i < list.length; i = next) {
      next += 1;
      const item = list[i];
      if (item === undefined) continue;
      results[i] = await each(item);
      done += 1;
      onDone(done);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return results;
}
