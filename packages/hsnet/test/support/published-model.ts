import { fromArray, readSync, reshape, resizeBilinear, scope, slice, sum, type Engine } from '@hypercorr/tensor';
import type { BackboneName } from '@hypercorr/vision';
import { HSNet, hypercorrelation } from '../../src/index.ts';
import { pyramidOf } from '../../src/shapes.ts';
import { fill, filler } from '../../../vision/test/support/fill.ts';
import { distance, norm, openFixture, relativeDistance } from '../../../vision/test/support/fixtures.ts';

const fixtures = openFixture('hsnet.safetensors');
const size = 96;

/** Rows from a quarter to three quarters and columns from a third on. */
function supportMask(engine: Engine) {
  const inside = (row: number, column: number) => row >= size / 4 && row < (3 * size) / 4 && column >= size / 3;
  const elements = Float32Array.from({ length: size ** 2 }, (_, i) => Number(inside(Math.floor(i / size), i % size)));
  return fromArray(elements, [size, size], { engine });
}

/**
 * Runs HSNet with the fixtures' weights and images, 96×96.
 *
 * @param logitsOf `whole`: `forward` gives the logits, from the images. `shared`: the learner gives them, from the
 * features that are compared; plain loops take half a minute for one more pass through a backbone
 * @returns how far features, correlations and logits are from PyTorch's, relative to the largest element, by name
 */
export function publishedDistances(
  backbone: BackboneName,
  engine: Engine,
  logitsOf: 'whole' | 'shared' = 'whole',
): Record<string, number> {
  using model = new HSNet({ backbone, key: null, engine });
  fill(model);
  return scope(() => {
    const query = filler(`${backbone}/query`, [1, 3, size, size], engine);
    const support = filler(`${backbone}/support`, [1, 3, size, size], engine);
    const mask = supportMask(engine);
    const features = model.features(query);
    const maps = [...features.shallow, ...features.middle, ...features.deep];
    const [first, last] = [maps.at(0), maps.at(-1)];
    if (first === undefined || last === undefined) throw new Error('there are no feature maps');

    using supports = model.prepare([{ image: reshape(support, [3, size, size]), mask }]);
    const [shot] = supports.features;
    if (shot === undefined) throw new Error('there is no support');
    const stacks = pyramidOf((level) => hypercorrelation(features[level], shot[level]));
    const correlations = (['deep', 'middle', 'shallow'] as const).map((level) => {
      const stack = stacks[level];
      const sums = distance(sum(stack, { axes: [2, 3, 4, 5] }), fixtures, `${backbone}/corr_sum/${level}`);
      const elements = level === 'deep' ? { 'corr/deep': distance(stack, fixtures, `${backbone}/corr/deep`) } : {};
      return { [`corr_sum/${level}`]: sums, ...elements };
    });
    const logits =
      logitsOf === 'whole'
        ? model.forward(query, support, reshape(mask, [1, size, size]))
        : resizeBilinear(model.hpn_learner.forward(stacks), [size, size], { alignCorners: true });
    const norms = fixtures.read(`${backbone}/feature_norms`).data;
    return {
      feature_norms: relativeDistance(
        maps.map((map) => norm(readSync(map))),
        norms,
      ),
      feature_first: distance(slice(first, [[], [0, 4]]), fixtures, `${backbone}/feature_first`),
      feature_last: distance(slice(last, [[], [0, 64]]), fixtures, `${backbone}/feature_last`),
      ...Object.assign({}, ...correlations),
      logits: distance(logits, fixtures, `${backbone}/logits`),
    };
  });
}

/** What the fixtures hold of a backbone. */
export const fixtureNames = (backbone: BackboneName): string[] =>
  fixtures.names.filter((name) => name.startsWith(`${backbone}/`)).map((name) => name.slice(backbone.length + 1));
