import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';

/** The two binaries that are built from one source: plain SIMD, and SIMD with fused multiply-add. */
export const variants = ['baseline', 'relaxed'] as const;
export type Variant = (typeof variants)[number];

const features: Readonly<Record<Variant, readonly string[]>> = {
  baseline: ['simd', 'threads'],
  relaxed: ['simd', 'threads', 'relaxed-simd'],
};

/** The optimiser's settings: all that make kernels fast, or a few. */
const optimisations = { full: ['-O3', '--converge'], quick: ['-O1'] } as const;
export type Optimisation = keyof typeof optimisations;

/**
 * The sources whose exported functions are kernels: an entry itself, or, of a folder, the files that no other file of it
 * imports. So a new kernel needs no index, and a helper's functions are no kernels.
 *
 * @throws Error for a folder without such a file
 */
export const kernelSources = async (entry: string): Promise<readonly string[]> => {
  if (!(await stat(entry)).isDirectory()) return [entry];
  const names = (await readdir(entry)).filter((name) => name.endsWith('.ts')).toSorted();
  const imported = new Set<string>();
  for (const name of names)
    for (const [, module] of (await readFile(join(entry, name), 'utf8')).matchAll(/\bfrom '\.\/([^']+)'/g))
      imported.add(`${module}.ts`);
  const sources = names.filter((name) => !imported.has(name));
  if (sources.length === 0) throw new Error(`${entry} has no AssemblyScript file that no other file there imports`);
  return sources.map((name) => join(entry, name));
};

/**
 * Compiles AssemblyScript sources to a kernel module. The module has no runtime and no assertions, and imports a
 * shared memory of at most 4 GiB (a smaller one is allowed). Each variant is compiled in a thread of its own.
 *
 * @throws Error with the compiler's own messages when the source does not compile.
 */
export const compileKernels = async (
  sources: readonly string[],
  variant: Variant,
  optimisation: Optimisation = 'full',
): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), 'kernels-'));
  const binary = join(folder, 'kernels.wasm');
  try {
    const { fault, messages } = await compile(variant, [
      ...sources,
      '--outFile',
      binary,
      '--enable',
      features[variant].join(','),
      ...optimisations[optimisation],
      '--noAssert',
      '--runtime',
      'stub',
      '--importMemory',
      '--noExportMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
    ]);
    if (fault !== undefined) throw new Error(`${sources.join(', ')} (${variant}): ${fault}\n${messages}`);
    return new Uint8Array(await readFile(binary));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

interface Compiled {
  /** The reason if there is no binary. */
  readonly fault: string | undefined;
  /** The compiler's output. */
  readonly messages: string;
}

/** One thread for each variant: both compile at once, and the compiler stays warm for the next source. */
const threads = new Map<Variant, Worker>();

const compile = (variant: Variant, args: readonly string[]): Promise<Compiled> =>
  new Promise((resolve, reject) => {
    const thread = threads.get(variant) ?? new Worker(new URL('asc-thread.mjs', import.meta.url));
    threads.set(variant, thread);
    const { port1, port2 } = new MessageChannel();
    port1.once('message', resolve);
    thread.once('error', reject);
    thread.postMessage({ args, answer: port2 }, [port2]);
    // An idle thread does not keep the program alive. The port does, until it is closed.
    thread.unref();
  });
