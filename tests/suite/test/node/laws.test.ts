import fc from 'fast-check';
import { describe, test } from 'vitest';
import { allCases } from '../../src/cases/index.ts';
import { checkAdjoint, checkLinearity } from '../../src/laws.ts';

const seed = 20_240_609;

const linearCases = Object.values(allCases).flatMap((testCase) =>
  testCase.linear.map((input) => ({ name: testCase.name, input, testCase })),
);

describe.each(linearCases)('$name in $input', ({ testCase, input }) => {
  test('is linear, but for a constant', () => {
    for (const sample of testCase.fixed) checkLinearity(testCase, sample, input);
    fc.assert(
      fc.property(testCase.samples, (sample) => checkLinearity(testCase, sample, input)),
      { seed, numRuns: 20 },
    );
  });

  test('has its gradient rule for its adjoint', async () => {
    for (const sample of testCase.fixed) await checkAdjoint(testCase, sample, input);
    await fc.assert(
      fc.asyncProperty(testCase.samples, (sample) => checkAdjoint(testCase, sample, input)),
      { seed, numRuns: 20 },
    );
  });
});
