import {
  add,
  concat,
  fromArray,
  init,
  key,
  mean,
  noGrad,
  readSync,
  reshape,
  resizeBilinear,
  scope,
  uniform,
  type Engine,
  type Shape,
  type Tensor,
} from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { asFeatureMap, backboneTaps, type FeatureMap } from '@hypercorr/vision';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { HPNLearner, HSNet, additionNames, guidanceTaps, hypercorrelation, type Addition } from '../src/index.ts';
import { resizePlanes } from '../src/resize-planes.ts';
import { asCorrelations, pyramidOf, type Correlations, type Pyramid } from '../src/shapes.ts';
import { maskFeatures } from '../src/supports.ts';

let engine: Engine;
beforeAll(async () => {
  engine = await init(wasm({ threads: 1 }));
  return () => engine.dispose();
});

const side = 64;
const image = (seed: number) => uniform(key(seed), [1, 3, side, side], { min: -1, max: 1, engine });
const maskWhere = (isObject: (x: number) => boolean) =>
  fromArray(
    Float32Array.from({ length: side * side }, (_, i) => Number(isObject(i % side))),
    [1, side, side],
    { engine },
  );

/** The largest difference of two tensors' elements; NaN for shapes that differ, and for tensors of zeros. */
function difference(a: Tensor<Shape, 'float32'>, b: Tensor<Shape, 'float32'>): number {
  const [x, y] = [[...readSync(a)], [...readSync(b)]];
  if (String(a.shape) !== String(b.shape) || !x.some((value) => Math.abs(value) > 0.001)) return NaN;
  return Math.max(...x.map((value, i) => Math.abs(value - (y[i] ?? NaN))));
}

const sets: readonly (readonly Addition[])[] = [[], ...additionNames.map((name) => [name]), additionNames];

it.each(sets.map((additions) => ({ additions })))('with $additions, segments as its batches do', ({ additions }) => {
  using model = new HSNet({ backbone: 'tiny', additions, key: key(1), engine }).eval();
  noGrad(() =>
    scope(() => {
      const [query, support, mask] = [image(2), image(3), maskWhere((x) => x < 30)];
      const [one, object] = [reshape(support, [3, side, side]), reshape(mask, [side, side])];
      const [[logits] = []] = model.shotLogits(reshape(query, [3, side, side]), [
        model.prepare([{ image: one, mask: object }]),
      ]);
      const whole = resizeBilinear(logits ?? expect.fail('there are no logits'), [side, side], { alignCorners: true });
      expect(difference(model.forward(query, support, mask), whole)).toBeLessThan(1e-5);
    }),
  );
});

/** The learner's encoder, one line of the paper's figure after another. */
function squeeze(learner: HPNLearner, { deep, middle, shallow }: Pyramid<Correlations>): FeatureMap {
  const x4 = asCorrelations(learner.encoder_layer4.forward(deep));
  const x3 = asCorrelations(learner.encoder_layer3.forward(middle));
  const x2 = asCorrelations(learner.encoder_layer2.forward(shallow));
  const mixed3 = asCorrelations(learner.encoder_layer4to3.forward(add(resizePlanes(x4, x3), x3)));
  const mixed2 = learner.encoder_layer3to2.forward(add(resizePlanes(mixed3, x2), x2));
  return asFeatureMap(mean(mixed2, { axes: [4, 5] }));
}

/** The largest value over the last two axes, by plain loops. */
function largest(x: Correlations): FeatureMap {
  const [batch, taps, hq, wq, hs, ws] = x.shape;
  const values = [...readSync(x)];
  const result = Float32Array.from({ length: batch * taps * hq * wq }, (_, i) =>
    Math.max(...values.slice(i * hs * ws, (i + 1) * hs * ws)),
  );
  return fromArray(result, [batch, taps, hq, wq], { engine });
}

/** max(0, cos) of each query place with the mean over all places of the support, by plain loops: [1, 1, hq, wq]. */
function rectifiedCosines(query: FeatureMap, support: FeatureMap): FeatureMap {
  const [, channels, hq, wq] = query.shape;
  const places = support.shape[2] * support.shape[3];
  const [q, s] = [readSync(query), readSync(support)];
  const prototype = Array.from({ length: channels }, (_, c) =>
    s.slice(c * places, (c + 1) * places).reduce((sum, value) => sum + value / places, 0),
  );
  const cosines = Float32Array.from({ length: hq * wq }, (_, x) => {
    const vector = prototype.map((_, c) => q[c * hq * wq + x] ?? NaN);
    const dot = vector.reduce((sum, value, c) => sum + value * (prototype[c] ?? NaN), 0);
    return Math.max(0, dot / (Math.hypot(...vector) * Math.hypot(...prototype)));
  });
  return fromArray(cosines, [1, 1, hq, wq], { engine });
}

function planeOf(map: FeatureMap | undefined): readonly [number, number] {
  return map === undefined ? expect.fail('there is no feature map') : [map.shape[2], map.shape[3]];
}

