import type { Engine } from '@hypercorr/tensor';

/** Something to time. Peers know the cases by their names (see peers/). */
export interface BenchCase {
  readonly name: string;
  /** Floating-point operations of one run, a multiply-add counted as two; 0 where that says nothing. */
  readonly flops: number;
  /** Makes the inputs on the engine and returns what to time. */
  prepare(engine: Engine): () => void;
}
