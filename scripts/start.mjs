// `npm start`: sets everything up, builds, and finds windmills and fish in photographs. Options after `--` are passed to
// `hypercorr predict`.
import { photographs } from './photographs.mjs';
import { install, run, turbo } from './run.mjs';

/** The command's stdout is its result. @type {{ stdoutTo: 'stderr' }} */
const setUp = { stdoutTo: 'stderr' };
const command = 'apps/trainer/bin/hypercorr.js';

process.exitCode =
  install(setUp) ||
  turbo(['build', '--filter=@hypercorr/trainer...', '--output-logs=new-only'], setUp) ||
  run(process.execPath, ['--enable-source-maps', command, ...photographs, ...process.argv.slice(2)]);
