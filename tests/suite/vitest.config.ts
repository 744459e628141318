import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';
import { relaxedSimd, reporting, shared } from '../../scripts/vitest-base.ts';
import { backendProjects, type BackendProject, type Place } from './backends.ts';
import { BackendReporter } from './support/backend-reporter.ts';
import { chromiumFlags, findChromium } from './support/chromium.ts';

const tests = ['test/**/*.test.ts'];
/** What needs no backend of a project's own: it runs once, in the project `reference`. */
const nodeTests = 'test/node/**';
const setupFiles = ['src/leak-check.ts'];
/** Imported with `?inline`, as a data URL, which Node and pages read alike. */
const assetsInclude = ['**/*.safetensors'];

const inPlace = (place: Place): readonly BackendProject[] =>
  backendProjects.filter((project) => project.place === place);

/** Places run one after another: each may take every core. */
const order: Readonly<Record<Place, number>> = { node: 0, 'chromium-isolated': 1, 'chromium-plain': 2 };

const nodeProject = (backend: BackendProject): TestProjectInlineConfiguration => ({
  ...shared,
  assetsInclude,
  test: {
    name: backend.project,
    include: tests,
    exclude: backend.settings.kind === 'reference' ? [] : [nodeTests],
    setupFiles,
    pool: 'forks',
    // Each file starts its engine, and ends it: they share what they load.
    isolate: false,
    execArgv: backend.settings.kind === 'wasm' && backend.settings.simd === 'relaxed' ? [...relaxedSimd] : [],
    testTimeout: 300_000,
    sequence: { groupOrder: order.node },
    provide: { backend },
  },
});

/** What a page needs to share memory with its workers. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

const headless = (executablePath: string) => ({
  enabled: true,
  headless: true,
  screenshotFailures: false,
  provider: playwright({ launchOptions: { executablePath, args: chromiumFlags } }),
});

const chromiumProject = (place: Exclude<Place, 'node'>, executablePath: string): TestProjectInlineConfiguration => ({
  ...shared,
  assetsInclude,
  server: { headers: place === 'chromium-isolated' ? isolation : {} },
  // Found before the first test, or the page reloads in the middle of it.
  optimizeDeps: { include: ['gpu.js', 'fast-check'] },
  test: {
    name: place,
    include: tests,
    exclude: [nodeTests],
    setupFiles,
    testTimeout: 120_000,
    fileParallelism: false,
    isolate: false,
    sequence: { groupOrder: order[place] },
    browser: {
      ...headless(executablePath),
      instances: inPlace(place).map((backend) => ({
        browser: 'chromium',
        name: backend.project,
        provide: { backend },
      })),
    },
  },
});

/** The GPU runtime's own tests, which `packages/tensor` runs in GPU.js's modes for Node, in its modes for pages. */
const gpuRuntimeProject = (executablePath: string): TestProjectInlineConfiguration => ({
  ...shared,
  root: fileURLToPath(new URL('../../packages/tensor', import.meta.url)),
  optimizeDeps: { include: ['gpu.js', 'fast-check'] },
  test: {
    name: 'gpu-runtime',
    include: ['test/gpu/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    sequence: { groupOrder: 3 },
    browser: { ...headless(executablePath), instances: [{ browser: 'chromium', name: 'chromium-gpu-runtime' }] },
  },
});

const chromium = findChromium();
if (chromium === undefined)
  process.stderr.write('No Chromium found (CHROMIUM_PATH, PATH): the suite leaves its browser projects out.\n');

export default defineConfig({
  test: {
    ...reporting,
    maxWorkers: 2,
    reporters: [...reporting.reporters, new BackendReporter('.results')],
    projects: [
      ...inPlace('node').map(nodeProject),
      ...(chromium === undefined
        ? []
        : [
            chromiumProject('chromium-isolated', chromium),
            chromiumProject('chromium-plain', chromium),
            gpuRuntimeProject(chromium),
          ]),
    ],
  },
});
