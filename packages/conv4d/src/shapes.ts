import type { Shape } from '@hypercorr/tensor';
import type { FormatShape, Overlap, RankCheck } from '@hypercorr/tensor/op';

/** Correlations of every query position with every support position. */
export type Correlation = readonly [batch: number, channel: number, hq: number, wq: number, hs: number, ws: number];

/**
 * `[b,c,…]` under a weight of `O` outputs: `[b,O,number,number,number,number]`. The planes' sizes are known at run time
 * only.
 */
export type Conv4d<S extends Shape, O extends number> = readonly [S[0], O, number, number, number, number];

/** A weight over one plane. */
type Planar = readonly [outputs: number, inputs: number, height: number, width: number];

/** Verdict: correlations. */
export type CorrelationCheck<Op extends string, S extends Shape> = RankCheck<
  Op,
  'x',
  S,
  '[b,c,hq,wq,hs,ws]',
  Correlation
>;

/** Verdict: correlations, and a 4D weight for the same number of channels. */
export type Conv4dCheck<Op extends string, S extends Shape, W extends Shape> =
  CorrelationCheck<Op, S> extends infer Refusal extends string
    ? Refusal
    : RankCheck<Op, 'weight', W, '[O,C,khq,kwq,khs,kws]', Correlation> extends infer Refusal extends string
      ? Refusal
      : ChannelsCheck<Op, S, 'weight', W>;

/** Verdict: correlations, and a weight over one plane for the same number of channels. */
export type PlaneWeightCheck<Op extends string, S extends Shape, Name extends string, W extends Shape> =
  CorrelationCheck<Op, S> extends infer Refusal extends string
    ? Refusal
    : RankCheck<Op, Name, W, '[O,C,kh,kw]', Planar> extends infer Refusal extends string
      ? Refusal
      : ChannelsCheck<Op, S, Name, W>;

/** Verdict: a support weight of center-pivot, for x's channels and the query weight's outputs. */
export type PivotWeightCheck<Op extends string, S extends Shape, Q extends Shape, W extends Shape> =
  PlaneWeightCheck<Op, S, 'supportWeight', W> extends infer Refusal extends string
    ? Refusal
    : Overlap<Q[0], W[0]> extends true
      ? true
      : JoinFault<Op, Q, W, W[0], 'outputs'>;

/** Verdict: a support weight with an input for each output of the query weight. */
export type SupportWeightCheck<Op extends string, Q extends Shape, W extends Shape> =
  RankCheck<Op, 'supportWeight', W, '[O,C,kh,kw]', Planar> extends infer Refusal extends string
    ? Refusal
    : Overlap<Q[0], W[1]> extends true
      ? true
      : JoinFault<Op, Q, W, W[1], 'inputs'>;

type JoinFault<
  Op extends string,
  Q extends Shape,
  W extends Shape,
  Met extends number,
  Joined extends string,
> = `[${Op}] the queryWeight has ${Q[0]} outputs, the supportWeight ${Met} ${Joined}; got queryWeight ${FormatShape<Q>}, supportWeight ${FormatShape<W>}`;

type ChannelsCheck<Op extends string, S extends Shape, Name extends string, W extends Shape> =
  Overlap<S[1], W[1]> extends true
    ? true
    : `[${Op}] the input has ${S[1]} channels, the ${Name} expects ${W[1]}; got x ${FormatShape<S>}, ${Name} ${FormatShape<W>}`;
