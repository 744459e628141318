import { Adam, lossAndGradients } from '@hypercorr/nn';
import {
  ShapeError,
  add,
  argMax,
  cast,
  concat,
  crossEntropy,
  mul,
  noGrad,
  ones,
  readSync,
  reshape,
  scope,
  slice,
  zeros,
  type Tensor,
} from '@hypercorr/tensor';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Image, Plane } from '@hypercorr/vision';
import { HSNet, kernelNames } from '../src/index.ts';
import { useEngine } from '../../vision/test/support/engines.ts';
import { norm, relativeDistance } from '../../vision/test/support/fixtures.ts';
import { boxMask, randomImage, randomImages, randomSupport, tinyModel } from './support/tiny-model.ts';

const engine = useEngine('wasm');

/** One for the tests that do not change it. */
let model: HSNet;
beforeAll(() => {
  model = tinyModel(engine());
  // It keeps its folded weights from the first image on.
  scope(() => void model.features(randomImages(engine(), 1, 1)));
});
afterAll(() => model.dispose());
afterEach(() => vi.restoreAllMocks());

/** float32 sums in another order, through all layers. */
const rounding = 1e-4;

const asBatch = (image: Tensor<Image, 'float32'>) => reshape(image, [1, ...image.shape]);
const asMasks = (mask: Tensor<Plane, 'float32'>) => reshape(mask, [1, ...mask.shape]);

describe('a prediction', () => {
  test.each(kernelNames)('of one shot is the argmax of the logits, with %s convolutions', (kernel) => {
    using model = tinyModel(engine(), { kernel });
    model.eval();
    scope(() => {
      const [query, support] = [randomImage(engine(), 2), randomSupport(engine(), 3)];
      using supports = model.prepare([support]);
      const { mask, votes, probability } = model.segment(query, supports);
      const logits = model.forward(asBatch(query), asBatch(support.image), asMasks(support.mask));
      expect(logits.shape).toEqual([1, 2, 48, 64]);
      expect([mask.shape, votes.shape, probability.shape]).toEqual([
        [48, 64],
        [48, 64],
        [48, 64],
      ]);
      expect(Array.from(readSync(mask))).toEqual(Array.from(readSync(argMax(logits, { axes: 1 }))));
    });
  });

  test('computes the features of each support once, and those of a query once for all shots and classes', () => {
    const runs = vi.spyOn(model.backbone, 'features');
    scope(() => {
      using cats = model.prepare([2, 3, 4].map((seed) => randomSupport(engine(), seed)));
      using dogs = model.prepare([randomSupport(engine(), 5)]);
      expect([cats.shots, dogs.shots]).toEqual([3, 1]);
      expect(runs).toHaveBeenCalledTimes(4);
      for (const seed of [6, 7]) model.segmentClasses(randomImage(engine(), seed), [cats, dogs]);
      expect(runs).toHaveBeenCalledTimes(6);
      model.segment(randomImage(engine(), 8), cats);
      expect(runs).toHaveBeenCalledTimes(7);
    });
  });

  test('of several classes holds that of each alone', () => {
    scope(() => {
      const query = randomImage(engine(), 2);
      using first = model.prepare([randomSupport(engine(), 3)]);
      using second = model.prepare([randomSupport(engine(), 4), randomSupport(engine(), 5)]);
      const { classes, index } = model.segmentClasses(query, [first, second]);
      expect(index.shape).toEqual([48, 64]);
      for (const [i, supports] of [first, second].entries()) {
        const alone = model.segment(query, supports);
        const found = classes[i] ?? expect.fail('a class is missing');
        expect(readSync(found.probability)).toEqual(readSync(alone.probability));
        expect(readSync(found.mask)).toEqual(readSync(alone.mask));
      }
    });
  });

  test('does not hold more memory with more shots than their features and logits', () => {
    scope(() => {
      const query = randomImage(engine(), 2);
      const peak = (shots: number) => {
        using supports = model.prepare(Array.from({ length: shots }, (_, i) => randomSupport(engine(), i)));
        engine().resetPeak();
        const before = engine().memory().bytes;
        scope(() => void model.segment(query, supports));
        return engine().memory().peakBytes - before;
      };
      // The learner's tensors are hundreds of kilobytes; a shot may add its logits, 24 KB.
      expect(peak(4) - peak(1)).toBeLessThan(4 * 2 * 48 * 64 * 4 * 2);
    });
  });
});

