import { div, matmul, readSync, reshape, scope, square, sub, sum, type Tensor } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { Adam, Parameter, SGD, lossAndGradients, type NamedParameters, type Optimizer } from '../../src/index.ts';
import { filler, opsFixtures, relativeDistance, tolerance } from '../support/fixtures.ts';
import { checkLeaks } from '../support/leaks.ts';

checkLeaks();

const optimisers: Readonly<Record<string, (parameters: NamedParameters) => Optimizer>> = {
  adam: (p) => new Adam(p, { learningRate: 1e-2 }),
  'adam.decay': (p) => new Adam(p, { learningRate: 1e-2, weightDecay: 1e-2 }),
  sgd: (p) => new SGD(p, { learningRate: 1e-1 }),
  'sgd.momentum': (p) => new SGD(p, { learningRate: 1e-1, momentum: 0.9, weightDecay: 5e-4 }),
  'sgd.nesterov': (p) => new SGD(p, { learningRate: 1e-1, momentum: 0.9, nesterov: true }),
};

/** mean((a p − b)²) */
function loss(p: Tensor<readonly [10], 'float32'>): Tensor {
  const a = filler('optim/a', [7, 10]);
  const b = filler('optim/b', [7, 1]);
  return div(sum(square(sub(matmul(a, reshape(p, [10, 1])), b))), 7);
}

test.each(Object.entries(optimisers))('%s walks as in PyTorch', (name, make) => {
  using p = new Parameter(filler('optim/start', [10]));
  using optimizer = make({ p });
  const path: number[] = [];
  for (let step = 0; step < 5; step += 1) {
    scope(() => optimizer.step(lossAndGradients({ p }, () => loss(p.value)).gradients));
    path.push(...readSync(p.value));
  }
  expect(relativeDistance(path, opsFixtures.read(`optim.${name}/path`).data)).toBeLessThanOrEqual(tolerance);
});
