import { ShapeError, type Shape } from '@hypercorr/tensor';
import { expectRank, expectShape, formatShape, sizeAt, type FormatShape, type Overlap } from '@hypercorr/tensor/op';

/** The shape of the correlations of n pairs of maps: `[B,n,hq,wq,hs,ws]`. */
export type Hypercorrelation<Queries extends readonly Shape[], Supports extends readonly Shape[]> = readonly [
  batch: Queries[0][0],
  tap: Queries['length'],
  hq: Queries[0][2],
  wq: Queries[0][3],
  hs: Supports[0][2],
  ws: Supports[0][3],
];

/** `true` if there are as many queries as supports, and the maps of each pair have the same batch and channels; else a message. */
export type HypercorrelationCheck<Queries extends readonly Shape[], Supports extends readonly Shape[]> = [
  number,
] extends [Queries['length'] | Supports['length']]
  ? true
  : Overlap<Queries['length'], Supports['length']> extends true
    ? EachPairFits<Queries, Supports>
    : `[hypercorrelation] there are ${Queries['length']} query maps and ${Supports['length']} support maps`;

type EachPairFits<Queries extends readonly Shape[], Supports extends readonly Shape[]> = [Queries, Supports] extends [
  readonly [infer Query extends Shape, ...infer OtherQueries extends readonly Shape[]],
  readonly [infer Support extends Shape, ...infer OtherSupports extends readonly Shape[]],
]
  ? Overlap<Vectors<Query>, Vectors<Support>> extends true
    ? EachPairFits<OtherQueries, OtherSupports>
    : `[hypercorrelation] query ${FormatShape<Query>} and support ${FormatShape<Support>} are no pair: expected [B,C,hq,wq] and [B,C,hs,ws]`
  : true;

/** The batch and channels of a map, or `never` for another rank. */
type Vectors<Map extends Shape> = [number] extends [Map['length']]
  ? readonly [number, number]
  : [Map] extends [readonly [infer Batch extends number, infer Channels extends number, number, number]]
    ? readonly [Batch, Channels]
    : never;

/**
 * The shape of the correlations of n pairs of feature maps.
 *
 * @param queries n of `[B,Cᵢ,hq,wq]`
 * @param supports n of `[B,Cᵢ,hs,ws]`
 * @returns `[B,n,hq,wq,hs,ws]`
 * @throws ShapeError for empty lists, lists of unequal length, other ranks, or sizes that differ
 */
export function hypercorrelationShape(queries: readonly Shape[], supports: readonly Shape[]): number[] {
  const op = 'hypercorrelation';
  const [query, support] = [queries[0], supports[0]];
  if (queries.length !== supports.length || query === undefined || support === undefined) {
    throw new ShapeError(
      op,
      `there are ${queries.length} query maps and ${supports.length} support maps; expected as many of both, and at least one`,
    );
  }
  expectRank(op, 'query 0', query, '[B,C,hq,wq]');
  expectRank(op, 'support 0', support, '[B,C,hs,ws]');
  const batch = sizeAt(query, 0);
  for (const [i, shape] of queries.entries()) {
    const channels = shape[1] ?? 0;
    expectShape(op, `query ${i}`, [batch, channels, ...query.slice(2)], shape);
    const [, theirs = 0] = supports[i] ?? [];
    expectShape(op, `support ${i}`, [batch, theirs, ...support.slice(2)], supports[i] ?? []);
    if (channels !== theirs) {
      const got = `got query ${formatShape(shape)}, support ${formatShape(supports[i] ?? [])}`;
      throw new ShapeError(op, `pair ${i} has ${channels} and ${theirs} channels; ${got}`);
    }
  }
  return [batch, queries.length, ...query.slice(2), ...support.slice(2)];
}
