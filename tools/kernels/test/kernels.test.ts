import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { inspectModule } from '../../../packages/tensor/src/backends/wasm/binary.ts';
import { bundleWorker } from '../src/bundle-worker.ts';
import { compileKernels, kernelSources, variants } from '../src/compile.ts';
import { binaryModule, textModule } from '../src/emit.ts';

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const sample = path('assembly/index.ts');

describe.each(variants)('the %s binary', (variant) => {
  it('follows the ABI', async () => {
    expect(inspectModule(await compileKernels([sample], variant))).toMatchObject({
      kernels: ['multiplyAdd'],
      faults: [],
    });
  });

  it('has a data section reported', async () => {
    const { faults } = inspectModule(await compileKernels([path('assembly/with-data.ts')], variant));
    expect(faults).toEqual([expect.stringContaining('data section')]);
  });

  it('has mutable globals and other exports reported', async () => {
    const { kernels, faults } = inspectModule(await compileKernels([path('assembly/with-state.ts')], variant));
    expect(kernels).toEqual(['count']);
    expect(faults).toEqual([expect.stringContaining('mutable globals: 1'), expect.stringContaining('export size')]);
  });
});

// 1 + 2⁻¹² squared loses its last bit when rounded before the sum, and keeps it in a fused multiply-add.
const factor = 1 + 2 ** -12;
const addend = -(1 + 2 ** -11);

const runMultiplyAdd = async (binary: Uint8Array): Promise<number> => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 16384, shared: true });
  const module = new WebAssembly.Module(new Uint8Array(binary));
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const { multiplyAdd } = exports;
  if (typeof multiplyAdd !== 'function') throw new Error('no kernel');
  const [params, a, b, c, out] = [0, 64, 128, 192, 256] as const;
  new Uint32Array(memory.buffer, params).set([a, b, c, out]);
  new Float32Array(memory.buffer, a).fill(factor, 0, 4);
  new Float32Array(memory.buffer, b).fill(factor, 0, 4);
  new Float32Array(memory.buffer, c).fill(addend, 0, 4);
  multiplyAdd(params, 0, 1, 0);
  return new Float32Array(memory.buffer, out, 4)[0] ?? Number.NaN;
};

it('baseline rounds the product before the sum', async () => {
  expect(await runMultiplyAdd(await compileKernels([sample], 'baseline'))).toBe(0);
});

it('relaxed holds a relaxed multiply-add, and runs', async () => {
  const relaxed = await compileKernels([sample], 'relaxed');
  const relaxedMadd = Buffer.from([0xfd, 0x85, 0x02]);
  expect(Buffer.from(relaxed).includes(relaxedMadd)).toBe(true);
  expect(await runMultiplyAdd(relaxed)).toBe(2 ** -24);
});

describe('the kernels of a folder', () => {
  it('are in the files that no other file there imports', async () => {
    const folder = path('assembly/folder');
    const sources = await kernelSources(folder);
    expect(sources.map((source) => basename(source))).toEqual(['double.ts', 'triple.ts']);
    const { kernels } = inspectModule(await compileKernels(sources, 'baseline'));
    expect(kernels.toSorted()).toEqual(['double', 'triple']);
  });

  it('must be somewhere', async () => {
    await expect(kernelSources(path('worker/none'))).rejects.toThrow(/ENOENT/);
    const empty = await mkdtemp(join(tmpdir(), 'no-kernels-'));
    await expect(kernelSources(empty)).rejects.toThrow(/has no AssemblyScript file/);
    await rm(empty, { recursive: true });
  });
});

it("a source that does not compile is an error with the compiler's message", async () => {
  await expect(compileKernels([path('assembly/missing.ts')], 'baseline')).rejects.toThrow(/missing\.ts.*not found/s);
});

it('a worker becomes one script that runs as it is', async () => {
  const source = await bundleWorker(path('worker/index.ts'));
  expect(runInNewContext(`let seen; const report = (value) => { seen = value }; ${source} seen`)).toBe(42);
});

it('generated modules hold their text and their binaries exactly', async () => {
  expect(textModule('w.ts', 'source', 'a`\'"\n')).toContain('export const source =\n  "a`\'\\"\\n";');

  const binaries = new Map(
    [9000, 12_345].map((length, i) => [`variant${i}`, Uint8Array.from({ length }, (_, at) => at * (i + 3))]),
  );
  const source = binaryModule('a.ts', binaries);
  const exported: unknown = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  expect(exported).toMatchObject(
    Object.fromEntries(Array.from(binaries, ([name, binary]) => [name, Buffer.from(binary).toString('hex')])),
  );
});
