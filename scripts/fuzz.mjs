// `pnpm fuzz`: prints a line for each reader on stdout, everything else on stderr.
import { join } from 'node:path';
import { root, run, turbo } from './run.mjs';

process.exitCode =
  turbo(['kernels', '--filter=@hypercorr/fuzz...'], { stdoutTo: 'stderr' }) ||
  run(process.execPath, ['--conditions=source', '--import', 'tsx', 'src/main.ts', ...process.argv.slice(2)], {
    cwd: join(root, 'tools/fuzz'),
  });
