import type { Named } from '@hypercorr/tensor/op';

/** The query maps and the support maps, each in their order. */
export interface Maps<T> {
  readonly queries: readonly T[];
  readonly supports: readonly T[];
}

/** The maps under the names of the operation's inputs: `query0`, `support0`, `query1`… */
export function nameMaps<T>({ queries, supports }: Maps<T>): Record<string, T> {
  return Object.fromEntries([
    ...queries.map((query, i) => [`query${i}`, query] as const),
    ...supports.map((support, i) => [`support${i}`, support] as const),
  ]);
}

/** The maps of an operation's inputs. Their numbers are not checked, so one list may be longer. */
export function mapsOf<T>(inputs: Named<string, T | undefined>): Maps<T> {
  const places = Object.keys(inputs).map((_, i) => i);
  return {
    queries: places.flatMap((i) => inputs[`query${i}`] ?? []),
    supports: places.flatMap((i) => inputs[`support${i}`] ?? []),
  };
}

/** The query map and the support map of each tap. */
export function pairsOf<T>(inputs: Named<string, T | undefined>): { query: T; support: T }[] {
  const { queries, supports } = mapsOf(inputs);
  return queries.flatMap((query, i) => {
    const support = supports[i];
    return support === undefined ? [] : [{ query, support }];
  });
}

/** The map that an input's name means, and the name of the pair's other map. */
export function placeOf(input: string): { tap: number; isQuery: boolean; partner: string } {
  const isQuery = input.startsWith('query');
  const tap = Number(input.slice(isQuery ? 'query'.length : 'support'.length));
  return { tap, isQuery, partner: `${isQuery ? 'support' : 'query'}${tap}` };
}
