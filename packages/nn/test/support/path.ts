import { div, matmul, readSync, reshape, scope, square, sub, sum, type Tensor } from '@hypercorr/tensor';
import { Parameter, lossAndGradients, type NamedParameters, type Optimizer } from '../../src/index.ts';
import { filler } from './fixtures.ts';

/** Takes five steps from the fixtures' start on mean((a p − b)²). @returns the elements of p after each of them */
export function pathOf(make: (parameters: NamedParameters) => Optimizer): number[] {
  using p = new Parameter(filler('optim/start', [10]));
  using optimizer = make({ p });
  const path: number[] = [];
  for (let step = 0; step < 5; step += 1) {
    scope(() => optimizer.step(lossAndGradients({ p }, () => loss(p.value)).gradients));
    path.push(...readSync(p.value));
  }
  return path;
}

function loss(p: Tensor<readonly [10], 'float32'>): Tensor {
  const a = filler('optim/a', [7, 10]);
  const b = filler('optim/b', [7, 1]);
  return div(sum(square(sub(matmul(a, reshape(p, [10, 1])), b))), 7);
}
