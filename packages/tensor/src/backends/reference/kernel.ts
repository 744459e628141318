import type { HostArray } from '../../dtype.ts';
import type { OpInputs } from '../../op.ts';
import type { Spec } from '../../spec.ts';

/** A tensor as a reference kernel sees it: elements in row-major order. */
export interface NdArray extends Spec {
  readonly data: HostArray;
}

/** The definition of an operation: plain loops that fill `output.data`, which starts at zero. */
export type ReferenceKernel<In extends string, Optional extends string, Attrs> = {
  // A method, so that records of particular inputs fit where any record is taken.
  run(inputs: OpInputs<In, Optional, NdArray>, output: NdArray, attrs: Attrs): void;
}['run'];
