// `pnpm bench`: JSON lines on stdout, all else on stderr. `pnpm bench bundle-size` measures pages instead. It runs outside
// turbo, which would mark every line with the package's name.
import { join } from 'node:path';
import { root, run, turbo } from './run.mjs';

const [first, ...rest] = process.argv.slice(2);
const program = first === 'bundle-size' ? ['src/bundle-size.ts', ...rest] : ['src/main.ts', ...process.argv.slice(2)];

process.exitCode =
  turbo(['kernels'], { stdoutTo: 'stderr' }) ||
  run(process.execPath, ['--conditions=source', '--import', 'tsx', ...program], { cwd: join(root, 'tools/bench') });