describe('images', () => {
  test('of any size pass through one model, as if each had a model of its own', () => {
    scope(() => {
      const predict = (
        on: HSNet,
        [height, width]: readonly [number, number],
        [supportHeight, supportWidth]: readonly [number, number],
      ) => {
        using supports = on.prepare([randomSupport(engine(), 3, supportHeight, supportWidth)]);
        const { probability } = on.segment(randomImage(engine(), 2, height, width), supports);
        expect(probability.shape).toEqual([height, width]);
        return readSync(probability);
      };
      const sizes = [
        [48, 64],
        [33, 80],
        [97, 40],
        [48, 64],
      ] as const;
      const alone = sizes.map((size) => {
        using fresh = tinyModel(engine());
        return predict(fresh, size, [56, 40]);
      });
      expect(sizes.map((size) => predict(model, size, [56, 40]))).toEqual(alone);
    });
  });

  test('of VGG-16 too, where rounding leaves the levels with different support planes', () => {
    // 272 pixels: 34, 17 and 8 at the taps, which the encoders squeeze to 2, 2 and 1.
    using model = new HSNet({ backbone: 'vgg16', key: null, engine: engine() });
    scope(() => {
      using supports = model.prepare([randomSupport(engine(), 3, 272, 272)]);
      const { probability } = model.segment(randomImage(engine(), 2, 40, 56), supports);
      // All weights are 0 here: what is tested is that the sizes meet.
      expect(new Set(readSync(probability))).toEqual(new Set([0.5]));
    });
  });

  test('of a batch give what each gives alone', () => {
    scope(() => {
      const [queries, supports] = [randomImages(engine(), 2, 2), randomImages(engine(), 3, 2)];
      const masks = reshape(concat([boxMask(engine()), ones([48, 64], { engine: engine() })], 0), [2, 48, 64]);
      const together = readSync(model.forward(queries, supports, masks));
      const alone = [0, 1].map((i) => {
        const one = [[i, i + 1]] as const;
        return readSync(model.forward(slice(queries, one), slice(supports, one), slice(masks, one)));
      });
      expect(
        relativeDistance(
          together,
          alone.flatMap((logits) => Array.from(logits)),
        ),
      ).toBeLessThanOrEqual(rounding);
    });
  });

  test('with masks of another size, and none at all, are errors', () => {
    scope(() => {
      const image = randomImage(engine(), 2);
      const mask = zeros([64, 48], { engine: engine() });
      expect(() => model.prepare([{ image, mask }])).toThrow(ShapeError);
      expect(() => model.prepare([{ image, mask }])).toThrow(
        '[HSNet] support images [1,3,48,64] need masks [1,48,64], got [1,64,48]',
      );
      expect(() => model.forward(asBatch(image), asBatch(image), asMasks(mask))).toThrow(ShapeError);
      expect(() => model.prepare([])).toThrow('[prepare] there is no support');
      // @ts-expect-error forward takes batches
      expect(() => model.forward(image, image, asMasks(mask))).toThrow(ShapeError);
      using supports = model.prepare([{ image, mask: boxMask(engine()) }]);
      // @ts-expect-error segment takes one image
      expect(() => model.segment(asBatch(image), supports)).toThrow(ShapeError);
    });
  });
});

describe('support masking', () => {
  test('left out is the same as a mask of ones', () => {
    using plain = tinyModel(engine(), { supportMasking: false });
    scope(() => {
      const [query, support] = [randomImages(engine(), 2, 1), randomImages(engine(), 3, 1)];
      const [box, all] = [asMasks(boxMask(engine())), ones([1, 48, 64], { engine: engine() })];
      const unmasked = readSync(plain.forward(query, support, box));
      expect(readSync(model.forward(query, support, all))).toEqual(unmasked);
      expect(relativeDistance(readSync(model.forward(query, support, box)), unmasked)).toBeGreaterThan(0.01);
    });
  });

  test('leaves out of the support what the mask does: its colours there do not matter', () => {
    scope(() => {
      const query = randomImages(engine(), 2, 1);
      const support = randomImages(engine(), 3, 1);
      const empty = zeros([1, 48, 64], { engine: engine() });
      const logits = readSync(model.forward(query, support, empty));
      expect(logits.every(Number.isFinite)).toBe(true);
      expect(readSync(model.forward(query, randomImages(engine(), 4, 1), empty))).toEqual(logits);
    });
  });
});

