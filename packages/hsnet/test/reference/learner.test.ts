import { expect, test } from 'vitest';
import { useEngine } from '../../../vision/test/support/engines.ts';
import { fixtureTolerance } from '../../../vision/test/support/fixtures.ts';
import { learnerDistances, learnerFixtureNames } from '../support/learner-fixture.ts';

const engine = useEngine('reference');

test("the learner's logits, gradients and first losses under Adam are PyTorch's", { timeout: 300_000 }, () => {
  const distances = learnerDistances(engine(), 2);
  expect(Object.keys(distances).toSorted()).toEqual([...learnerFixtureNames].toSorted());
  expect(Math.max(...Object.values(distances)), JSON.stringify(distances)).toBeLessThanOrEqual(fixtureTolerance);
});
