import type { Named } from '@hypercorr/tensor/op';

/** Query and support maps in their order. */
export interface Maps<T> {
  readonly queries: readonly T[];
  readonly supports: readonly T[];
}

/** The maps under the names that the record gives its inputs: `query0`, `support0`, `query1`… */
export function nameMaps<T>({ queries, supports }: Maps<T>): Record<string, T> {
  return Object.fromEntries([
    ...queries.map((query, i) => [`query${i}`, query] as const),
    ...supports.map((support, i) => [`support${i}`, support] as const),
  ]);
}

/** The maps of a record's inputs; as long as nobody has checked, one list may be the longer one. */
export function mapsOf<T>(inputs: Named<string, T | undefined>): Maps<T> {
  const places = Object.keys(inputs).map((_, i) => i);
  return {
    queries: places.flatMap((i) => inputs[`query${i}`] ?? []),
    supports: places.flatMap((i) => inputs[`support${i}`] ?? []),
  };
}

/** Query and support map of each tap. */
export function pairsOf<T>(inputs: Named<string, T | undefined>): { query: T; support: T }[] {
  const { queries, supports } = mapsOf(inputs);
  return queries.flatMap((query, i) => {
    const support = supports[i];
    return support === undefined ? [] : [{ query, support }];
  });
}

/** Which map an input's name means, and the name of the other of its pair. */
export function placeOf(input: string): { tap: number; isQuery: boolean; partner: string } {
  const isQuery = input.startsWith('query');
  const tap = Number(input.slice(isQuery ? 'query'.length : 'support'.length));
  return { tap, isQuery, partner: `${isQuery ? 'support' : 'query'}${tap}` };
}
