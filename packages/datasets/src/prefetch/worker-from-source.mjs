// Starts the worker where this package runs from its sources, as its tests do. The built package starts worker.js itself.
// Teaching every thread TypeScript takes two seconds of a processor. A bundle of the worker, and of the modules that the
// worker is to import, takes a third of a second. SOURCE_BUNDLES names a folder that keeps bundles for one test run.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';

const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
const readers = readersIn(workerData).flatMap((settings) => {
  const path = sourcePath(settings.module);
  return path === undefined ? [] : [{ settings, path, output: '' }];
});
for (const [i, reader] of readers.entries()) reader.output = `reader/${i}-${parse(reader.path).name}`;

const folder = await bundle();
for (const { settings, output } of readers) settings.module = outputUrl(output);
await import(outputUrl('worker'));
if (folder !== keptFolder()) {
  // The worker imports its readers later, and reports what that throws.
  for (const { output } of readers) await import(outputUrl(output)).catch(() => {});
  await rm(folder, { recursive: true });
}

/**
 * What a reader is started with, and the same for each reader of a mixture.
 *
 * @param {{ module: unknown, options?: unknown }} settings
 * @returns {{ module: unknown }[]}
 */
function readersIn(settings) {
  const inner = settings?.options?.readers;
  return [settings, ...(Array.isArray(inner) ? inner.flatMap(readersIn) : [])];
}

/**
 * The path of a module in a file, if the URL is of one. JavaScript is bundled too: what it imports may be TypeScript.
 *
 * @param {unknown} url
 */
function sourcePath(url) {
  if (typeof url !== 'string' || !url.startsWith('file:')) return undefined;
  const path = fileURLToPath(url);
  return existsSync(path) ? path : undefined;
}

/** @param {string} output */
function outputUrl(output) {
  return pathToFileURL(join(folder, `${output}.mjs`)).href;
}

function keptFolder() {
  const { SOURCE_BUNDLES: kept } = process.env;
  return (
    kept &&
    join(
      kept,
      createHash('sha256')
        .update([worker, ...readers.map(({ path }) => path)].join('\n'))
        .digest('hex'),
    )
  );
}

/** Bundles worker and readers with what they share in modules of its own. Returns the folder of the bundles. */
async function bundle() {
  const kept = keptFolder();
  if (kept !== undefined && existsSync(kept)) return kept;
  const { build } = await import('esbuild');
  const made = await mkdtemp(kept === undefined ? join(tmpdir(), 'worker-') : `${kept}-`);
  await build({
    entryPoints: { worker, ...Object.fromEntries(readers.map(({ output, path }) => [output, path])) },
    bundle: true,
    splitting: true,
    outdir: made,
    outExtension: { '.js': '.mjs' },
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['source'],
    logLevel: 'silent',
    plugins: [{ name: 'installed packages stay where they are', setup: leaveInstalled }],
  });
  if (kept === undefined) return made;
  // Another worker may have been quicker.
  await rename(made, kept).catch(() => rm(made, { recursive: true }));
  return kept;
}

/** @param {import('esbuild').PluginBuild} build */
function leaveInstalled({ onResolve, resolve }) {
  onResolve({ filter: /^[^./]/ }, async ({ path, pluginData, ...options }) => {
    if (pluginData === 'resolving' || options.kind === 'entry-point' || path.startsWith('node:')) return undefined;
    const found = await resolve(path, { ...options, pluginData: 'resolving' });
    if (!found.path.includes('/node_modules/')) return found;
    return { path: pathToFileURL(found.path).href, external: true };
  });
}
