import { checkOptions } from '@hypercorr/tensor/op';
import { ShapeError } from '@hypercorr/tensor';
import type { Dataset, SampleClass } from '../episode/dataset.ts';
import { mapSeveral } from '../files/map-several.ts';
import type { Size } from '../image/image.ts';
import { datasetOf, optionNames, scanDataset, type DatasetOptions } from '../layouts/open-dataset.ts';
import type { ScannedFolder } from '../layouts/scanned.ts';
import type { MaskEncoding } from '../mask/decode-mask.ts';
import { checkSample, type CheckedSample } from './check-sample.ts';
import type { Fault } from './fault.ts';

export type { Fault, FaultKind } from './fault.ts';

export interface CheckOptions extends DatasetOptions {
  /** A class needs one image more than this. 1 if absent. */
  readonly shots?: number;
  /** Called after each sample. */
  readonly onProgress?: (done: number, of: number) => void;
}

export interface ClassCensus {
  readonly id: number;
  readonly name: string;
  /** Photographs with masks. */
  readonly images: number;
  /** How many of them can be used. */
  readonly usable: number;
  /** The mean share of pixels that belong to the object, from 0 to 1; absent if no mask could be read. */
  readonly foreground?: number;
}

/** A dataset's content, and everything that is wrong with it. */
export interface Census {
  readonly name: string;
  /** How many photographs there are. A photograph of two classes counts once here, and once in each class. */
  readonly images: number;
  readonly classes: readonly ClassCensus[];
  /** How many masks use which encoding. */
  readonly encodings: Readonly<Partial<Record<MaskEncoding, number>>>;
  /** The smallest and the largest photograph, by pixels; absent if none could be read. */
  readonly sizes?: { readonly smallest: Size; readonly largest: Size };
  readonly faults: readonly Fault[];
}

/**
 * Reads every file of a dataset and reports all faults at once: photographs without masks and masks without
 * photographs, stray files, pictures that cannot be read, sizes that differ, empty and full masks, masks of several
 * classes, and classes with too few images. It warns of files that are usable but may not be as meant (EXIF
 * orientation, greyscale, CMYK, transparency).
 *
 * @throws FormatError for a folder that cannot be read or has another layout, and for classes that do not exist
 */
export async function checkDataset(options: CheckOptions): Promise<Census> {
  checkOptions('checkDataset', options, { ...optionNames, classes: true, shots: true, onProgress: true });
  const { root, classes, shots = 1, onProgress } = options;
  checkShots(shots);
  const scanned = await scanDataset(options);
  const checked = await checkFiles(
    datasetOf(scanned, root, classes),
    shots,
    onProgress,
    ({ id, name }) => scanned.classes[id]?.folder ?? name,
  );
  const strays = (id: number): readonly Fault[] => (scanned.classes[id]?.strays ?? []).map(asFault);
  return {
    ...checked.census,
    faults: [
      ...nothingUsable(scanned, root),
      ...(classes === undefined ? scanned.strays.map(asFault) : []),
      ...checked.faults.flatMap(({ id, faults }) => [...strays(id), ...faults]),
    ],
  };
}

/** An error for data without samples, whose faults may all be warnings. */
function nothingUsable({ classes, nothing }: ScannedFolder, root: string): readonly Fault[] {
  if (classes.some(({ samples }) => samples.length > 0)) return [];
  return [{ severity: 'error', kind: 'nothing', file: root, message: nothing ?? 'nothing in it can be used' }];
}

/** @throws ShapeError for shots that are not whole and positive */
export function checkShots(shots: number): void {
  if (!Number.isSafeInteger(shots) || shots < 1)
    throw new ShapeError('checkDataset', `shots must be a whole number from 1; got ${shots}`);
}

/** The result of reading every file of a dataset. */
export interface CheckedFiles {
  readonly census: Omit<Census, 'faults'>;
  /** One entry for each class, in the dataset's order. */
  readonly faults: readonly { readonly id: number; readonly faults: readonly Fault[] }[];
}

/** Reads every file of a dataset. @param placeOf where a class with too few images is, for its fault */
export async function checkFiles(
  { name, classes }: Dataset,
  shots: number,
  onProgress: CheckOptions['onProgress'],
  placeOf: (ofClass: SampleClass) => string,
): Promise<CheckedFiles> {
  const samples = classes.flatMap((each) => each.samples);
  const checked = await mapSeveral(samples, checkSample, onProgress);
  const bySample = new Map(samples.map((sample, i) => [sample, checked[i]]));
  const told = new Set<string>();
  /** A photograph of two classes is read for each class, but its faults are reported once. */
  const isNew = ({ file, message }: Fault): boolean => {
    const fault = JSON.stringify([file, message]);
    const isFirst = !told.has(fault);
    told.add(fault);
    return isFirst;
  };
  const counted = classes.map((each) => {
    const ofClass = each.samples.flatMap((sample) => bySample.get(sample) ?? []);
    const census = countClass(each, ofClass);
    const few = census.usable <= shots ? [fewImages(placeOf(each), census, shots)] : [];
    return { census, id: each.id, faults: [...ofClass.flatMap((sample) => sample.faults.filter(isNew)), ...few] };
  });
  const sizes = sizesOf(checked);
  return {
    census: {
      name,
      images: new Set(samples.map(({ image }) => image)).size,
      classes: counted.map(({ census }) => census),
      encodings: encodingsOf(checked),
      ...(sizes && { sizes }),
    },
    faults: counted,
  };
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
  return { severity: kind === 'stray' || kind === 'ignored' ? 'warning' : 'error', kind, file, message };
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
