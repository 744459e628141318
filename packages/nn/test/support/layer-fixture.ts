import { mul, scope, sum, type Shape, type Tensor } from '@hypercorr/tensor';
import { Parameter, lossAndGradients, type Layer } from '../../src/index.ts';
import { distance, filler, fixture } from './fixtures.ts';

/**
 * Runs a layer on a case of the fixtures and measures how far it is from PyTorch: its output, and the gradients of
 * Σ y · cotangent with respect to the input and the parameters.
 *
 * @returns distances relative to the largest element, by name: `y`, `grad/x`, `grad/weight`, …
 */
export function layerDistances(layer: Layer, name: string): Record<string, number> {
  return scope(() => {
    using x = new Parameter<Shape, 'float32'>(fixture(`${name}/x`));
    const distances: Record<string, number> = {};
    const objective = (y: Tensor<Shape, 'float32'>) => {
      distances['y'] = distance(y, `${name}/y`);
      return sum(mul(y, filler(`${name}/cotangent`, y.shape)));
    };
    const { gradients } = lossAndGradients({ x, ...layer.namedParameters() }, () => objective(layer.forward(x.value)));
    for (const [input, gradient] of Object.entries(gradients)) {
      distances[`grad/${input}`] = distance(gradient, `${name}/grad/${input}`);
    }
    return distances;
  });
}
