import type { HostArray } from '../../dtype.ts';
import type { OpInputs } from '../../op.ts';
import type { Spec } from '../../spec.ts';

/** A tensor for a reference kernel: elements in row-major order. */
export interface NdArray extends Spec {
  readonly data: HostArray;
}

/** The definition of an operation: plain loops that fill `output.data`, which starts at zero. */
export type ReferenceKernel<In extends string, Optional extends string, Attrs> = {
  // This is a method, not a property, so that a kernel for particular inputs is assignable where a kernel for any
  // inputs is expected.
  run(inputs: OpInputs<In, Optional, NdArray>, output: NdArray, attrs: Attrs): void;
}['run'];
