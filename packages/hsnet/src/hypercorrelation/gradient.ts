import {
  add,
  div,
  equal,
  greater,
  matmul,
  mul,
  norm,
  reshape,
  scope,
  sub,
  sum,
  where,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { reshapeOp, run, sliceOp, type Gradient } from '@hypercorr/tensor/op';

/** One pair of maps, with the cotangent of its correlations. */
export interface PairGradient {
  /** The map that the gradient is for, `[B,C,h,w]`, and the other map of the pair. */
  readonly own: Tensor;
  readonly other: Tensor;
  /** The stacked correlations `[B,n,hq,wq,hs,ws]` and their cotangent. The pair is at index `tap` of both. */
  readonly correlations: Tensor;
  readonly cotangent: Tensor;
  readonly tap: number;
  /** Whether `own` is the query. */
  readonly isQuery: boolean;
  readonly epsilon: number;
}

/**
 * The gradient for one map of a pair. With Ḡ = C̄ where C > 0, else 0, and the unit vectors of the other map, ô:
 *
 *   ū(x) = Σ_{x'} Ḡ(x, x') ô(x'),    f̄ = (ū − f (f·ū) / (‖f‖ (‖f‖ + ε))) / (‖f‖ + ε),
 *
 * which is the derivative of f / (‖f‖ + ε). In the component along f, only ε keeps the gradient from vanishing. For a zero vector f̄ = ū / ε.
 *
 * @returns of the shape of `own`
 */
export function pairGradient({ own, other, correlations, cotangent, tap, isQuery, epsilon }: PairGradient): Gradient {
  return scope(() => {
    const [f, o] = [vectorsOf(own), vectorsOf(other)];
    const [queries, supports] = isQuery ? [f, o] : [o, f];
    const positions = [queries.shape[2] ?? 0, supports.shape[2] ?? 0];
    const arrived = where(greater(matrixOf(correlations, tap, positions), 0), matrixOf(cotangent, tap, positions), 0);

    const unit = div(o, add(lengths(o), epsilon));
    const u: Gradient = matmul(unit, arrived, { transposeB: isQuery });
    const length = lengths(f);
    const damped = add(length, epsilon);
    // Where the norm is 0, f is 0 too, and any divisor but 0 gives the right result.
    const along = div(sum(mul(f, u), { axes: 1, keepDims: true }), mul(where(equal(length, 0), 1, length), damped));
    return reshape(div(sub(u, mul(f, along)), damped), own.shape);
  });
}

/** A map `[B,C,h,w]` as `[B,C,h·w]`. */
function vectorsOf(map: Tensor): Gradient {
  const [batch = 0, channels = 0, height = 0, width = 0] = map.shape;
  return run(reshapeOp, { x: map }, { shape: [batch, channels, height * width] });
}

/** ‖f‖ of every vector, `[B,1,positions]`. */
function lengths(vectors: Gradient): Gradient {
  return norm(vectors, { axes: 1, keepDims: true });
}

/** The part of a stack that belongs to one pair, as `[B, query positions, support positions]`. */
function matrixOf(stack: Tensor, tap: number, positions: Shape): Gradient {
  const one: Gradient = run(sliceOp, { x: stack }, { ranges: [[], [tap, tap + 1]] });
  return reshape(one, [one.shape[0] ?? 0, ...positions]);
}
