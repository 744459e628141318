import fc from 'fast-check';
import { describe, test } from 'vitest';
import { allCases } from '../../src/cases/index.ts';
import { checkGradients, checkRefusal, checkSecondDerivatives } from '../../src/gradients.ts';

const seed = 20_240_608;

describe.each(Object.values(allCases))('the gradient of $name', (testCase) => {
  const { fixed, examples, samples, op, second } = testCase;
  const known = [...fixed, ...examples];

  if (op?.gradients === 'none') {
    test('is refused, as nobody wrote it', () => {
      for (const sample of known) checkRefusal(testCase, sample);
    });
    return;
  }

  test('is that of central differences', () => {
    for (const sample of known) checkGradients(testCase, sample);
  });

  test('is so on random shapes', () => {
    fc.assert(
      fc.property(samples, (sample) => checkGradients(testCase, sample)),
      { seed, numRuns: 12 },
    );
  });

  test(second === 'defined' ? 'has the gradient of central differences' : 'has no gradient, and says so', () => {
    for (const sample of known) checkSecondDerivatives(testCase, sample);
  });
});
