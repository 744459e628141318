import type { TestContext } from 'vitest';
import type { BackendProject, BackendSettings } from '../backends.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The backend under test: `inject('backend')`. */
    readonly backend: BackendProject;
  }
  interface TaskMeta {
    backend?: BackendReport;
  }
}

/** What a project really ran on, in the engine's own words. */
export interface BackendReport {
  readonly kind: BackendSettings['kind'];
  readonly description: string;
}

/** A report as it lies in `.results/backend-<project>.json`, with the project's counts of tests. */
export interface BackendResult extends BackendReport {
  readonly project: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Says, from inside a test, what this project runs on. A project of which no test says so counts as missing. */
export const reportBackend = ({ task }: TestContext, report: BackendReport): void => {
  task.meta.backend = report;
};
