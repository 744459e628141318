import { ShapeError } from '@hypercorr/tensor';

/**
 * A benchmark's classes are divided into four folds. The classes of one fold are tested, those of the others trained
 * on.
 */
export const folds = [0, 1, 2, 3] as const;

/**
 * How classes are divided into folds:
 * - `'contiguous'`: fold k has the k-th quarter (PASCAL-5i; PANet's COCO-20i);
 * - `'interleaved'`: fold k has k, k + 4, k + 8, … (COCO-20i in FWB and HSNet).
 */
export type Division = 'contiguous' | 'interleaved';

/**
 * The ids of a fold's classes, ascending.
 *
 * @param classes how many classes there are in all: a multiple of 4
 * @throws ShapeError for a fold other than 0, 1, 2 or 3
 */
export function foldClasses(fold: number, classes: number, division: Division): readonly number[] {
  checkFold(fold);
  const each = classes / folds.length;
  return Array.from({ length: each }, (_, v) =>
    division === 'contiguous' ? each * fold + v : fold + folds.length * v,
  );
}

/** @throws ShapeError for a fold other than 0, 1, 2 or 3 */
export function checkFold(fold: number): void {
  if (!Number.isInteger(fold) || fold < 0 || fold >= folds.length)
    throw new ShapeError('fold', `a fold must be 0, 1, 2 or 3; got ${fold}`);
}
