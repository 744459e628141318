import { differences, knownCounts, type FoldCounts } from '../benchmarks/census.ts';
import { listedDataset, type FoldLists } from '../benchmarks/fold-pairs.ts';
import { missingFiles } from '../benchmarks/locate.ts';
import { openFolds, type FoldedOptions } from '../benchmarks/open-benchmark.ts';
import type { ListedPair } from '../benchmarks/split-lists.ts';
import { checkFiles, checkShots, type Census } from './check-dataset.ts';
import type { Fault } from './fault.ts';

export interface CheckBenchmarkOptions extends FoldedOptions {
  /** A class needs one image more than this. 1 if absent. */
  readonly shots?: number;
  /** Whether to read the files, and not only to check that they exist. True if absent. */
  readonly files?: boolean;
  /** Called after each mask if lists have to be made, and after each checked pair. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** A fold's counts, and how they differ from those of the published lists. */
export interface FoldCensus extends FoldCounts {
  readonly fold: number;
  /**
   * Differences such as "train pairs: 11390, and 11394 in the published lists"; none if all counts are equal. Absent
   * for a division without known counts.
   */
  readonly differences?: readonly string[];
}

export interface BenchmarkCensus extends Census {
  /** Where the pairs come from, in words. */
  readonly source: string;
  readonly folds: readonly FoldCensus[];
}

/**
 * Counts PASCAL-5i or COCO-20i, fold by fold, and checks the files of every listed pair like `checkDataset`.
 *
 * @throws FormatError for a folder without the benchmark's layout, and for lists that cannot be understood
 */
export async function checkBenchmark({
  shots = 1,
  files: readsFiles = true,
  onProgress,
  ...options
}: CheckBenchmarkOptions): Promise<BenchmarkCensus> {
  checkShots(shots);
  const { benchmark, division } = options;
  const known = benchmark === 'coco' && division === 'contiguous' ? [] : knownCounts[benchmark];
  const { files, lists, source, folds } = await openFolds({ ...options, onProgress });
  const pairs = everyPair(lists);
  const missing = await missingFiles(pairs, files.filesOf);
  const isThere = (pair: ListedPair): boolean => files.filesOf(pair).every((file) => !missing.has(file));
  const dataset = listedDataset(
    { name: benchmark, root: files.root },
    pairs.filter(isThere),
    files.classNames,
    files.sampleOf,
  );
  const checked = await checkFiles(
    readsFiles ? dataset : { ...dataset, classes: [] },
    shots,
    onProgress,
    ({ name }) => `${files.root}, class ${name}`,
  );
  const faults = [...missing].map((file): Fault => ({
    severity: 'error',
    kind: 'missing-file',
    file,
    message: 'the lists name this file, but it is missing',
  }));
  return {
    ...checked.census,
    images: new Set(dataset.pairs?.map(({ sample }) => sample.image)).size,
    source,
    folds: folds.map((counts, fold) => ({
      fold,
      ...counts,
      ...(known[fold] && { differences: differences(counts, known[fold]) }),
    })),
    faults: [...faults, ...checked.faults.flatMap((each) => each.faults)],
  };
}

/** Every listed pair once: the training lists of COCO-20i repeat each other. */
function everyPair({ train, test }: FoldLists): readonly ListedPair[] {
  return [...new Map([...train, ...test].flat().map((pair) => [`${pair.classId} ${pair.image}`, pair])).values()];
}
