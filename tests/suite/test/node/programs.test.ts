import fc from 'fast-check';
import { test } from 'vitest';
import { programs } from '../../src/cases/programs.ts';
import { checkGradients, checkSecondDerivatives } from '../../src/gradients.ts';

// The common tests draw a few programs on every backend; here are more of them.

const { program } = programs;
const seed = 20_240_610;

test('random programs have the gradients of central differences', () => {
  fc.assert(
    fc.property(program.samples, (sample) => checkGradients(program, sample)),
    { seed, numRuns: 150 },
  );
});

test('random programs have the second derivatives of central differences', () => {
  fc.assert(
    fc.property(program.samples, (sample) => checkSecondDerivatives(program, sample)),
    { seed, numRuns: 30 },
  );
});
