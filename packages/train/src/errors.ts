/** A training, or the folder of a run, cannot do what was asked. The message says why, and what to do. */
export class RunError extends Error {
  override readonly name: string = 'RunError';
}

/** The caller asked for something that cannot work, such as resuming where there is no run. Nothing was changed. */
export class RunUsageError extends RunError {
  override readonly name = 'RunUsageError';
}

/** Another program works in the folder of a run. */
export class FolderInUseError extends RunError {
  override readonly name = 'FolderInUseError';
}

/** A step's loss or gradient is NaN or infinite, and such steps are not left out. */
export class NonFiniteStepError extends RunError {
  override readonly name = 'NonFiniteStepError';
}

/** The weights are of no use any more: a model computes NaN with them. */
export class DivergedError extends RunError {
  override readonly name = 'DivergedError';
}

/** Whether the operating system refused something: a missing file, a full disk, a folder without permission. */
export function isSystemError(
  error: unknown,
): error is Error & { readonly code: string; readonly syscall: string; readonly path?: string } {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
