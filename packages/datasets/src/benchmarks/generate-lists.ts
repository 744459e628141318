import { mapSeveral } from '../files/map-several.ts';
import type { Mask } from '../image/image.ts';
import type { BenchmarkFiles, ImageSet } from './benchmark-files.ts';
import { foldClasses, folds, type Division } from './folds.ts';
import type { FoldLists } from './fold-pairs.ts';
import type { ListedPair } from './split-lists.ts';

/**
 * An image is listed for a class if it has at least this many pixels of it, at the image's own size: 2·32·32, the rule
 * of OSLSM, PFENet and BAM.
 */
export const leastObject = 2 * 32 * 32;

export interface GenerateListsOptions {
  readonly benchmark: 'pascal' | 'coco';
  readonly division: Division;
  /** Called after each mask. */
  readonly onProgress?: ((done: number, of: number) => void) | undefined;
}

/**
 * Makes split lists from a benchmark's masks, in the order of the published lists. PASCAL-5i's training lists and all
 * lists of COCO-20i go by class and then image, PASCAL-5i's test lists by image and then class.
 *
 * @throws FormatError for a mask that cannot be read
 */
export async function generateLists(
  files: BenchmarkFiles,
  { benchmark, division, onProgress }: GenerateListsOptions,
): Promise<FoldLists> {
  const masked = await files.masked();
  const listed = await mapSeveral(
    masked,
    async ({ image, set, readMask }) => ({ set, pairs: pairsIn(image, await readMask(), files.classNames.length) }),
    onProgress,
  );
  const byImage = (set: ImageSet): readonly ListedPair[] =>
    listed.flatMap((each) => (each.set === set ? each.pairs : []));
  const byClass = (set: ImageSet): readonly ListedPair[] => byImage(set).toSorted((a, b) => a.classId - b.classId);
  const ofFold = (pairs: readonly ListedPair[], fold: number, isOwn: boolean): readonly ListedPair[] => {
    const own = foldClasses(fold, files.classNames.length, division);
    return pairs.filter(({ classId }) => own.includes(classId) === isOwn);
  };
  // PASCAL-5i's training list k has the classes of fold k; COCO-20i's list k has the classes that fold k trains on.
  const trainIsOwn = benchmark === 'pascal';
  const test = benchmark === 'pascal' ? byImage('test') : byClass('test');
  return {
    train: folds.map((fold) => ofFold(byClass('train'), fold, trainIsOwn)),
    test: folds.map((fold) => ofFold(test, fold, true)),
  };
}

function pairsIn(image: string, mask: Mask, classes: number): readonly ListedPair[] {
  const pixels = countIndices(mask);
  return Array.from({ length: classes }, (_, classId) => ({ image, classId })).filter(
    ({ classId }) => (pixels[classId + 1] ?? 0) >= leastObject,
  );
}

/** Counts the pixels of each index. */
function countIndices({ data }: Mask): Uint32Array {
  const counts = new Uint32Array(256);
  for (const index of data) counts[index] = (counts[index] ?? 0) + 1;
  return counts;
}
