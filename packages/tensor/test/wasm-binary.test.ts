import { describe, expect, it } from 'vitest';
import { inspectModule, prepareBinary } from '../src/backends/wasm/binary.ts';
import { kernelsOf } from '../src/backends/wasm/control.ts';
import { scalar, Engine } from '../src/index.ts';
import { defineOp, run, type WasmModule } from '../src/op-entry.ts';
import { wasm } from '../src/wasm.ts';

// A module written out: sections of bytes (core specification, chapter 5).
const i32 = 0x7f;
const end = 0x0b;
const name = (text: string): number[] => [text.length, ...Array.from(text, (letter) => letter.charCodeAt(0))];
const vector = (...items: readonly number[][]): number[] => [items.length, ...items.flat()];

const sections = { type: 1, import: 2, function: 3, global: 6, export: 7, start: 8, code: 10, data: 11 } as const;
type Parts = { readonly [K in keyof typeof sections]?: readonly number[] };

const kernelType = [0x60, 4, i32, i32, i32, i32, 0];
const sharedMemory = [...name('env'), ...name('memory'), 2, 3, 1, 0x80, 0x80, 4];
const unsharedMemory = [...name('env'), ...name('memory'), 2, 1, 1, 0x80, 0x80, 4];

/** The smallest kernel module: one kernel that does nothing. */
const kernel: Parts = {
  type: vector(kernelType),
  import: vector(sharedMemory),
  function: vector([0]),
  export: vector([...name('nothing'), 0, 0]),
  code: vector([2, 0, end]),
};

function moduleOf(changes: Parts): Uint8Array<ArrayBuffer> {
  const parts: Parts = { ...kernel, ...changes };
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  for (const [key, id] of Object.entries(sections)) {
    const content = Object.entries(parts).find(([part]) => part === key)?.[1];
    if (content !== undefined) bytes.push(id, content.length, ...content);
  }
  return Uint8Array.from(bytes);
}

/** The faults of a module that WebAssembly itself has nothing to say against. */
function faultsOf(changes: Parts): readonly string[] {
  const binary = moduleOf(changes);
  expect(WebAssembly.validate(binary)).toBe(true);
  return inspectModule(binary).faults;
}

const constant = (...value: number[]): number[] => [...value, end];
const mutableGlobal = [i32, 1, ...constant(0x41, 5)];

