import {
  ShapeError,
  add,
  argMax,
  cast,
  div,
  full,
  greater,
  greaterEqual,
  max,
  maximum,
  noGrad,
  reshape,
  resizeBilinear,
  scope,
  slice,
  softmax,
  where,
  zeros,
  type Tensor,
} from '@hypercorr/tensor';
import type { FeatureMap, Plane } from '@hypercorr/vision';

/** Where a query shows the supports' class. The tensors have one size, and the caller frees them. */
export interface Segmentation {
  /** [H, W], the foreground probability of the softmax, averaged over the shots */
  readonly probability: Tensor<Plane, 'float32'>;
  /** [H, W], the number of shots that predict foreground */
  readonly votes: Tensor<Plane, 'float32'>;
  /** [H, W], the prediction by the vote rule */
  readonly mask: Tensor<Plane, 'bool'>;
}

/** Where a query shows each of several classes. */
export interface ClassSegmentation {
  readonly classes: readonly Segmentation[];
  /** [H, W], 0 for background, else the number of the class in the list, from 1 */
  readonly index: Tensor<Plane, 'int32'>;
}

/**
 * The rules by which the shots of a query decide on a pixel. At the pixel, v of K shots have their greatest logit for foreground, and p is
 * the mean of the shots' foreground probabilities.
 * - `'published'`: v / max(1, max v) ≥ ½, the maximum over this query's pixels (Min et al., ICCV 2021, and their program)
 * - `'majority'`: v / K ≥ ½
 * - `'probability'`: p > ½
 *
 * With one shot all three rules give the argmax, except for logits so close that p rounds to ½.
 */
export const voteRules = ['published', 'majority', 'probability'] as const;
export type VoteRule = (typeof voteRules)[number];

/**
 * Combines K predictions into one, by a vote of the shots. The logits are resized to `size` bilinearly (corners aligned), one shot after
 * another. Only a few planes of that size therefore exist at a time, for any number of shots.
 *
 * @param shots logits [1, 2, h, w] of each shot, of background and foreground, at any resolution
 * @param size [H, W] of the result
 * @param vote the published rule by default
 * @param mostVotes the greatest number of votes of the whole query, where the logits are of a part of it
 * @throws ShapeError if there is no shot
 */
export function combineShots(
  shots: readonly FeatureMap[],
  size: Plane,
  vote: VoteRule = 'published',
  mostVotes?: number,
): Segmentation {
  const [first] = shots;
  if (first === undefined) throw new ShapeError('combineShots', 'there is no shot; give the logits of at least one');
  // No gradients here, because the sums of earlier shots are freed on the way.
  return noGrad(() =>
    scope(() => {
      const none = { votes: zeros(size, { engine: first.engine }), foreground: zeros(size, { engine: first.engine }) };
      const { votes, foreground } = shots.reduce((sums, shot) => addShot(sums, shot, size), none);
      const probability = div(foreground, shots.length);
      return { probability, votes, mask: decide({ votes, probability, mostVotes }, shots.length, vote) };
    }),
  );
}

function decide(
  {
    votes,
    probability,
    mostVotes,
  }: Pick<Segmentation, 'votes' | 'probability'> & { readonly mostVotes: number | undefined },
  shots: number,
  vote: VoteRule,
): Tensor<Plane, 'bool'> {
  switch (vote) {
    case 'published':
      return greaterEqual(div(votes, mostVotes === undefined ? maximum(max(votes), 1) : Math.max(mostVotes, 1)), 0.5);
    case 'majority':
      return greaterEqual(votes, shots / 2);
    case 'probability':
      return greater(probability, 0.5);
  }
}

/** Sums over shots, [H, W]: of the argmaxes, and of the foreground probabilities. */
interface ShotSums {
  readonly votes: Tensor<Plane, 'float32'>;
  readonly foreground: Tensor<Plane, 'float32'>;
}

/** Adds a shot to the sums. Frees the earlier sums. */
function addShot(before: ShotSums, shot: FeatureMap, [height, width]: Plane): ShotSums {
  using votes = before.votes;
  using foreground = before.foreground;
  return scope(() => {
    const logits = reshape(resizeBilinear(shot, [height, width], { alignCorners: true }), [2, height, width]);
    return {
      votes: scope(() => add(votes, cast(argMax(logits, { axes: 0 }), 'float32'))),
      foreground: scope(() => add(foreground, reshape(slice(softmax(logits, 0), [[1, 2]]), [height, width]))),
    };
  });
}

/** The class of each pixel so far, and its probability. The tensors have one size. */
export interface ClassIndex {
  /** [H, W], 0 for background, else the class's number */
  readonly index: Tensor<Plane, 'int32'>;
  /** [H, W], the probability of that class. It is −1 for background, which is below every class, since a class's probability may round to 0 */
  readonly probability: Tensor<Plane, 'float32'>;
}

/** An index with background everywhere, of the size of a class's segmentation. */
export function noClass({ probability: { shape, engine } }: Segmentation): ClassIndex {
  return scope(() => ({ index: zeros(shape, { dtype: 'int32', engine }), probability: full(shape, -1, { engine }) }));
}

/**
 * Adds a class to the index. A pixel goes to the class with the highest probability among those whose mask contains the pixel. Of equal
 * classes the first wins.
 *
 * @param number the class's number in the index, from 1
 */
export function addClass(before: ClassIndex, { mask, probability }: Segmentation, number: number): ClassIndex {
  return scope(() => {
    const claim = where(mask, probability, -1);
    const won = greater(claim, before.probability);
    return { index: where(won, number, before.index), probability: maximum(claim, before.probability) };
  });
}

/** The class of each pixel, by `addClass` for all classes in order. */
export function indexMask(classes: readonly Segmentation[]): Tensor<Plane, 'int32'> {
  const [first] = classes;
  if (first === undefined)
    throw new ShapeError('segmentClasses', 'there is no class; give the supports of at least one');
  return scope(() => classes.reduce((before, found, i) => addClass(before, found, i + 1), noClass(first)).index);
}
