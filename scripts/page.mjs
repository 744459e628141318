// `npm run page`: sets everything up, and serves the example pages from their sources. Options after `--` are passed to
// Vite.
import { join } from 'node:path';
import { install, root, run, turbo } from './run.mjs';

process.exitCode =
  install() ||
  turbo(['kernels', '--output-logs=new-only']) ||
  run(process.execPath, ['node_modules/vite/bin/vite.js', ...process.argv.slice(2)], { cwd: join(root, 'apps/page') });
