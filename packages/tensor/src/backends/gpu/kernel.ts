import type { OpInputs } from '../../op.ts';
import type { Spec } from '../../spec.ts';

/** Elements that a pass can read: an input of the operation, an earlier pass, or either under another shape. */
export type GpuSource = GpuInput | GpuView | GpuPass;

/** An input of the operation. */
export interface GpuInput extends Spec {
  readonly kind: 'input';
  /** Its name in the operation's record. */
  readonly name: string;
}

/** The same elements, in row-major order, under another shape; nothing is copied. */
export interface GpuView extends Spec {
  readonly kind: 'view';
  readonly of: GpuSource;
}

/** One kernel: the text that computes one element of the result, for all of them at once. See `pass`. */
export interface GpuPass extends Spec {
  readonly kind: 'pass';
  /** What it reads, in the order of the kernel's parameters. */
  readonly reads: readonly GpuSource[];
  /** Numbers that follow the arrays as parameters; they may change from call to call without a new kernel. */
  readonly scalars: readonly number[];
  /** A GPU.js kernel function. */
  readonly source: string;
}

/**
 * Describes a call of the operation as text for a GPU. It returns the pass that makes the output;
 * passes that this one reads run before it, each once.
 */
export type GpuKernel<In extends string, Optional extends string, Attrs> = {
  // A method, so that records of particular inputs fit where any record is taken.
  describe(inputs: OpInputs<In, Optional, GpuSource>, output: Spec, attrs: Attrs): GpuPass;
}['describe'];
