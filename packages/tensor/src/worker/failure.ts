import {
  BackendError,
  DTypeError,
  DisposedError,
  FormatError,
  GradientError,
  HypercorrError,
  OptionError,
  ScopeError,
  ShapeError,
} from '../errors.ts';

/** An error in the form that is sent between threads. Classes do not survive sending. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  /** For an error of this library: the operation that threw it. */
  readonly op: string | undefined;
  readonly cause: Failure | undefined;
}

const ownErrors = {
  ShapeError,
  DTypeError,
  DisposedError,
  BackendError,
  GradientError,
  FormatError,
  ScopeError,
  OptionError,
} as const;
const builtInErrors = { Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError } as const;

/** Packs any thrown value for sending. */
export function describeFailure(thrown: unknown): Failure {
  if (!(thrown instanceof Error))
    return { name: 'Error', message: String(thrown), stack: undefined, op: undefined, cause: undefined };
  const { name, message, stack, cause } = thrown;
  const op = thrown instanceof HypercorrError ? thrown.op : undefined;
  return { name, message, stack, op, cause: cause === undefined ? undefined : describeFailure(cause) };
}

/**
 * Restores a sent error. It gets its class again if that is a class of this library or of the language; otherwise it
 * becomes an `Error` of the same name.
 */
export function reviveFailure(failure: Failure): Error {
  const error = ofClass(failure);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}

function ofClass({ name, message, op, cause }: Failure): Error {
  const options = cause === undefined ? {} : { cause: reviveFailure(cause) };
  if (op !== undefined && isKey(ownErrors, name))
    return new ownErrors[name](op, message.slice(`[${op}] `.length), options);
  if (isKey(builtInErrors, name)) return new builtInErrors[name](message, options);
  if (name === 'AbortError') return new DOMException(message, name);
  return Object.assign(new Error(message, options), { name });
}

function isKey<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key);
}