describe('a kernel module', () => {
  it('that keeps the rules has its kernels listed', () => {
    expect(inspectModule(moduleOf({}))).toMatchObject({ kernels: ['nothing'], faults: [] });
  });

  it.each<[string, Parts, ...string[]]>([
    ['a data section', { data: vector([0, ...constant(0x41, 0), 1, 42]) }, 'it has a data section'],
    ['a mutable global', { global: vector(mutableGlobal) }, 'its mutable globals: 1'],
    [
      'a function to import',
      {
        import: vector(sharedMemory, [...name('env'), ...name('abort'), 0, 0]),
        export: vector([...name('nothing'), 0, 1]),
      },
      'it imports env.abort',
    ],
    [
      'a global to import',
      { import: vector(sharedMemory, [...name('env'), ...name('base'), 3, i32, 0]) },
      'it imports env.base',
    ],
    [
      'a table to import',
      { import: vector(sharedMemory, [...name('env'), ...name('table'), 1, 0x70, 0, 1]) },
      'it imports env.table',
    ],
    [
      'a memory of another name',
      { import: vector([...name('js'), ...name('mem'), 2, 3, 1, 2]) },
      'it does not import env.memory',
      'it imports js.mem',
    ],
    ['no memory', { import: vector() }, 'it does not import env.memory'],
    ['an unshared memory', { import: vector(unsharedMemory) }, 'the memory that it imports is not shared'],
    [
      'a start function',
      {
        type: vector(kernelType, [0x60, 0, 0]),
        function: vector([0], [1]),
        start: [1],
        code: vector([2, 0, end], [2, 0, end]),
      },
      'it has a start function',
    ],
    [
      'an export of another signature',
      { type: vector([0x60, 0, 0]) },
      'its export nothing is not a function (usize, u32, u32, usize): void',
    ],
    [
      'an export that is no function',
      { export: vector([...name('nothing'), 0, 0], [...name('memory'), 2, 0]) },
      'its export memory is not a function',
    ],
    ['no kernel', { export: vector() }, 'it exports no kernel'],
  ])('with %s is refused', (_, changes, ...faults) => {
    expect(faultsOf(changes)).toEqual(faults.map((fault): unknown => expect.stringContaining(fault)));
  });

  // 0x0b ends an initialiser, and may also be a byte in the middle of it.
  it.each([
    ['i32.const', [i32, 0, ...constant(0x41, 0x0b)]],
    ['i64.const', [0x7e, 0, ...constant(0x42, 0x8b, 0x0b)]],
    ['f32.const', [0x7d, 0, ...constant(0x43, 0x0b, 0x0b, 0x0b, 0x0b)]],
    ['f64.const', [0x7c, 0, ...constant(0x44, 0, 0x0b, 0, 0x0b, 0, 0x0b, 0, 0x0b)]],
    ['v128.const', [0x7b, 0, ...constant(0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0x0b))]],
  ])('may have constants: %s with the byte 0x0b in it', (_, global) => {
    expect(faultsOf({ global: vector(global, global) })).toEqual([]);
    expect(faultsOf({ global: vector(global, mutableGlobal) })).toEqual([
      expect.stringContaining('mutable globals: 1'),
    ]);
  });

  it.each([
    ['other bytes', Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7)],
    ['no bytes', new Uint8Array(0)],
    ['a module that ends early', moduleOf({}).subarray(0, 30)],
  ])('is not made of %s', (_, binary) => {
    expect(inspectModule(binary).faults).toEqual([expect.stringContaining('not a WebAssembly binary')]);
  });
});

describe('a prepared binary', () => {
  it.each([true, false])('imports the memory that there is (shared: %s)', (shared) => {
    const original = moduleOf({});
    const before = original.slice();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared });
    const kernels = kernelsOf(new WebAssembly.Module(prepareBinary('sample', original, shared)), memory);
    expect([...kernels.keys()]).toEqual(['nothing']);
    expect(original).toEqual(before);
  });

  it('is refused with every rule that it breaks, by the name of its module', () => {
    const binary = moduleOf({ data: vector([0, ...constant(0x41, 0), 1, 42]), global: vector(mutableGlobal) });
    expect(() => prepareBinary('@someone/kernels', binary, true)).toThrow(
      /^\[@someone\/kernels\] this is not a kernel module: it has a data section .*; its mutable globals: 1 .*docs\/adding-an-op\.md/,
    );
  });
});

/** An operation that calls `entry` of this module. */
const withModule = (binary: Uint8Array, entry: string) => {
  const text = Buffer.from(binary).toString('hex');
  const module: WasmModule = { name: '@someone/kernels', baseline: text, relaxed: text };
  return defineOp<'x', object>({
    name: 'sample',
    infer: ({ x }) => x,
    gradients: 'none',
    kernels: {
      reference: () => {},
      wasm: () => [{ module, entry, params: [], items: 1, grain: 1 }],
      gpu: () => {
        throw new Error('not on a GPU');
      },
    },
  });
};

describe('an operation with a module of its own', () => {
  it.each([1, 2])('has it checked before it runs, on %i threads', async (threads) => {
    const engine = new Engine(await wasm({ threads })());
    const x = scalar(1, { engine });
    const before = engine.memory();
    expect(() => run(withModule(moduleOf({ global: vector(mutableGlobal) }), 'nothing'), { x }, {})).toThrow(
      /\[@someone\/kernels\] this is not a kernel module: its mutable globals/,
    );
    expect(() => run(withModule(moduleOf({}), 'something'), { x }, {})).toThrow(
      '[@someone/kernels] the kernel module has no export something',
    );
    expect(engine.memory()).toEqual(before);
    run(withModule(moduleOf({}), 'nothing'), { x }, {}).dispose();
    await engine.dispose();
  });
});
