import type { Engine, HostArray } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { outcome } from '../src/agreement.ts';
import { difference, rounding } from '../src/compare.ts';
import { startEngine, stopEngine } from '../src/engines.ts';
import { conv4dDraws, conv4dFixtures } from '../src/fixtures/conv4d.ts';
import { expected, fixtureCases, opsFixtures, type Fixtures } from '../src/fixtures/data.ts';
import { functionDraws, functionFixtures } from '../src/fixtures/functions.ts';
import { layerDraws, layerFixtures } from '../src/fixtures/layers.ts';
import { lossDraws, lossFixtures } from '../src/fixtures/losses.ts';
import { indexingDraws, indexingFixtures } from '../src/fixtures/indexing.ts';
import { movingDraws, movingFixtures } from '../src/fixtures/moving.ts';
import { fixtureDraws, type FixtureDraw } from '../src/fixtures/operations.ts';
import { optimiserPath, optimisers, runningStatistics } from '../src/fixtures/training.ts';
import { windowDraws, windowFixtures } from '../src/fixtures/windows.ts';

const { settings } = inject('backend');

let engine: Engine;
beforeAll(async () => {
  engine = await startEngine(settings);
});
afterAll(() => stopEngine(engine));

/** Optimisers have tests of their own below. */
const withoutDraws = ['optim'];

test('every case of an operation that the library has is tested', () => {
  const left = fixtureCases.filter((fixture) => fixtureDraws(fixture).length === 0).map(({ op }) => op);
  expect([...new Set(left)]).toEqual(withoutDraws);
});

describe("PyTorch's values and gradients", () => {
  const compareAll = async ({ name, draw }: FixtureDraw, fixtures: Fixtures) => {
    const { y, gradients } = await outcome(draw, engine, 'float32');
    expect(difference(fixtures.expected(`${name}/y`), y, rounding), 'y').toBeUndefined();
    const compared = Object.entries(gradients).filter(([input]) => fixtures.has(`${name}/grad/${input}`));
    expect(compared.length > 0, 'whether there are gradients').toBe(draw.differentiable.length > 0);
    for (const [input, gradient] of compared) {
      expect(
        difference(fixtures.expected(`${name}/grad/${input}`), gradient, rounding),
        `the gradient for ${input}`,
      ).toBeUndefined();
    }
  };

  test.each(fixtureCases.flatMap(fixtureDraws))('$name', (fixture) => compareAll(fixture, opsFixtures));

  describe('of sampling, transposed convolutions and layer norm', () => {
    test.each(layerDraws)('$name', (fixture) => compareAll(fixture, layerFixtures));

    test('every gradient of a case is compared', () => {
      const left = layerDraws.flatMap(({ name, draw }) =>
        draw.differentiable.filter((input) => !layerFixtures.has(`${name}/grad/${input}`)),
      );
      expect(left).toEqual([]);
    });
  });

  describe('of sorting, following indices and contraction', () => {
    test.each(indexingDraws)('$name', (fixture) => compareAll(fixture, indexingFixtures));
  });

  describe('of elementwise functions and reductions', () => {
    test.each(functionDraws)('$name', (fixture) => compareAll(fixture, functionFixtures));

    test('every gradient of a case is compared', () => {
      const left = functionDraws.flatMap(({ name, draw }) =>
        draw.differentiable.filter((input) => !functionFixtures.has(`${name}/grad/${input}`)),
      );
      expect(left).toEqual([]);
    });
  });

  describe('of what moves and resamples elements', () => {
    test.each(movingDraws)('$name', (fixture) => compareAll(fixture, movingFixtures));

    test('every gradient of a case is compared', () => {
      const left = movingDraws.flatMap(({ name, draw }) =>
        draw.differentiable.filter((input) => !movingFixtures.has(`${name}/grad/${input}`)),
      );
      expect(left).toEqual([]);
    });
  });

  describe('of losses of labels', () => {
    test.each(lossDraws)('$name', (fixture) => compareAll(fixture, lossFixtures));
  });

  describe('of pooling and convolutions over one, two and three axes', () => {
    test.each(windowDraws)('$name', (fixture) => compareAll(fixture, windowFixtures));

    test('every gradient of a case is compared', () => {
      const left = windowDraws.flatMap(({ name, draw }) =>
        draw.differentiable.filter((input) => !windowFixtures.has(`${name}/grad/${input}`)),
      );
      expect(left).toEqual([]);
    });
  });

  describe('of 4D convolutions', () => {
    test.each(conv4dDraws)('$name', (fixture) => compareAll(fixture, conv4dFixtures));

    test('every gradient of a case is compared', () => {
      const left = conv4dDraws.flatMap(({ name, draw }) =>
        draw.differentiable.filter(
          (input) => !conv4dFixtures.has(`${name}/grad/${input}`) && !conv4dFixtures.has(`${name}/buffer/${input}`),
        ),
      );
      expect(left).toEqual([]);
    });
  });
});

describe("PyTorch's training", () => {
  const compare = (name: string, data: HostArray) => {
    const value = expected(name);
    expect(difference(value, { ...value, data }, rounding), name).toBeUndefined();
  };

  test.each(Object.entries(optimisers))('the path of %s', async (name, make) => {
    compare(`optim.${name}/path`, await optimiserPath(make, engine));
  });

  test('the running statistics of batch norm', async () => {
    const { mean, variance } = await runningStatistics(engine);
    compare('batch_norm/running_mean_after', mean);
    compare('batch_norm/running_var_after', variance);
  });
});
