// `npm start`: sets everything up, builds, and trains the demo's network. Options after `--` go to the demo.
import { install, run, turbo } from './run.mjs';

const demo = 'apps/trainer/dist/spirals.js';

process.exitCode =
  install() ||
  turbo(['build', '--filter=@hypercorr/trainer...', '--output-logs=new-only']) ||
  run(process.execPath, ['--enable-source-maps', demo, ...process.argv.slice(2)]);
