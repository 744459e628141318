import type { Engine } from '@hypercorr/tensor';

/** A case to time. Peers know the cases by their names (see peers/). */
export interface BenchCase {
  readonly name: string;
  /** Floating-point operations of one run, two for each multiply-add; 0 if the number would be meaningless. */
  readonly flops: number;
  /** Makes the inputs on the engine and returns what to time. */
  prepare(engine: Engine): () => void;
}
