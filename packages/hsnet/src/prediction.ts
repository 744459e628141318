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

/** Where a query shows the supports' class. Tensors of one size, the caller's to free. */
export interface Segmentation {
  /** [H, W], the softmax's foreground, averaged over the shots */
  readonly probability: Tensor<Plane, 'float32'>;
  /** [H, W], how many shots found foreground */
  readonly votes: Tensor<Plane, 'float32'>;
  /** [H, W], the prediction, by vote */
  readonly mask: Tensor<Plane, 'bool'>;
}

/** Where a query shows each of several classes. */
export interface ClassSegmentation {
  readonly classes: readonly Segmentation[];
  /** [H, W], 0 for background, else the class's place in the list, from 1 */
  readonly index: Tensor<Plane, 'int32'>;
}

/**
 * How the shots of a query agree on a pixel: v of K shots have their greatest logit for foreground there, and p is the mean of
 * their softmax's foreground.
 * - `'published'`: v / max(1, max v) ≥ ½, the maximum over this query's pixels (Min et al., ICCV 2021, and their program)
 * - `'majority'`: v / K ≥ ½
 * - `'probability'`: p > ½
 *
 * With one shot all three are the argmax, but for logits so close that p rounds to ½.
 */
export const voteRules = ['published', 'majority', 'probability'] as const;
export type VoteRule = (typeof voteRules)[number];

/**
 * One prediction from K, by a vote of the shots. The logits are brought to `size` bilinearly (corners aligned) one shot after another, so that at one time there are a
 * few planes of that size, however many the shots.
 *
 * @param shots logits [1, 2, h, w] of each shot, of background and foreground, at any resolution
 * @param size [H, W] to decide at
 * @param vote the published rule when absent
 * @throws ShapeError where there is no shot
 */
export function combineShots(shots: readonly FeatureMap[], size: Plane, vote: VoteRule = 'published'): Segmentation {
  const [first] = shots;
  if (first === undefined) throw new ShapeError('combineShots', 'there is no shot; give the logits of at least one');
  // Without gradients: the sums of the shots before are freed on the way.
  return noGrad(() =>
    scope(() => {
      const none = { votes: zeros(size, { engine: first.engine }), foreground: zeros(size, { engine: first.engine }) };
      const { votes, foreground } = shots.reduce((sums, shot) => addShot(sums, shot, size), none);
      const probability = div(foreground, shots.length);
      return { probability, votes, mask: decide({ votes, probability }, shots.length, vote) };
    }),
  );
}

function decide(
  { votes, probability }: Pick<Segmentation, 'votes' | 'probability'>,
  shots: number,
  vote: VoteRule,
): Tensor<Plane, 'bool'> {
  switch (vote) {
    case 'published':
      return greaterEqual(div(votes, maximum(max(votes), 1)), 0.5);
    case 'majority':
      return greaterEqual(votes, shots / 2);
    case 'probability':
      return greater(probability, 0.5);
  }
}

/** Sums over shots, [H, W]: of argmaxes, and of the softmax's foreground. */
interface ShotSums {
  readonly votes: Tensor<Plane, 'float32'>;
  readonly foreground: Tensor<Plane, 'float32'>;
}

/** Takes the sums over: those before are freed. */
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

/** The class that each pixel has so far, and how sure it is. Tensors of one size. */
export interface ClassIndex {
  /** [H, W], 0 for background, else the class's number */
  readonly index: Tensor<Plane, 'int32'>;
  /** [H, W], the probability of that class; −1 for background, below every "yes", whose probability may be 0 after rounding */
  readonly probability: Tensor<Plane, 'float32'>;
}

/** Background everywhere, at the size of a class's segmentation. */
export function noClass({ probability: { shape, engine } }: Segmentation): ClassIndex {
  return scope(() => ({ index: zeros(shape, { dtype: 'int32', engine }), probability: full(shape, -1, { engine }) }));
}

/**
 * The rule by which classes share the pixels, a class at a time: of those whose mask has a pixel it goes to the one of
 * the highest probability; the first of equals.
 *
 * @param number what the pixels of this class become, from 1
 */
export function addClass(before: ClassIndex, { mask, probability }: Segmentation, number: number): ClassIndex {
  return scope(() => {
    const claim = where(mask, probability, -1);
    const won = greater(claim, before.probability);
    return { index: where(won, number, before.index), probability: maximum(claim, before.probability) };
  });
}

/** The class of each pixel, by `addClass` over all of them. */
export function indexMask(classes: readonly Segmentation[]): Tensor<Plane, 'int32'> {
  const [first] = classes;
  if (first === undefined)
    throw new ShapeError('segmentClasses', 'there is no class; give the supports of at least one');
  return scope(() => classes.reduce((before, found, i) => addClass(before, found, i + 1), noClass(first)).index);
}
