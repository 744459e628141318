// `pnpm bench [NAME]`: runs a program of tools/bench, main.ts unless NAME is one of these. JSON lines and tables go to
// stdout, everything else to stderr. The program runs outside turbo, because turbo would put the package's name in
// front of every line.
import { join } from 'node:path';
import { root, run, turbo } from './run.mjs';

/** @type {Readonly<Record<string, string>>} */
const programs = {
  targets: 'targets-table.ts',
  curves: 'curves.ts',
  counts: 'counts.ts',
  publish: 'publish.ts',
  'dispatch-share': 'dispatch-share.ts',
  'engine-load': 'engine-load.ts',
  'bundle-size': 'bundle-size.ts',
};

const [first = '', ...rest] = process.argv.slice(2);
const [program, options] = Object.hasOwn(programs, first)
  ? [programs[first], rest]
  : ['main.ts', process.argv.slice(2)];

process.exitCode =
  turbo(['kernels'], { stdoutTo: 'stderr' }) ||
  run(process.execPath, ['--conditions=source', '--import', 'tsx', `src/${program}`, ...options], {
    cwd: join(root, 'tools/bench'),
  });
