import { runCommandLine, type Terminal } from '../../src/cli/command-line.ts';
import type { AnyCommand } from '../../src/cli/command.ts';
import { commands } from '../../src/commands/index.ts';

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly env?: Terminal['env'];
  readonly list?: readonly AnyCommand[];
  /** Called with what is written to stderr, while the command waits. */
  readonly onStderr?: (text: string) => void;
}

/** Runs a command line in this process. */
export async function hypercorr(
  args: readonly string[],
  { env = {}, list = commands, onStderr }: RunOptions = {},
): Promise<Ran> {
  const written = { stdout: '', stderr: '' };
  const into = (name: keyof typeof written) => ({
    write(text: string) {
      written[name] += text;
      if (name === 'stderr') onStderr?.(text);
    },
  });
  const exitCode = await runCommandLine(list, args, { stdout: into('stdout'), stderr: into('stderr'), env });
  return { exitCode, ...written };
}

/** The same for `--json`: fails with what was said where the command failed. */
export async function hypercorrJson<T>(...args: readonly string[]): Promise<T> {
  const { exitCode, stdout, stderr } = await hypercorr([...args, '--json']);
  if (exitCode !== 0) throw new Error(`exit code ${exitCode}: ${stderr}`);
  return JSON.parse(stdout) as T;
}
