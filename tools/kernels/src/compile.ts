import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from 'assemblyscript/asc';

/** The two binaries that are built from one source: plain SIMD, and SIMD with fused multiply-add. */
export const variants = ['baseline', 'relaxed'] as const;
export type Variant = (typeof variants)[number];

const features: Readonly<Record<Variant, readonly string[]>> = {
  baseline: ['simd', 'threads'],
  relaxed: ['simd', 'threads', 'relaxed-simd'],
};

/**
 * Compiles an AssemblyScript entry to a kernel module: an imported shared memory of at most 4 GiB
 * (a smaller one may be given to it), no runtime, no assertions.
 *
 * @throws Error with the compiler's own messages when the source does not compile.
 */
export const compileKernels = async (entry: string, variant: Variant): Promise<Uint8Array> => {
  const folder = await mkdtemp(join(tmpdir(), 'kernels-'));
  const binary = join(folder, 'kernels.wasm');
  try {
    const { error, stderr } = await main([
      entry,
      '--outFile',
      binary,
      '--enable',
      features[variant].join(','),
      '-O3',
      '--converge',
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
    if (error !== null) throw new Error(`${entry} (${variant}): ${error.message}\n${stderr.toString()}`);
    return new Uint8Array(await readFile(binary));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
