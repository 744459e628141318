import type { WasmStep } from '@hypercorr/tensor/op';

/** An algorithm for a sum. */
export interface Way {
  /** Multiply-adds of a large matrix product that would take as long. */
  readonly cost: number;
  steps(): WasmStep[];
}

/** The steps of the algorithm that is expected to be fastest, the first of several that are. */
export function cheapest(ways: readonly [Way, ...Way[]]): WasmStep[] {
  return ways.reduce((best, way) => (way.cost < best.cost ? way : best)).steps();
}
