// `npm start`: sets everything up, builds, and trains the demo's network. Options after `--` go to the demo.
import { install, run, turbo } from './run.mjs';

/** The demo's stdout is its result. @type {{ stdoutTo: 'stderr' }} */
const setUp = { stdoutTo: 'stderr' };
const demo = 'apps/trainer/dist/spirals.js';

process.exitCode =
  install(setUp) ||
  turbo(['build', '--filter=@hypercorr/trainer...', '--output-logs=new-only'], setUp) ||
  run(process.execPath, ['--enable-source-maps', demo, ...process.argv.slice(2)]);
