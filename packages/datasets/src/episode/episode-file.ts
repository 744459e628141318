import { FormatError } from '@hypercorr/tensor';
import { listed } from '@hypercorr/tensor/op';
import { decodeText, isObject, linesOf, parseJson, shown } from '../files/text.ts';
import type { Dataset, EpisodePlan, Sample, SampleClass } from './dataset.ts';
import { sampleName } from './sample-name.ts';

/** A line of a file of episodes, which names its images. */
interface EpisodeRow {
  readonly class_id: number;
  readonly query: string;
  readonly supports: readonly string[];
}

/**
 * Formats episodes as text, one JSON object a line: `{"class_id":0,"query":"2007_000033","supports":["2010_001174"]}`.
 * With such a file, other tools can score the same episodes.
 */
export function formatEpisodes(dataset: Dataset, plans: readonly EpisodePlan[]): string {
  const row = ({ classId, query, supports }: EpisodePlan): EpisodeRow => ({
    class_id: classId,
    query: sampleName(dataset, query),
    supports: supports.map((sample) => sampleName(dataset, sample)),
  });
  return plans.map((plan) => `${JSON.stringify(row(plan))}\n`).join('');
}

/**
 * Parses a file of episodes that were drawn from this dataset. It finds classes by number, and images by name.
 *
 * @param file named in errors
 * @throws FormatError that names the line: for a line that is no episode, for classes and images that the dataset does
 *   not have, for a query among its own supports, and for episodes with different numbers of shots
 */
export function parseEpisodes(bytes: Uint8Array, dataset: Dataset, file: string): EpisodePlan[] {
  const find = sampleFinder(dataset);
  const plans = linesOf(decodeText(bytes, file, 'episodes')).map(({ number, text }, index) => {
    const where = `${file}, line ${number}`;
    return planOf(parseRow(text, where), index, find, where);
  });
  const [first] = plans;
  if (first === undefined)
    throw new FormatError('episodes', `${file} holds no episodes; it should have a JSON object a line`);
  const other = plans.find(({ supports }) => supports.length !== first.supports.length);
  if (other !== undefined) {
    const counts = `${first.supports.length} supports in the first episode, ${other.supports.length} in number ${other.index + 1}`;
    throw new FormatError(
      'episodes',
      `${file} has episodes of different shots: ${counts}; one evaluation has one number of shots`,
    );
  }
  return plans;
}

type Find = (row: EpisodeRow, where: string) => { readonly ofClass: SampleClass; sample(name: string): Sample };

/** Finds classes by number and their samples by name. It collects a class's names when it is first asked for one. */
function sampleFinder(dataset: Dataset): Find {
  const classes = new Map(dataset.classes.map((each) => [each.id, each]));
  const names = new Map<number, ReadonlyMap<string, Sample>>();
  return ({ class_id }, where) => {
    const ofClass = classes.get(class_id);
    if (ofClass === undefined) {
      const known = listed([...classes.keys()].sort((a, b) => a - b).map(String));
      throw new FormatError(
        'episodes',
        `${where}: there is no class ${class_id} in ${dataset.name}; its classes are ${known}`,
      );
    }
    const byName =
      names.get(class_id) ?? new Map(ofClass.samples.map((each) => [spelt(sampleName(dataset, each)), each]));
    names.set(class_id, byName);
    return {
      ofClass,
      sample(name) {
        const found = byName.get(spelt(name));
        if (found !== undefined) return found;
        throw new FormatError(
          'episodes',
          `${where}: class ${ofClass.name} (${class_id}) of ${dataset.name} has no image ${shown(name)}`,
        );
      },
    };
  };
}

/** Some systems write an accent as a character of its own; both spellings are one name. */
function spelt(name: string): string {
  return name.normalize('NFC');
}

function planOf(row: EpisodeRow, index: number, find: Find, where: string): EpisodePlan {
  const { ofClass, sample } = find(row, where);
  if (row.supports.includes(row.query))
    throw new FormatError('episodes', `${where}: ${shown(row.query)} is its own support`);
  return {
    index,
    classId: ofClass.id,
    className: ofClass.name,
    query: sample(row.query),
    supports: row.supports.map(sample),
  };
}

function parseRow(text: string, where: string): EpisodeRow {
  const value = parseJson(text, where, 'episodes');
  if (isRow(value)) return value;
  throw new FormatError(
    'episodes',
    `${where} should be {"class_id": 0, "query": "IMAGE", "supports": ["IMAGE"]}; got ${shown(value)}`,
  );
}

function isRow(value: unknown): value is EpisodeRow {
  if (!isObject(value)) return false;
  const { class_id, query, supports } = value;
  const named = Array.isArray(supports) && supports.length > 0 && supports.every((name) => typeof name === 'string');
  return Number.isSafeInteger(class_id) && typeof query === 'string' && named;
}
