import { HypercorrError } from '@hypercorr/tensor';

/** Weights whose logits are NaN or infinite. */
export class DamagedWeightsError extends HypercorrError {
  override readonly name = 'DamagedWeightsError';
}

/** Classes or parts of data that do not exist, that overlap, or that are empty. */
export class ClassesError extends HypercorrError {
  override readonly name = 'ClassesError';
}

/** A backbone or a kernel that was asked for, and that the weights do not have. */
export class OtherModelError extends HypercorrError {
  override readonly name = 'OtherModelError';
}

/** Weights that are missing: none were given, or the backbone's are in no file. */
export class MissingWeightsError extends HypercorrError {
  override readonly name = 'MissingWeightsError';
}

/** Support images or masks that a segmenter cannot use. */
export class SupportsError extends HypercorrError {
  override readonly name = 'SupportsError';
  /** What is wrong, one error for each support that cannot be used. */
  readonly faults: readonly Error[];

  constructor(op: string, className: string, faults: readonly Error[]) {
    const lines = faults.map(({ message }) => message);
    super(op, [`supports of ${className} cannot be used:`, ...lines].join(faults.length === 1 ? ' ' : '\n  '));
    this.faults = faults;
  }
}
