import { Engine, GradientError } from '@hypercorr/tensor';
import type { ComputingBackend, GradientRule } from '@hypercorr/tensor/op';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AgreementError, checkAgreement } from '../../src/agreement.ts';
import type { Sample } from '../../src/case.ts';
import { allCases, cases } from '../../src/cases/index.ts';
import { startEngine, stopEngine } from '../../src/engines.ts';
import { checkGradients } from '../../src/gradients.ts';
import { LawError, checkAdjoint } from '../../src/laws.ts';
import { faults, ruleFaults, withFault, withFaultyRule } from '../../src/mutations.ts';
import { records } from '../../src/records.ts';

// Who watches the watchers: every kernel and every gradient rule is made wrong once, and the checks that the other
// tests rest on have to see it.

let engine: Engine;
let backend: ComputingBackend;
beforeAll(async () => {
  engine = await startEngine({ kind: 'wasm', threads: 1, simd: 'baseline' });
  if (engine.backend.kernels === 'none') expect.fail(`${engine.description} computes nothing`);
  backend = engine.backend;
});
afterAll(() => stopEngine(engine));

const withRecords = Object.values(allCases).flatMap((testCase) =>
  testCase.op ? [{ ...testCase, op: testCase.op, testCase }] : [],
);

test('every record of the library has a case', () => {
  const covered = new Set(Object.values(cases).map(({ op }) => op));
  expect(records.filter((record) => !covered.has(record))).toEqual([]);
});

describe.each(withRecords.filter(({ op }) => op.kernels !== 'alias'))(
  'a kernel of $name',
  ({ testCase, op, fixed }) => {
    test.each(Object.entries(faults))('with %s is seen', async (_, fault) => {
      const faulty = new Engine(withFault(backend, op, fault));
      let seen = false;
      for (const sample of fixed) seen ||= await fails(() => checkAgreement(testCase, sample, faulty), AgreementError);
      expect(seen).toBe(true);
    });
  },
);

const rules = withRecords.flatMap(({ name, op, testCase }) =>
  op.gradients === 'none'
    ? []
    : Object.entries<GradientRule | undefined>(op.gradients).flatMap(([input, rule]) =>
        rule ? [{ name, input, rule, testCase }] : [],
      ),
);

describe.each(rules)('the gradient rule of $name for $input', ({ input, rule, testCase }) => {
  type RuleFault = (typeof ruleFaults)[keyof typeof ruleFaults];
  const seen = async (fault: RuleFault, check: (sample: Sample) => void | Promise<void>, kind: ErrorKind) => {
    for (const sample of testCase.fixed)
      if (await fails(() => withFaultyRule(rule, fault, () => check(sample)), kind)) return true;
    return false;
  };

  test.each(Object.entries(ruleFaults))('with %s is seen by central differences', async (_, fault) => {
    expect(await seen(fault, (sample) => checkGradients(testCase, sample), GradientError)).toBe(true);
  });

  const linear = testCase.linear.find((name) => name === input || input === '*');
  if (linear !== undefined) {
    test('with the other sign is seen by adjointness', async () => {
      const check = (sample: Sample) => checkAdjoint(testCase, sample, linear);
      expect(await seen(ruleFaults['the other sign'], check, LawError)).toBe(true);
    });
  }
});

type ErrorKind = typeof AgreementError | typeof GradientError | typeof LawError;

/** Whether a check fails in the way that it should; any other error is one. */
async function fails(check: () => void | Promise<void>, kind: ErrorKind): Promise<boolean> {
  try {
    await check();
    return false;
  } catch (error) {
    if (error instanceof kind) return true;
    throw error;
  }
}
