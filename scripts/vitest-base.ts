import { fileURLToPath } from 'node:url';
import { defineConfig, type ViteUserConfig } from 'vitest/config';

/** The file of a package's test counts, relative to the package; `scripts/summary.ts` reads it. */
export const resultsFile = '.results/vitest.json';

const nodeMajor = Number(process.versions.node.split('.')[0]);

/**
 * The flag that Node needs for relaxed SIMD. V8 has relaxed SIMD without a flag since 11.4, which is newer than Node
 * 20.
 */
export const relaxedSimd: readonly string[] = nodeMajor < 21 ? ['--experimental-wasm-relaxed-simd'] : [];

/**
 * The common part of every vitest configuration of this repository. Packages resolve to their sources (the `source`
 * condition), and the syntax is lowered to the syntax of Node 20 (no `using`).
 */
export const shared = {
  resolve: { conditions: ['source', 'module', 'browser', 'development|production'] },
  ssr: { resolve: { conditions: ['source', 'module', 'node', 'development|production'] } },
  oxc: { target: 'es2022' },
} satisfies ViteUserConfig;

/** Reporters of every run: one for people, and the counts for the summary. */
export const reporting = {
  reporters: ['default', 'json'],
  outputFile: { json: resultsFile },
} satisfies ViteUserConfig['test'];

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

interface PackageTests extends NonNullable<ViteUserConfig['test']> {
  /**
   * Test files that get a process of their own: those that replace modules (`vi.mock`), or measure the process. All others
   * share one with the files before them, and so load the sources once.
   */
  readonly isolated?: readonly string[];
}

/**
 * The configuration of a package that is tested in Node alone. Two test files run at a time, even on a machine of two
 * processors, and other packages may be tested at the same time. So the time limit of a test is generous: only a
 * hanging test exceeds it.
 */
export const packageTests = ({ isolated = [], globalSetup = [], ...test }: PackageTests = {}): ViteUserConfig => {
  const include = ['test/**/*.test.ts'];
  const project = (name: string, files: object): object => ({ extends: true, test: { name, ...files } });
  return defineConfig({
    ...shared,
    test: {
      ...reporting,
      setupFiles: [file('property-seed.ts')],
      globalSetup: [file('source-bundles.ts'), ...[globalSetup].flat()],
      pool: 'forks',
      isolate: false,
      maxWorkers: 2,
      testTimeout: 120_000,
      hookTimeout: 120_000,
      ...(isolated.length === 0
        ? { include }
        : {
            projects: [
              project('together', { include, exclude: [...isolated] }),
              project('apart', { include: [...isolated], isolate: true }),
            ],
          }),
      ...test,
    },
  });
};
