// `npm test`: sets everything up, builds, checks, and runs every test. The summary at its end names every
// backend and what it ran on; the last line is `N passed, N failed`, where a failed step counts as a failure.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { install, pnpm, root, turbo } from './run.mjs';
import { testedPackages } from './workspace.mjs';

/** @param {string} step */
const stop = (step) => {
  process.stdout.write(`\n${step} failed\n0 passed, 1 failed\n`);
  process.exit(1);
};

// What an earlier run left must not pass for this one's.
for (const folder of testedPackages(root)) rmSync(join(root, folder, '.results'), { recursive: true, force: true });

if (install() !== 0) stop('install');
if (turbo(['build']) !== 0) stop('build');

const checks = {
  typecheck: ['--continue'],
  lint: ['--continue'],
  reference: [],
  // One package at a time: the suite takes every core, and slower tests would time out.
  test: ['--continue', '--concurrency=1'],
};
const failedSteps = Object.entries(checks).flatMap(([step, options]) =>
  turbo([step, ...options]) === 0 ? [] : [step],
);

process.exitCode = pnpm(['exec', 'tsx', 'scripts/summary.ts', ...failedSteps]);
