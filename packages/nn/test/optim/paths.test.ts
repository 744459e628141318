import { expect, test } from 'vitest';
import { Adam, SGD, type NamedParameters, type Optimizer } from '../../src/index.ts';
import { opsFixtures, relativeDistance, tolerance } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';
import { pathOf } from '../support/path.ts';

checkLeaks();

const optimisers: Readonly<Record<string, (parameters: NamedParameters) => Optimizer>> = {
  adam: (p) => new Adam(p, { learningRate: 1e-2 }),
  'adam.decay': (p) => new Adam(p, { learningRate: 1e-2, weightDecay: 1e-2 }),
  sgd: (p) => new SGD(p, { learningRate: 1e-1 }),
  'sgd.momentum': (p) => new SGD(p, { learningRate: 1e-1, momentum: 0.9, weightDecay: 5e-4 }),
  'sgd.nesterov': (p) => new SGD(p, { learningRate: 1e-1, momentum: 0.9, nesterov: true }),
};

test.each(Object.entries(optimisers))('%s walks as in PyTorch', (name, make) => {
  expect(relativeDistance(pathOf(make), opsFixtures.read(`optim.${name}/path`).data)).toBeLessThanOrEqual(tolerance);
});
