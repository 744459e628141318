import type { Engine } from '@hypercorr/tensor';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, inject, test } from 'vitest';
import { checkAgreement } from '../src/agreement.ts';
import { allCases } from '../src/cases/index.ts';
import { startEngine, stopEngine } from '../src/engines.ts';
import { checkGradients, checkSecondDerivatives } from '../src/gradients.ts';
const { settings } = inject('backend');
let engine: Engine;
beforeAll(async () => { engine = await startEngine(settings); });
afterAll(() => stopEngine(engine));
describe.each(Object.values(allCases))('$name', (testCase) => {
  if (settings.kind === 'reference') {
    if (testCase.op?.gradients === 'none') { test('x', () => {}); return; }
    test('g', () => { fc.assert(fc.property(testCase.samples, (s) => checkGradients(testCase, s)), { seed: 77, numRuns: 100 }); });
    test('h', () => { fc.assert(fc.property(testCase.samples, (s) => checkSecondDerivatives(testCase, s)), { seed: 78, numRuns: 25 }); });
  } else
  test('a', async () => { await fc.assert(fc.asyncProperty(testCase.samples, (s) => checkAgreement(testCase, s, engine)), { seed: 5, numRuns: 300 }); }, 100000);
});
