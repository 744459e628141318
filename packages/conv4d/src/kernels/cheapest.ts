import type { WasmStep } from '@hypercorr/tensor/op';

/** One algorithm for a sum. */
export interface Way {
  /** Cost in multiply-adds of a large matrix product that takes as long. */
  readonly cost: number;
  steps(): WasmStep[];
}

/** The steps of the cheapest algorithm; of the first one if several cost the same. */
export function cheapest(ways: readonly [Way, ...Way[]]): WasmStep[] {
  return ways.reduce((best, way) => (way.cost < best.cost ? way : best)).steps();
}
