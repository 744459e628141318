import { Adam, lossAndGradients } from '@hypercorr/nn';
import { cast, crossEntropy, greater, readSync, relu, scope, type Engine } from '@hypercorr/tensor';
import { HPNLearner } from '../../src/index.ts';
import { pyramidOf } from '../../src/shapes.ts';
import { fill, filler } from '../../../vision/test/support/fill.ts';
import { distance, norm, openFixture, relativeDistance } from '../../../vision/test/support/fixtures.ts';

const fixtures = openFixture('hpn-learner.safetensors');
const taps = { shallow: 4, middle: 6, deep: 3 };
const sizes = { shallow: 13, middle: 7, deep: 4 };

/** What the fixtures hold. */
export const learnerFixtureNames = fixtures.names;

/**
 * Trains the learner of the fixtures for its six steps of Adam.
 *
 * @param steps those that are taken; plain loops take ten seconds for each. Two show the gradients and what Adam makes of
 * them; the optimiser's own tests go on for longer.
 * @returns how far losses, and logits and gradients of the first step, are from PyTorch's, relative to the largest
 * element, by name
 */
export function learnerDistances(engine: Engine, steps = 6): Record<string, number> {
  using learner = new HPNLearner({ taps, key: null, engine });
  fill(learner);
  using optimizer = new Adam(learner, { learningRate: 1e-3 });
  const distances: Record<string, number> = {};
  scope(() => {
    const pyramid = pyramidOf((level) => {
      const size = sizes[level];
      return relu(filler(`learner/${level}`, [2, taps[level], size, size, size, size], engine));
    });
    const target = cast(greater(filler('learner/target', [2, 26, 26], engine), 0.3), 'int32');
    const losses = Array.from({ length: steps }, (_, step) =>
      scope(() => {
        const { loss, gradients } = lossAndGradients(learner, () => {
          const logits = learner.forward(pyramid);
          if (step === 0) distances['logits'] = distance(logits, fixtures, 'logits');
          return crossEntropy(logits, target);
        });
        for (const [parameter, gradient] of step === 0 ? Object.entries(gradients) : []) {
          const elements = readSync(gradient);
          distances[`grad_norm/${parameter}`] = relativeDistance(
            [norm(elements)],
            fixtures.read(`grad_norm/${parameter}`).data,
          );
          const whole = `grad/${parameter}`;
          if (fixtures.entries.has(whole)) distances[whole] = relativeDistance(elements, fixtures.read(whole).data);
        }
        optimizer.step(gradients);
        return Number(readSync(loss)[0]);
      }),
    );
    distances['losses'] = relativeDistance(losses, fixtures.read('losses').data.slice(0, steps));
  });
  return distances;
}
