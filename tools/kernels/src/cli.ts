import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { inspectModule } from '../../../packages/tensor/src/backends/wasm/binary.ts';
import { bundleWorker } from './bundle-worker.ts';
import { compileKernels, kernelSources, variants } from './compile.ts';
import { binaryModule, textModule } from './emit.ts';

const usage = `build-kernels --entry ASSEMBLY --out KERNELS.ts [--worker WORKER.ts [--worker-out SOURCE.ts]] [--assets DIR] [--quick]

  --entry       the AssemblyScript source, or a folder: those of its files that no other file there imports. Every
                function that such a file exports is a kernel
  --out         the TypeScript module to write: both binaries in hexadecimal, 'baseline' and 'relaxed'
  --worker      a TypeScript worker to bundle and minify into a string
  --worker-out  the module that exports it as 'workerSource' (default: worker.ts beside --out)
  --assets      also write baseline.wasm, relaxed.wasm and worker.js there, for pages that load them by URL
  --quick       optimise little: for kernels that are to be right, and need not be fast`;

const fail = (message: string): never => {
  process.stderr.write(`build-kernels: ${message}\n`);
  process.exit(1);
};

const { values: options } = parseArgs({
  options: {
    entry: { type: 'string' },
    out: { type: 'string' },
    worker: { type: 'string' },
    'worker-out': { type: 'string' },
    assets: { type: 'string' },
    quick: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  },
});

const save = async (path: string, content: string | Uint8Array): Promise<void> => {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
};

const build = async (entry: string, out: string): Promise<void> => {
  const sources = await kernelSources(entry);
  const binaries = new Map<string, Uint8Array>();
  const compiled = await Promise.all(
    variants.map(async (variant) => ({
      variant,
      binary: await compileKernels(sources, variant, options.quick === true ? 'quick' : 'full'),
    })),
  );
  for (const { variant, binary } of compiled) {
    const { kernels, faults } = inspectModule(binary);
    if (faults.length > 0) fail(`${entry} (${variant}):\n  ${faults.join('\n  ')}`);
    process.stderr.write(`${relative('.', out)}: ${variant}, ${kernels.length} kernels, ${binary.length} bytes\n`);
    binaries.set(variant, binary);
    if (options.assets !== undefined) await save(join(options.assets, `${variant}.wasm`), binary);
  }
  await save(out, binaryModule(entry, binaries));

  if (options.worker === undefined) return;
  const source = await bundleWorker(options.worker);
  await save(
    options['worker-out'] ?? join(dirname(out), 'worker.ts'),
    textModule(options.worker, 'workerSource', source),
  );
  if (options.assets !== undefined) await save(join(options.assets, 'worker.js'), source);
};

if (options.help === true) {
  process.stdout.write(`${usage}\n`);
} else if (options.entry === undefined || options.out === undefined) {
  fail(`--entry and --out are needed\n\n${usage}`);
} else {
  await build(options.entry, options.out).catch((error: unknown) =>
    fail(error instanceof Error ? error.message : String(error)),
  );
}
