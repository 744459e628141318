import { HypercorrError } from '@hypercorr/tensor';
import { FolderInUseError, NonFiniteStepError, RunError } from '@hypercorr/train';
import { isSystemError } from '@hypercorr/train/node';

/** The exit codes of the program. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command line was wrong, and nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command line was right, but the command failed. The message is printed in one line, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * Describes an error for the user. An error about the user's files, options or data gets one line. Any other error is a fault of this
 * program and gets its stack.
 */
export function describeFailure(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (
    isSystemError(error) &&
    error.code === 'ENOENT' &&
    error.path !== undefined &&
    readingCalls.includes(error.syscall)
  ) {
    return `${error.path} cannot be read: there is no such file`;
  }
  const expected =
    error instanceof UsageError ||
    error instanceof CommandError ||
    error instanceof RunError ||
    error instanceof HypercorrError ||
    isSystemError(error);
  // Errors of file readers name the file and the reason, and hold the system's error as their cause.
  return expected || isSystemError(error.cause) ? `${error.message}${adviceOn(error)}` : (error.stack ?? error.message);
}

/** Which options of this program help: the libraries do not know them. */
function adviceOn(error: Error): string {
  if (error instanceof NonFiniteStepError) return '; --on-nan skip leaves such steps out';
  if (error instanceof FolderInUseError) return '; another --out begins another run';
  return '';
}

/** System calls that fail with ENOENT when a file to read is missing. */
const readingCalls: readonly string[] = ['open', 'stat', 'lstat', 'scandir'];

/** An error's message without the name of its operation. The caller names the options instead. */
export function withoutTag({ op, message }: HypercorrError): string {
  return message.slice(`[${op}] `.length);
}
