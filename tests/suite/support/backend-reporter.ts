import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import type { BackendReport, BackendResult } from './backend-report.ts';

/** Writes `backend-<project>.json` for each project of which a test reported its backend. */
export class BackendReporter implements Reporter {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    mkdirSync(this.#folder, { recursive: true });
    for (const project of new Set(modules.map((module) => module.project.name))) {
      const ofProject = modules.filter((module) => module.project.name === project);
      const result = summarise(project, ofProject);
      if (result !== undefined)
        writeFileSync(join(this.#folder, `backend-${project}.json`), JSON.stringify(result, null, 2));
    }
  }
}

const summarise = (project: string, modules: readonly TestModule[]): BackendResult | undefined => {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let report: BackendReport | undefined;
  for (const module of modules) {
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === 'pending' ? 'failed' : state] += 1;
      report ??= test.meta().backend;
    }
  }
  return report && { project, ...report, ...counts };
};
