/** The `hypercorr` program. Its commands are in `commands/`. */
import { runCommandLine } from './cli/command-line.ts';
import { commands } from './commands/index.ts';
import { isSystemError } from '@hypercorr/train/node';

/** What writing says once nobody reads any more: a pipe was closed, or the terminal is gone. */
const nobodyReads: readonly (string | undefined)[] = ['EPIPE', 'EIO'];

// `hypercorr … 2>&1 | head` closes the output early, and terminals vanish. The work goes on: it writes files.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (!isSystemError(error) || !nobodyReads.includes(error.code)) throw error;
  });
}

process.exitCode = await runCommandLine(commands, process.argv.slice(2), process);
