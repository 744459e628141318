/**
 * pnpm bench bundle-size [--json]
 *
 * Measures the download of a page for a small task (bundle/task.ts): bytes of the scripts, minified by esbuild, and of
 * the one WebAssembly file that the page would fetch, as they are and gzipped. TensorFlow.js needs `npm install
 * --ignore-scripts` in peers/. Before anything is printed, each bundle computes the task in Node, and its results are
 * compared with ours.
 */
import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build, type BuildOptions } from 'esbuild';

interface Bundle {
  readonly name: string;
  readonly entry: string;
  /** The function that the entry exports. It returns the numbers that it computed. */
  readonly computes: 'forward' | 'trainingStep';
  /** The file that a page with threads fetches. Our binaries are part of the script. */
  readonly binary?: string;
}

export interface BundleSize {
  readonly bundle: string;
  readonly script: number;
  readonly script_gzip: number;
  readonly wasm: number;
  readonly wasm_gzip: number;
  readonly total_gzip: number;
}

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));
const peer = at('peers/node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm');

const ours: readonly Bundle[] = [
  { name: 'hypercorr, forward', entry: at('src/bundle/forward.ts'), computes: 'forward' },
  { name: 'hypercorr, training step', entry: at('src/bundle/training-step.ts'), computes: 'trainingStep' },
];
const theirs: readonly Bundle[] = [
  { name: 'TensorFlow.js, forward', entry: at('peers/bundle/tfjs.mjs'), computes: 'forward', binary: peer },
  {
    name: 'TensorFlow.js, forward, kernels by hand',
    entry: at('peers/bundle/tfjs-kernels.mjs'),
    computes: 'forward',
    binary: peer,
  },
];

/** The usual settings of a bundler, applied to our sources. */
const common: BuildOptions = {
  bundle: true,
  minify: true,
  conditions: ['source'],
  legalComments: 'none',
  logLevel: 'error',
};

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const folder = await mkdtemp(join(tmpdir(), 'bundle-size-'));
try {
  const [first, ...others] = [...ours, ...(existsSync(peer) ? theirs : [])].filter(
    ({ computes }) => computes === 'forward',
  );
  if (first !== undefined) {
    const expected = await numbersOf(first);
    for (const bundle of others) checkAlike(bundle.name, await numbersOf(bundle), expected);
  }
  for (const bundle of ours.filter(({ computes }) => computes === 'trainingStep')) {
    const [before = NaN, after = NaN] = await numbersOf(bundle);
    if (!(after < before)) throw new Error(`${bundle.name}: the loss went from ${before} to ${after}`);
  }
  const sizes = await Promise.all([...ours, ...(existsSync(peer) ? theirs : [])].map(sizeOf));
  if (values.json) for (const size of sizes) process.stdout.write(`${JSON.stringify(size)}\n`);
  else process.stdout.write(tableOf(sizes));
} finally {
  await rm(folder, { recursive: true });
}

async function sizeOf({ name, entry, binary }: Bundle): Promise<BundleSize> {
  const { outputFiles } = await build({
    ...common,
    entryPoints: [entry],
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    write: false,
  });
  const script = Buffer.concat(outputFiles.map(({ contents }) => contents));
  const wasm = binary === undefined ? Buffer.alloc(0) : await readFile(binary);
  const [scriptGzip, wasmGzip] = [gzipped(script), wasm.length === 0 ? 0 : gzipped(wasm)];
  return {
    bundle: name,
    script: script.length,
    script_gzip: scriptGzip,
    wasm: wasm.length,
    wasm_gzip: wasmGzip,
    total_gzip: scriptGzip + wasmGzip,
  };
}

function gzipped(bytes: Uint8Array): number {
  return gzipSync(bytes, { level: 9 }).length;
}

/** The results of a bundle, computed in a process of its own. */
async function numbersOf({ entry, computes, binary }: Bundle): Promise<number[]> {
  const outfile = join(folder, `${basename(entry)}.cjs`);
  // TensorFlow.js looks for its binaries beside the script, and in Node uses another binary than in a page.
  if (binary !== undefined)
    await cp(dirname(binary), folder, {
      recursive: true,
      filter: (path) => path === dirname(binary) || path.endsWith('.wasm'),
    });
  await build({
    ...common,
    minify: false,
    entryPoints: [entry],
    format: 'cjs',
    platform: 'node',
    mainFields: ['module', 'main'],
    outfile,
    logOverride: { 'empty-import-meta': 'silent' },
  });
  const program = `require(${JSON.stringify(outfile)}).${computes}().then((y) => { console.log(JSON.stringify([...y])); process.exit(); })`;
  const lines = execFileSync(process.execPath, ['-e', program], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
    .trim()
    .split('\n');
  return JSON.parse(lines.at(-1) ?? '') as number[];
}

/**
 * The libraries round sums of 144 products in different orders. The results differ by a few parts in a million of the
 * largest value.
 */
function checkAlike(name: string, found: readonly number[], expected: readonly number[]): void {
  const largest = Math.max(...expected.map(Math.abs));
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))));
  if (!(worst <= 1e-5 * largest))
    throw new Error(`${name} computes something else: ${worst} away from ours, of ${largest} at most`);
}

function tableOf(sizes: readonly BundleSize[]): string {
  const kilobytes = (bytes: number): string => (bytes === 0 ? '–' : `${(bytes / 1000).toFixed(1)}`);
  const rows = sizes.map((size) => [
    ...[
      size.bundle,
      kilobytes(size.script),
      kilobytes(size.script_gzip),
      kilobytes(size.wasm),
      kilobytes(size.wasm_gzip),
    ],
    kilobytes(size.total_gzip),
  ]);
  const head = ['bundle (KB)', 'script', 'gzipped', 'wasm', 'gzipped', 'in all, gzipped'];
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |\n`).join('');
}
