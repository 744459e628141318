import { add, init, key, matmul, profile, scope, uniform, zeros, type Engine } from '@hypercorr/tensor';
import { defineOp, run as runOp } from '@hypercorr/tensor/op';
import { wasm } from '@hypercorr/tensor/wasm';
import { describe, expect, test } from 'vitest';
import type { BenchCase } from '../src/case.ts';
import { findCase } from '../src/cases.ts';
import { countsOf, type Counts } from '../src/counting/count.ts';
import { countedCases, countedNow, differences, expectedCounts, howToUpdate } from '../src/counting/expected.ts';

const caseOf = (prepare: BenchCase['prepare']): BenchCase => ({ name: 'here', flops: 0, prepare });

function known(name: string): BenchCase {
  const found = findCase(name);
  if (found === undefined) throw new TypeError(`there is no case ${name}`);
  return found;
}

describe('what predictions and training steps do', () => {
  test.each(countedCases)('%s', { timeout: 60_000 }, async (name) => {
    const found = differences(name, (await expectedCounts())[name], countedNow(name));
    expect(found, `${found.join('\n')}\n${howToUpdate}`).toEqual([]);
  });
});

describe('counting', () => {
  const product = (engine: Engine) => {
    const [a, b] = [uniform(key(0), [3, 5], { engine }), uniform(key(1), [5, 7], { engine })];
    return () => void scope(() => void add(matmul(a, b), 1));
  };

  test('a product, and an addition of a scalar', () => {
    // Two results, the scalar, and the product's packed rows.
    expect(countsOf(caseOf(product))).toMatchObject({
      dispatches: 2,
      kernel_calls: 3,
      allocations: 4,
      multiply_adds: 3 * 5 * 7,
      // 64-byte blocks: 3×5, 5×7 and 3×7 (twice) floats, the scalar; 4×5 packed ones written and read.
      bytes_moved: 64 + 192 + 128 + 2 * 128 + (128 + 64 + 128),
      kernels: { matmul: { calls: 1, multiply_adds: 105 }, packRows: { calls: 1, multiply_adds: 0 } },
    });
  });

  test(
    'as many operations as the engine runs, and memory that all of its tensors fit in',
    { timeout: 60_000 },
    async () => {
      const benchCase = known('train-step-b1.tiny.96');
      const engine = await init(wasm({ threads: 1 }));
      const run = benchCase.prepare(engine);
      run();
      engine.resetPeak();
      const { operations } = await profile(engine, run);
      const counts = countsOf(benchCase);
      expect(operations.reduce((sum, { calls }) => sum + calls, 0)).toBe(counts.dispatches);
      // Workspaces come on top.
      expect(counts.peak_bytes).toBeGreaterThanOrEqual(engine.memory().peakBytes);
      expect(counts.peak_bytes).toBeLessThan(1.5 * engine.memory().peakBytes);
      await engine.dispose();
    },
  );

  test('Winograd does fewer multiplications than the definition', () => {
    const { multiply_adds, kernels } = countsOf(known('conv2d.3x3.forward'));
    expect(Object.keys(kernels)).toContainEqual(expect.stringMatching(/^winograd/));
    // 36 products for 16 outputs of 9 taps, where 50 = 12½ tiles of 4.
    expect(multiply_adds).toBe(4 * 13 * 13 * 36 * 128 * 128);
  });

  test('a product that does not say how many multiply-adds it does is refused', () => {
    const mute = defineOp<'x', object>({
      name: 'matmul',
      infer: ({ x }) => x,
      gradients: 'none',
      kernels: {
        wasm: ({ x }, out) => [{ entry: 'relu_f32', params: [x.pointer, out.pointer], items: 16, grain: 16 }],
        reference: ({ x }) => x.data,
        gpu: () => {
          throw new Error('not here');
        },
      },
    });
    const silent = caseOf((engine) => {
      const x = zeros([16], { engine });
      return () => void scope(() => void runOp(mute, { x }, {}));
    });
    expect(() => countsOf(silent)).toThrow(
      new TypeError('the steps of matmul do not say how many multiplyAdds they do (WasmStep.multiplyAdds)'),
    );
  });
});

describe('differences', () => {
  const counts: Counts = {
    dispatches: 2,
    kernel_calls: 3,
    allocations: 100,
    peak_bytes: 10,
    bytes_moved: 20,
    multiply_adds: 30,
    kernels: { winograd: { calls: 1, multiply_adds: 30 } },
  };

  test('equal counts have none', () => {
    expect(differences('a', counts, structuredClone(counts))).toEqual([]);
  });

  test('each is a line, with the change', () => {
    const other = {
      ...counts,
      allocations: 115,
      kernels: { conv2d: { calls: 1, multiply_adds: 45 } },
      multiply_adds: 45,
    };
    expect(differences('a', counts, other)).toEqual([
      'a allocations: 100 → 115 (+15.0 %)',
      'a multiply_adds: 30 → 45 (+50.0 %)',
      'a calls of winograd: 1 → 0 (-100.0 %)',
      'a multiply_adds of winograd: 30 → 0 (-100.0 %)',
      'a calls of conv2d: 0 → 1',
      'a multiply_adds of conv2d: 0 → 45',
    ]);
  });

  test('a case without expected counts is named', () => {
    expect(differences('a', undefined, counts)).toEqual(['a: there are no expected counts']);
  });
});
