import type { Engine } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { outcome } from '../src/agreement.ts';
import { specialValues, wideIntegers } from '../src/cases/special-values.ts';
import { difference, rounding } from '../src/compare.ts';
import { reference, startEngine, stopEngine } from '../src/engines.ts';

const { settings } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

describe('infinities, NaN and the ends of float32 are treated as the definition does', () => {
  test.each([...specialValues, ...(settings.kind === 'gpu' ? [] : wideIntegers)])('$name', async ({ draw, fixed }) => {
    for (const sample of fixed) {
      const { inputs, run } = draw(sample, 'everywhere');
      // Float32 on both sides: the ends of float64 are further out.
      const expected = await outcome({ inputs, run, differentiable: [] }, reference, 'float32');
      const actual = await outcome({ inputs, run, differentiable: [] }, engine, 'float32');
      expect(difference(expected.y, actual.y, rounding)).toBeUndefined();
    }
  });
});
