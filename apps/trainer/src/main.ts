/** The `hypercorr` program. Its commands are in `commands/`. */
import { runCommandLine } from './cli/command-line.ts';
import { commands } from './commands/index.ts';
import { isSystemError } from '@hypercorr/train/node';

// The reader of the output may close it early: `hypercorr … | head`.
process.stdout.on('error', (error) => {
  if (!isSystemError(error) || error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCommandLine(commands, process.argv.slice(2), process);