describe('training', () => {
  const loss = (model: HSNet) => {
    const target = cast(asMasks(boxMask(engine())), 'int32');
    return crossEntropy(
      model.forward(randomImages(engine(), 2, 1), randomImages(engine(), 3, 1), asMasks(boxMask(engine()))),
      target,
    );
  };

  test('changes the learner, and the backbone only when asked', () => {
    using whole = tinyModel(engine(), { trainBackbone: true });
    const parts = (model: HSNet) => new Set(Object.keys(model.trainableParameters()).map((name) => name.split('.')[0]));
    expect(parts(model)).toEqual(new Set(['hpn_learner']));
    expect(parts(whole)).toEqual(new Set(['backbone', 'hpn_learner']));
    expect(Object.keys(whole.trainableParameters())).toEqual(Object.keys(whole.namedParameters()));
    scope(() => {
      const { gradients } = lossAndGradients(model.backbone, () => loss(model));
      for (const gradient of Object.values(gradients)) expect(readSync(gradient).every((g) => g === 0)).toBe(true);
    });
  });

  test('leaves batch norms of the backbone to their running statistics', () => {
    using model = tinyModel(engine(), { kernel: 'separable' });
    expect([model.training, model.hpn_learner.training, model.backbone.training]).toEqual([true, true, false]);
    const statistics = () =>
      Object.entries(model.namedBuffers()).map(([name, { value }]) => [name, value.identity] as const);
    const before = new Map(statistics());
    scope(
      () => void model.forward(randomImages(engine(), 2, 1), randomImages(engine(), 3, 1), asMasks(boxMask(engine()))),
    );
    const moved = statistics().filter(([name, identity]) => before.get(name) !== identity);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.every(([name]) => name.startsWith('hpn_learner.'))).toBe(true);
    expect(model.train().backbone.training).toBe(false);
  });

  test('gives the slope of the loss, in the backbone too', () => {
    using model = tinyModel(engine(), { trainBackbone: true });
    scope(() => {
      const value = () => noGrad(() => Number(readSync(loss(model))[0]));
      const { gradients } = lossAndGradients(model, () => loss(model));
      for (const part of ['backbone.', 'hpn_learner.']) {
        const parameters = Object.entries(model.namedParameters()).filter(([name]) => name.startsWith(part));
        // Along the gradient itself, where the slope is its length and rounding does least.
        const length = norm(parameters.map(([name]) => norm(readSync(gradients[name] ?? expect.fail(name)))));
        const move = (distance: number) => {
          for (const [name, parameter] of parameters) {
            scope(() =>
              parameter.set(add(parameter.value, mul(gradients[name] ?? expect.fail(name), distance / length))),
            );
          }
        };
        const step = 3e-3;
        move(step);
        const above = value();
        move(-2 * step);
        const below = value();
        move(step);
        const slope = (above - below) / (2 * step);
        // The loss bends, and has a kink wherever a ReLU switches: some percent at this distance.
        expect(Math.abs(slope / length - 1)).toBeLessThan(0.05);
      }
    });
  });

  test('is seen by the next prediction: folded batch norms are folded anew', () => {
    using model = tinyModel(engine(), { trainBackbone: true });
    using optimizer = new Adam(model.trainableParameters(), { learningRate: 1e-2 });
    scope(() => {
      const predict = () => noGrad(() => Number(readSync(loss(model))[0]));
      const first = predict();
      const { loss: recorded, gradients } = lossAndGradients(model, () => loss(model));
      // With and without folding
      expect(relativeDistance(readSync(recorded), [first])).toBeLessThanOrEqual(rounding);
      optimizer.step(gradients);
      const second = predict();
      expect(second).not.toBe(first);
      expect(relativeDistance(readSync(lossAndGradients(model, () => loss(model)).loss), [second])).toBeLessThanOrEqual(
        rounding,
      );
    });
  });
});
