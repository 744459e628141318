import { HypercorrError } from '@hypercorr/tensor';
import { RunError } from '@hypercorr/train';
import { isSystemError } from '@hypercorr/train/node';

/** What the command ends with: done, failed, wrong usage, interrupted. */
export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The command was called in a way that cannot work; nothing was done. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command was called rightly and could not do what it was asked for: said in one line, without a stack. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/**
 * One line for an error that has to do with what the user gave (files, options, data), with the stack for any other:
 * that one is a fault of this program.
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
  // Errors of file readers say their file and the system's reason themselves, with the system's error as the cause.
  return expected || isSystemError(error.cause) ? error.message : (error.stack ?? error.message);
}

/** How the system calls looking for a file. */
const readingCalls: readonly string[] = ['open', 'stat', 'lstat', 'scandir'];

/** An error's message without its tag: the options that it is about are named instead. */
export function withoutTag({ op, message }: HypercorrError): string {
  return message.slice(`[${op}] `.length);
}
