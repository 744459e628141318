// The end of `npm test`. `--package` names the folder of each tested package; the other arguments are the steps that failed.
import { parseArgs } from 'node:util';
import { backendProjects } from '../tests/suite/backends.ts';
import { root } from './run.mjs';
import { summarise } from './summarise.ts';

const { values, positionals } = parseArgs({
  options: { package: { type: 'string', multiple: true, default: [] } },
  allowPositionals: true,
});
const { lines, failed } = summarise(root, values.package, 'tests/suite', backendProjects, positionals);
process.stdout.write(`\n${lines.join('\n')}\n`);
process.exitCode = failed === 0 ? 0 : 1;
