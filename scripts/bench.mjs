// `pnpm bench`: JSON lines on stdout, all else on stderr. It runs outside turbo, which would mark every line
// with the package's name.
import { join } from 'node:path';
import { root, run, turbo } from './run.mjs';

process.exitCode =
  turbo(['kernels'], { stdoutTo: 'stderr' }) ||
  run(process.execPath, ['--conditions=source', '--import', 'tsx', 'src/main.ts', ...process.argv.slice(2)], { cwd: join(root, 'tools/bench') });
