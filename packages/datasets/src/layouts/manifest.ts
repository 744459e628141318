import { FormatError } from '@hypercorr/tensor';
import { relativeName } from '../files/inside-folder.ts';
import { decodeText, isObject, linesOf, parseJson, shown } from '../files/text.ts';
import { voidIndex } from '../image/image.ts';
import { parts, type Part } from './scanned.ts';

/** A line of a manifest. */
export interface ManifestEntry {
  /** Names relative to the manifest's folder. */
  readonly image: string;
  readonly mask: string;
  readonly class: string;
  /** Which value of the mask is the object. The mask's encoding decides if absent. */
  readonly index?: number;
  readonly split?: Part;
}

const keys = ['image', 'mask', 'class', 'index', 'split'];

/** Other names for the parts. */
const synonyms: Readonly<Record<string, Part>> = { trn: 'train', val: 'validation' };

/**
 * Parses a manifest, one JSON object a line: `{"image": "a.jpg", "mask": "a.png", "class": "cat", "split": "train"}`.
 * `split` (train, validation or test) and `index` (the mask's value for the class, 1 to 254) are optional.
 *
 * @param file named in errors
 * @throws FormatError that names the line: for another form, unknown keys, a name that leads out of the folder, an
 *   image that occurs twice in a class
 */
export function parseManifest(bytes: Uint8Array, file: string): readonly ManifestEntry[] {
  const { entries, faults } = readManifest(bytes, file);
  const [first] = faults;
  if (first !== undefined) throw first.error;
  return entries;
}

/** A line of a manifest that cannot be used. */
export interface ManifestFault {
  /** The file and the line. */
  readonly place: string;
  readonly error: FormatError;
}

/** What a manifest holds, line by line. */
export interface ReadManifest {
  readonly entries: readonly ManifestEntry[];
  readonly faults: readonly ManifestFault[];
}

/**
 * Reads the lines of a manifest that can be used, and says what is wrong with the others. Lines that share an image and a
 * class are all left out.
 *
 * @throws FormatError for a file that is no text, or has no lines
 */
export function readManifest(bytes: Uint8Array, file: string): ReadManifest {
  const lines = linesOf(decodeText(bytes, file, 'manifest'));
  if (lines.length === 0) throw new FormatError('manifest', `${file} has no lines`);
  const entries = new Map<string, ManifestEntry | 'repeated'>();
  const faults: ManifestFault[] = [];
  for (const { number, text } of lines) {
    const place = `${file}, line ${number}`;
    try {
      const entry = readEntry(text, place);
      // A photograph with two masks of a class could be its own support, and each mask would call the other's object background.
      const name = JSON.stringify([entry.image, entry.class]);
      const isRepeated = entries.has(name);
      entries.set(name, isRepeated ? 'repeated' : entry);
      if (isRepeated)
        throw new FormatError(
          'manifest',
          `${place} repeats the image and class of an earlier line; draw all objects of a class into one mask`,
        );
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      faults.push({ place, error });
    }
  }
  return { entries: [...entries.values()].filter((entry) => entry !== 'repeated'), faults };
}

function readEntry(text: string, where: string): ManifestEntry {
  const entry = parseJson(text, where, 'manifest');
  if (!isObject(entry))
    throw new FormatError('manifest', `${where} should be an object, {"image", "mask", "class"}; got ${shown(entry)}`);
  const strange = Object.keys(entry).find((key) => !keys.includes(key));
  if (strange !== undefined)
    throw new FormatError('manifest', `${where} has ${shown(strange)}; a line has ${keys.join(', ')}`);
  const { class: name, index, split } = entry;
  if (typeof name !== 'string' || name === '')
    throw new FormatError('manifest', `${where}: a class is a name; got ${shown(name)}`);
  if (index !== undefined && !isIndex(index))
    throw new FormatError(
      'manifest',
      `${where}: an index must be a whole number from 1 to ${voidIndex - 1}; got ${shown(index)}`,
    );
  return {
    image: relativeName(entry['image'], where, 'manifest'),
    mask: relativeName(entry['mask'], where, 'manifest'),
    class: name,
    ...(index !== undefined && { index }),
    ...(split !== undefined && { split: readSplit(split, where) }),
  };
}

function isIndex(index: unknown): index is number {
  return typeof index === 'number' && Number.isInteger(index) && index >= 1 && index < voidIndex;
}

function readSplit(split: unknown, where: string): Part {
  const part =
    parts.find((each) => each === split) ??
    (typeof split === 'string' && Object.hasOwn(synonyms, split) ? synonyms[split] : undefined);
  if (part === undefined)
    throw new FormatError('manifest', `${where}: a split is ${parts.join(', ')}; got ${shown(split)}`);
  return part;
}
