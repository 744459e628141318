/** Everything this library throws on purpose: `[operation] what was wrong, where, and what to do`. */
export abstract class HypercorrError extends Error {
  /** The operation or file reader that refused. */
  readonly op: string;

  constructor(op: string, message: string, options?: ErrorOptions) {
    super(`[${op}] ${message}`, options);
    this.op = op;
  }
}

/** Shapes, axes or sizes that do not fit. */
export class ShapeError extends HypercorrError {
  override readonly name = 'ShapeError';
}

/** An element type that the operation or the backend does not take. */
export class DTypeError extends HypercorrError {
  override readonly name = 'DTypeError';
}

/** An option that does not exist. */
export class OptionError extends HypercorrError {
  override readonly name = 'OptionError';
}

/** A tensor, scope or engine was used after it was freed. */
export class DisposedError extends HypercorrError {
  override readonly name = 'DisposedError';
}

/** A backend that is missing, refused, ran out of memory, or was mixed with another. */
export class BackendError extends HypercorrError {
  override readonly name = 'BackendError';
}

/** A derivative that does not exist, or is not implemented. */
export class GradientError extends HypercorrError {
  override readonly name = 'GradientError';
}

/** A file or buffer that is not what it claims to be. */
export class FormatError extends HypercorrError {
  override readonly name = 'FormatError';
}

/** A scope that was given asynchronous work. */
export class ScopeError extends HypercorrError {
  override readonly name = 'ScopeError';
}

/** Names for a message: up to eight of them, and the number of the others. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
