import type { Engine } from '@hypercorr/tensor';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { checkAgreement } from '../src/agreement.ts';
import { allCases, kernelCases } from '../src/cases/index.ts';
import { startEngine, stopEngine } from '../src/engines.ts';

const { settings, place } = inject('backend');

/** Random shapes of each operation. A GPU compiles a kernel for every new one: there the fixed shapes have to do. */
const runs = place === 'node' ? (settings.kind === 'gpu' ? 10 : 25) : settings.kind === 'gpu' ? 0 : 10;

/**
 * Where every new shape is a new kernel, functions without kernels of their own are held by the operations that they are
 * composed of, and by PyTorch's values (`fixtures.test.ts`).
 */
const held = runs > 0 ? allCases : kernelCases;

/**
 * Of the shapes that are split over threads, those that each operation is held on. In Node, `threads.test.ts` holds one
 * thread, and a heap above 2 GiB, to the bits of what agrees here on several threads. A page without shared memory, which
 * has one thread too, takes the first.
 */
const splitSamples = <T>(samples: readonly T[]): readonly T[] => {
  if (settings.kind !== 'wasm') return [];
  if (place === 'node') return settings.threads === 1 || settings.heapBase !== undefined ? [] : samples;
  return settings.threads === 1 ? samples.slice(0, 1) : samples;
};

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

describe.each(Object.values(held))('$name agrees with its definition, values and gradients', (testCase) => {
  const { fixed, examples, samples } = testCase;
  const large = splitSamples(testCase.large);

  test('on fixed shapes', async () => {
    for (const sample of fixed) await checkAgreement(testCase, sample, engine);
  });

  if (examples.length > 0) {
    test('on samples that once failed', async () => {
      for (const sample of examples) await checkAgreement(testCase, sample, engine);
    });
  }

  if (large.length > 0) {
    test('on shapes that are split over threads', async () => {
      for (const sample of large) await checkAgreement(testCase, sample, engine);
    });
  }

  if (runs > 0) {
    test('on random shapes', async () => {
      await fc.assert(
        fc.asyncProperty(samples, (sample) => checkAgreement(testCase, sample, engine)),
        { seed: 20_240_607, numRuns: runs },
      );
    });
  }
});
