// `npm start`: sets everything up, builds, and runs the demo. Options after `--` are passed to the demo.
import { install, run, turbo } from './run.mjs';

/** The demo's stdout is its result. @type {{ stdoutTo: 'stderr' }} */
const setUp = { stdoutTo: 'stderr' };
const command = 'apps/trainer/bin/hypercorr.js';

process.exitCode =
  install(setUp) ||
  turbo(['build', '--filter=@hypercorr/trainer...', '--output-logs=new-only'], setUp) ||
  run(process.execPath, ['--enable-source-maps', command, 'demo', ...process.argv.slice(2)]);
