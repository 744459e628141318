// `npm start`: sets everything up, builds, and finds windmills and fish in photographs. Options after `--` are passed to `hypercorr predict`.
import { install, run, turbo } from './run.mjs';

/** The command's stdout is its result. @type {{ stdoutTo: 'stderr' }} */
const setUp = { stdoutTo: 'stderr' };
const command = 'apps/trainer/bin/hypercorr.js';
const photographs = 'examples/photographs';
const predict = [
  ...['predict', '--query', `${photographs}/queries`, '--out', 'runs/photographs', '--overlay', '--sheet'],
  ...['windmill', 'fish'].flatMap((name) => [
    '--support',
    `${name}=${photographs}/${name}/1.webp:${photographs}/${name}/1.png`,
  ]),
];

process.exitCode =
  install(setUp) ||
  turbo(['build', '--filter=@hypercorr/trainer...', '--output-logs=new-only'], setUp) ||
  run(process.execPath, ['--enable-source-maps', command, ...predict, ...process.argv.slice(2)]);
