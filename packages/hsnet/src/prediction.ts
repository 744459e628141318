import {
  ShapeError,
  argMax,
  cast,
  concat,
  div,
  full,
  greaterEqual,
  max,
  maximum,
  mean,
  scope,
  slice,
  softmax,
  stack,
  sum,
  where,
  type Tensor,
} from '@hypercorr/tensor';
import { asFeatureMap, type FeatureMap, type Plane } from './shapes.ts';

/** Where a query shows the supports' class. Tensors of the query's size, the caller's to free. */
export interface Segmentation {
  /** [H, W]: the softmax's foreground, averaged over the shots */
  readonly probability: Tensor<Plane, 'float32'>;
  /** [H, W]: how many shots found foreground */
  readonly votes: Tensor<Plane, 'float32'>;
  /** [H, W]: the prediction, by vote */
  readonly mask: Tensor<Plane, 'bool'>;
}

/** Where a query shows each of several classes. */
export interface ClassSegmentation {
  readonly classes: readonly Segmentation[];
  /** [H, W]: 0 for background, else the class's place in the list, from 1 */
  readonly index: Tensor<Plane, 'int32'>;
}

/**
 * One prediction from K, by the published vote: mask = v / max(1, max v) ≥ ½, where v counts the shots that found
 * foreground at a pixel and the maximum is over the pixels of this query.
 *
 * @param shots logits [1, 2, H, W] of each shot
 */
export function combineShots(shots: readonly FeatureMap[]): Segmentation {
  return scope(() => {
    const logits = asFeatureMap(concat(shots, 0));
    const votes = sum(cast(argMax(logits, { axes: 1 }), 'float32'), { axes: 0 });
    const mask = greaterEqual(div(votes, maximum(max(votes), 1)), 0.5);
    const foreground = slice(softmax(logits, 1), [[], [1, 2]]);
    return { probability: mean(foreground, { axes: [0, 1] }), votes, mask };
  });
}

/** The class of each pixel: of those whose mask has it, the one of the highest probability; the first of equals. */
export function indexMask(classes: readonly Segmentation[]): Tensor<Plane, 'int32'> {
  return scope(() => {
    const scores = classes.map(({ mask, probability }) => where(mask, probability, -1));
    const [first] = scores;
    if (first === undefined) throw new ShapeError('segmentClasses', 'there is no class; give the supports of at least one');
    // Background stands between every "no" and every "yes", whose probability may be 0 after rounding.
    const background = full(first.shape, -0.5, { engine: first.engine });
    return argMax(stack([background, ...scores], 0), { axes: 0 });
  });
}
