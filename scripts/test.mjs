// `npm test`: sets everything up, builds, checks, and runs every test. `npm test -- tensor suite` checks and tests
// these packages alone. The summary at the end names every backend and its device. The last line is `N passed, N
// failed`; a failed step counts as a failure.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { lintCommands, referenceCommands, typecheckCommands } from './checks.mjs';
import { install, root, run, runBeside, startTurbo, turbo } from './run.mjs';
import { choosePackages, testedPackages } from './workspace.mjs';

/** @param {string} step */
const stop = (step) => {
  process.stdout.write(`\n${step} failed\n0 passed, 1 failed\n`);
  process.exit(1);
};

const names = process.argv.slice(2);
const packages = (() => {
  try {
    return choosePackages(testedPackages(root), names);
  } catch (error) {
    process.stderr.write(`npm test: ${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
})();
const isWhole = names.length === 0;

// Old results must not count as results of this run.
for (const folder of packages) rmSync(join(root, folder, '.results'), { recursive: true, force: true });

if (install() !== 0) stop('install');
/** @param {string} relatives `...` for a package and all that it needs */
const filters = (relatives = '') => (isWhole ? [] : packages.map((folder) => `--filter=./${folder}${relatives}`));
if (turbo(['build', ...filters('...')]) !== 0) stop('build');

/** @type {string[]} */
const failedSteps = [];

// Each check uses only a part of one processor. The checks run one after another, beside the tests, and print their
// output at the end.
const checks = async () => {
  const steps = {
    typecheck: typecheckCommands(isWhole ? undefined : packages),
    lint: lintCommands(isWhole ? undefined : packages),
    reference: isWhole ? referenceCommands : [],
  };
  for (const [step, commands] of Object.entries(steps)) {
    let failed = false;
    for (const command of commands) {
      const { status, output } = await runBeside(...command);
      process.stdout.write(`${step}: ${command[1].join(' ')}\n${output}`);
      failed ||= status !== 0;
    }
    if (failed) failedSteps.push(step);
  }
};

// Two packages at a time: while one starts, ends, or waits for a browser, the other uses the processors. The whole command
// and the suite compute with all threads, so they take turns; beside them run what mostly waits, and the long ones. Whichever
// is done first takes the next of the others.
const long = [
  ['tests/command', 'tests/suite'],
  ['tests/packaging', 'apps/trainer', 'packages/hsnet'],
].map((lane) => lane.filter((folder) => packages.includes(folder)));
// The pages wait for browsers, and take the longest of these.
const others = packages
  .filter((folder) => !long.flat().includes(folder))
  .toSorted((a, b) => Number(b === 'apps/page') - Number(a === 'apps/page'));

/** @param {string[]} lane */
const runLane = async (lane) => {
  let failed = false;
  for (let folder = lane.shift() ?? others.shift(); folder !== undefined; folder = lane.shift() ?? others.shift())
    failed = (await startTurbo(['test', `--filter=./${folder}`, '--only'])) !== 0 || failed;
  return failed;
};

const tests = async () => {
  const statuses = await Promise.all(long.map(runLane));
  if (statuses.includes(true)) failedSteps.push('test');
};

await Promise.all([checks(), tests()]);

const summaryArguments = [...packages.map((folder) => `--package=${folder}`), ...failedSteps];
process.exitCode = run(process.execPath, ['--import', 'tsx', 'scripts/summary.ts', ...summaryArguments]);