describe('what the decoder gets', () => {
  const taps = { shallow: 2, middle: 3, deep: 1 };
  const sizes = { shallow: 8, middle: 4, deep: 2 };
  const pyramid = (): Pyramid<Correlations> =>
    pyramidOf((level) => {
      const size = sizes[level];
      return uniform(key(taps[level]), [2, taps[level], size, size, size, size], { engine });
    });

  test('priors: the largest correlation of each tap and query position', () => {
    using learner = new HPNLearner({ taps, priors: true, key: key(5), engine });
    noGrad(() =>
      scope(() => {
        const correlations = pyramid();
        const priors = [correlations.shallow, correlations.middle, correlations.deep].map((level) =>
          resizeBilinear(largest(level), [8, 8], { alignCorners: true }),
        );
        const z = learner.decoder1.forward(concat([squeeze(learner, correlations), ...priors], 1));
        const expected = learner.decoder2.forward(resizeBilinear(asFeatureMap(z), [16, 16], { alignCorners: true }));
        expect(difference(learner.forward(correlations), expected)).toBeLessThan(1e-5);
      }),
    );
  });

  test('guidance: the query’s feature maps, narrowed, at the mask’s resolution', () => {
    using learner = new HPNLearner({ taps, guidance: [5, 7], key: key(6), engine });
    noGrad(() =>
      scope(() => {
        const correlations = pyramid();
        const maps = [
          uniform(key(7), [2, 5, 16, 16], { min: -2, max: 2, engine }),
          uniform(key(8), [2, 7, 4, 4], { min: -2, max: 2, engine }),
        ] as const;
        const z = asFeatureMap(learner.decoder1.forward(squeeze(learner, correlations)));
        const guides = maps.map((map, i) =>
          resizeBilinear(asFeatureMap(learner.guides[i]?.forward(map) ?? map), [16, 16], { alignCorners: true }),
        );
        const decoded = resizeBilinear(z, [16, 16], { alignCorners: true });
        const expected = learner.decoder2.forward(concat([decoded, ...guides], 1));
        expect(difference(learner.forward(correlations, { guidance: maps }), expected)).toBeLessThan(1e-5);
        expect(() => learner.forward(correlations, { guidance: maps.slice(0, 1) })).toThrow(
          '[HPNLearner] feature map 1 that guides the decoder is missing',
        );
      }),
    );
  });

  test('prototypes: the cosine with the mean of the object, and with contrast with that of everything else', () => {
    using model = new HSNet({ backbone: 'tiny', additions: ['contrast', 'prototypes'], key: key(9), engine }).eval();
    noGrad(() =>
      scope(() => {
        const [query, support] = [image(10), image(11)];
        const [queries, supports] = [model.features(query), model.features(support)];
        const masks = [maskWhere((x) => x < 20), maskWhere((x) => x >= 20)];
        const masked = masks.map((mask) => maskFeatures(supports, mask));
        const stacked = (make: (level: keyof Pyramid<unknown>, of: (typeof masked)[number]) => Correlations) =>
          pyramidOf((level) =>
            asCorrelations(
              concat(
                masked.map((of) => make(level, of)),
                1,
              ),
            ),
          );
        const correlations = stacked((level, of) => hypercorrelation(queries[level], of[level]));
        const prototypes = stacked((level, of) => {
          const cosines = queries[level].map((map, tap) => rectifiedCosines(map, of[level][tap] ?? map));
          return asCorrelations(reshape(concat(cosines, 1), [1, cosines.length, ...planeOf(queries[level][0]), 1, 1]));
        });
        const logits = model.hpn_learner.forward(correlations, { prototypes });
        expect(() => model.hpn_learner.forward(correlations)).toThrow('the correlations with prototypes are missing');
        expect(
          difference(
            model.forward(query, support, masks[0] ?? expect.fail('there is no mask')),
            resizeBilinear(logits, [side, side], { alignCorners: true }),
          ),
        ).toBeLessThan(1e-5);
      }),
    );
  });

  test('contrast: correlations with the object, and then with everything else', () => {
    using model = new HSNet({ backbone: 'tiny', additions: ['contrast'], key: key(9), engine }).eval();
    using plain = new HSNet({ backbone: 'tiny', key: key(9), engine }).eval();
    noGrad(() =>
      scope(() => {
        const [query, support] = [image(10), image(11)];
        const [queries, supports] = [plain.features(query), plain.features(support)];
        const [object, rest] = [maskWhere((x) => x < 20), maskWhere((x) => x >= 20)].map((mask) => {
          const masked = maskFeatures(supports, mask);
          return pyramidOf((level) => hypercorrelation(queries[level], masked[level]));
        });
        if (object === undefined || rest === undefined) throw new Error('there are no correlations');
        const stacked = pyramidOf((level) => asCorrelations(concat([object[level], rest[level]], 1)));
        const logits = resizeBilinear(model.hpn_learner.forward(stacked), [side, side], { alignCorners: true });
        expect(
          difference(
            model.forward(
              query,
              support,
              maskWhere((x) => x < 20),
            ),
            logits,
          ),
        ).toBeLessThan(1e-5);
      }),
    );
  });
});

it('needs the mask to tell the object from its background', () => {
  expect(
    () => new HSNet({ backbone: 'tiny', additions: ['contrast'], supportMasking: false, key: null, engine }),
  ).toThrow('[HSNet] contrast tells the object from its background, so it needs supportMasking');
});

it.each([
  ['resnet50', ['layer1.2', 'layer2.3', 'layer3.5']],
  ['mobilenetv2', ['expanded_conv_2', 'expanded_conv_5', 'expanded_conv_12']],
] as const)('%s guides by its last feature map of each stride', (backbone, names) => {
  expect(guidanceTaps(backboneTaps[backbone]).map(({ name }) => name)).toEqual(names);
});
