import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BackendProject } from '../tests/suite/backends.ts';
import type { BackendResult } from '../tests/suite/support/backend-report.ts';

/** The part of vitest's JSON report that this file reads. */
interface VitestReport {
  readonly numPassedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

export interface Summary {
  readonly lines: readonly string[];
  readonly passed: number;
  readonly failed: number;
}

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const readJson = <T>(path: string): T | undefined =>
  existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as T) : undefined;

const countTests = ({ numPassedTests, numPendingTests, testResults }: VitestReport): Counts => {
  const failed = testResults.map(({ status, assertionResults }) => {
    const tests = assertionResults.filter((test) => test.status === 'failed').length;
    // A file that cannot be loaded fails without a failed test.
    return tests === 0 && status === 'failed' ? 1 : tests;
  });
  return { passed: numPassedTests, failed: failed.reduce((sum, count) => sum + count, 0), skipped: numPendingTests };
};

const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
};

/**
 * Adds up the counts that every package's tests left in `.results`, and compares the backends that reported themselves
 * with the required ones.
 *
 * Failures are: failed tests and files; a package without counts; a required backend that is missing or runs on another
 * device than required; a failed step. The step `test` is not counted again if its failures are already counted.
 *
 * @param root the repository's root
 * @param packages the tested packages' folders, relative to `root`
 * @param suite the folder in which the backends report. If it is not among the packages, no backend is required
 */
export const summarise = (
  root: string,
  packages: readonly string[],
  suite: string,
  required: readonly BackendProject[],
  failedSteps: readonly string[],
): Summary => {
  let passed = 0;
  let failed = 0;
  const faults: string[] = [];

  const packageRows = packages.map((folder) => {
    const report = readJson<VitestReport>(join(root, folder, '.results/vitest.json'));
    if (report === undefined) {
      faults.push(`${folder} left no results`);
      return [folder, '-', '-', '-'];
    }
    const counts = countTests(report);
    passed += counts.passed;
    failed += counts.failed;
    return [folder, String(counts.passed), String(counts.failed), String(counts.skipped)];
  });

  const isSuiteTested = packages.includes(suite);
  const backendRows = (isSuiteTested ? required : []).map(({ project, settings }) => {
    const result = readJson<BackendResult>(join(root, suite, `.results/backend-${project}.json`));
    if (result === undefined) faults.push(`backend ${project} was not tested`);
    else if (result.kind !== settings.kind)
      faults.push(`backend ${project} ran on ${result.kind}, not on ${settings.kind}`);
    else if (result.passed === 0) faults.push(`backend ${project} passed no test`);
    return [
      project,
      String(result?.passed ?? '-'),
      String(result?.failed ?? '-'),
      String(result?.skipped ?? '-'),
      result?.description ?? 'MISSING',
    ];
  });

  for (const step of failedSteps) if (step !== 'test' || failed + faults.length === 0) faults.push(`${step} failed`);
  failed += faults.length;

  const lines = [
    'Tests',
    ...table([['package', 'passed', 'failed', 'skipped'], ...packageRows]),
    '',
    ...(isSuiteTested
      ? ['Backends', ...table([['project', 'passed', 'failed', 'skipped', 'ran on'], ...backendRows]), '']
      : []),
    ...faults,
    `${passed} passed, ${failed} failed`,
  ];
  return { lines, passed, failed };
};
