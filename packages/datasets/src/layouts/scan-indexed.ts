import { join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { listFolder } from '../files/list-folder.ts';
import { mapSeveral } from '../files/map-several.ts';
import { readBytes } from '../files/read-file.ts';
import { voidIndex } from '../image/image.ts';
import { decodeIndices, decodeMask, type DecodedMask } from '../mask/decode-mask.ts';
import { parseClassNames } from './class-names.ts';
import { apartFolders, pairApart, unreadPhotograph } from './pair-files.ts';
import type { ScannedFolder, Stray } from './scanned.ts';

/**
 * Scans `images/` and `masks/`, whose indices `classes.json` names. Only a mask says which classes a photograph shows,
 * so every mask is read.
 *
 * @throws FormatError for a folder without classes.json, or without photographs and masks
 */
export async function scanIndexed(root: string, onScan?: (done: number, of: number) => void): Promise<ScannedFolder> {
  const file = join(root, 'classes.json');
  const names = parseClassNames(await readBytes(file, 'classes'), file);
  const apart = apartFolders((await listFolder(root)).folders) ?? { images: 'images', masks: 'masks' };
  const { samples, strays } = await pairApart(root, apart);
  if (samples.length === 0)
    throw new FormatError(
      'dataset',
      `${root} should have photographs in images/ and masks of the same names in masks/${unreadPhotograph(strays)}`,
    );
  const byIndex = new Map([...names.keys()].map((index) => [index, [] as Sample[]]));
  const read = await mapSeveral(samples, (sample) => readClasses(sample, names), onScan);
  for (const { sample, indices } of read)
    for (const index of indices) byIndex.get(index)?.push(sampleOf(sample, index));
  return {
    classes: [...names].map(([index, name]) => ({ name, folder: file, samples: byIndex.get(index) ?? [], strays: [] })),
    strays: [...strays, ...read.flatMap(({ faults }) => faults)],
    // A layout for one class has masks of 0 and 255; here 255 is void.
    ...(read.every(({ indices, faults }) => indices.length === 0 && faults.length === 0) && {
      nothing: `no mask holds a number that ${file} names (${[...names.keys()].join(', ')}); 0 is the background, and 255 is void`,
    }),
  };
}

interface SampleClasses {
  /** Its foreground is `'auto'` if the mask is black and white. */
  readonly sample: Sample;
  readonly indices: readonly number[];
  readonly faults: readonly Stray[];
}

/** The classes of a mask; none if it cannot be read. */
async function readClasses(sample: Sample, names: ReadonlyMap<number, string>): Promise<SampleClasses> {
  try {
    const bytes = await readBytes(sample.mask, 'mask');
    const { image, mask } = sample;
    const [only = 1] = names.keys();
    if (names.size === 1 && isBlackAndWhite(decodeMask(bytes, mask))) return { sample, indices: [only], faults: [] };
    const indices = decodeIndices(bytes, mask).values.filter((value) => value !== 0 && value !== voidIndex);
    const unknown = indices.filter((index) => !names.has(index));
    const fault = { kind: 'classes', file: mask, message: `classes.json does not name ${unknown.join(', ')}` } as const;
    return {
      sample: { image, mask },
      indices: indices.filter((index) => names.has(index)),
      faults: unknown.length > 0 ? [fault] : [],
    };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return {
      sample,
      indices: [],
      faults: [{ kind: 'mask', file: sample.mask, message: error.message.replace(`[${error.op}] `, '') }],
    };
  }
}

/** With a single class, 255 is the object and not void. */
function isBlackAndWhite({ encoding }: DecodedMask): boolean {
  return encoding === '0/255' || encoding === 'grey';
}

function sampleOf(sample: Sample, index: number): Sample {
  return sample.foreground === 'auto' ? sample : { ...sample, foreground: index };
}
