import { HypercorrError } from '@hypercorr/tensor';

/** Weights whose logits are NaN or infinite. */
export class DamagedWeightsError extends HypercorrError {
  override readonly name = 'DamagedWeightsError';
}

/** Classes or parts of data that do not exist, that overlap, or that are empty. */
export class ClassesError extends HypercorrError {
  override readonly name = 'ClassesError';
}

/** A part of a model that was asked for, and that the weights do not have. */
export class OtherModelError extends HypercorrError {
  override readonly name = 'OtherModelError';
  /** What was asked for, and may be left out. */
  readonly part: 'backbone' | 'kernel' | 'additions';

  constructor(part: OtherModelError['part'], message: string) {
    super('model', message);
    this.part = part;
  }
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
