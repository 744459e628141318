/** The `hypercorr` command: see `commands/` for what it can do. */
import { runCommandLine } from './cli/command-line.ts';
import { commands } from './commands/index.ts';
import { isSystemError } from '@hypercorr/train/node';

// Whoever reads the output may have read enough: `hypercorr … | head`.
process.stdout.on('error', (error) => {
  if (!isSystemError(error) || error.code !== 'EPIPE') throw error;
});

process.exitCode = await runCommandLine(commands, process.argv.slice(2), process);
