// The end of `npm test`. Its arguments are the names of the steps that failed.
import { backendProjects } from '../tests/suite/backends.ts';
import { root } from './run.mjs';
import { summarise } from './summarise.ts';
import { testedPackages } from './workspace.mjs';

const { lines, failed } = summarise(root, testedPackages(root), 'tests/suite', backendProjects, process.argv.slice(2));
process.stdout.write(`\n${lines.join('\n')}\n`);
process.exitCode = failed === 0 ? 0 : 1;
