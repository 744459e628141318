import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@hypercorr/datasets';
import { Prefetcher, encodeJpeg, episodeSource, openDataset, writeMaskPng } from '@hypercorr/datasets/node';
import { init, keep, key, mul, read, retain, scope, type Engine, type Tensor } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { itemsAtOnce, optimizerOf, stepMemory, trainStep, type Phase } from '@hypercorr/train';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HSNet, fewShotTask, plannedFewShotTask, type KernelName } from '../../src/index.ts';
import { discPicture } from '../support/disc-picture.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-few-shot-task-'));
let engine: Engine;
let dataset: Dataset;
beforeAll(async () => {
  for (const [c, name] of ['disc', 'other'].entries()) {
    mkdirSync(join(root, name));
    for (const number of [1, 2, 3, 4]) {
      const { image, mask } = discPicture(48, 48, 4 * c + number);
      await writeFile(join(root, name, `${number}.jpg`), await encodeJpeg(image, 90));
      await writeMaskPng(join(root, name, `${number}.png`), mask);
    }
  }
  dataset = await openDataset({ layout: 'fss', root });
  engine = await init(wasm({ threads: 1 }));
});
afterAll(async () => {
  await engine.dispose();
  rmSync(root, { recursive: true, force: true });
});

interface Options {
  readonly batch?: number;
  readonly atOnce?: number;
  readonly shots?: number;
  readonly size?: number;
  readonly kernel?: KernelName;
  /** How many times the learner's rate the backbone's is. 0 freezes it. */
  readonly backboneFactor?: number;
  /** The first episode. */
  readonly start?: number;
}

const phase: Phase = { name: 'training', steps: 3, schedule: () => 1e-3 };

const settingsOf = ({ shots = 1, size = 32, kernel = 'center-pivot', backboneFactor = 0 }: Options) =>
  ({
    description: { backbone: 'tiny', kernel, supportMasking: true, additions: [], size },
    shots,
    foregroundWeight: 1,
    backboneFactor,
  }) as const;

/** A training that always starts from the same weights. */
function begin(options: Options) {
  const { batch = 4, atOnce = batch, start = 0 } = options;
  const settings = settingsOf(options);
  const { shots, backboneFactor, description } = settings;
  const { kernel, size } = description;
  const model = new HSNet({ backbone: 'tiny', kernel, trainBackbone: backboneFactor > 0, key: key(3) });
  const training = episodeSource(dataset, { seed: 0, shots, size: { width: size, height: size } });
  const task = fewShotTask({ ...settings, model, training, phase });
  const optimizer = optimizerOf(task, phase);
  const items = new Prefetcher(training, { start, workers: 0 });
  return {
    model,
    optimizer,
    step: () => trainStep({ task, phase, optimizer, items, batch, atOnce }),
    async end() {
      await items.close();
      optimizer.dispose();
      model.dispose();
    },
  };
}

/** Losses of the first steps, how many tensors live after each, and which episode would be the next. */
async function train(options: Options, steps = 3) {
  const training = begin(options);
  const [losses, tensors]: [number[], number[]] = [[], []];
  let nextItem = 0;
  for (let step = 0; step < steps; step += 1) {
    const outcome = await training.step();
    if (!outcome.taken) throw new Error(outcome.fault);
    losses.push(outcome.loss);
    tensors.push(engine.memory().tensors);
    nextItem = outcome.nextItem;
  }
  await training.end();
  return { losses, tensors, nextItem };
}

test('a batch in parts trains as the whole batch does', async () => {
  const [whole, parts, singles] = [await train({ atOnce: 4 }), await train({ atOnce: 3 }), await train({ atOnce: 1 })];
  for (const [step, loss] of whole.losses.entries()) {
    // The same sums in another order, in float32, through two steps of Adam, which divides by their size.
    expect(Math.abs((parts.losses[step] ?? NaN) - loss)).toBeLessThan(1e-4);
    expect(Math.abs((singles.losses[step] ?? NaN) - loss)).toBeLessThan(1e-4);
  }
  expect(whole.nextItem).toBe(12);
});

test('no step leaves a tensor behind', async () => {
  const before = engine.memory().tensors;
  const { tensors } = await train({ atOnce: 2, shots: 2 });
  expect(tensors[2]).toBe(tensors[1]);
  expect(engine.memory().tensors).toBe(before);
});

test('with several shots the loss is the mean over them', async () => {
  const two = await train({ shots: 2, batch: 1 }, 1);
  const [one] = (await train({ shots: 1, batch: 1 }, 1)).losses;
  expect(two.losses[0]).not.toBe(one);
  // An untrained learner says nearly the same for any support of a class.
  expect(two.losses[0]).toBeCloseTo(one ?? NaN, 1);
});

test('a step that is not finite changes nothing but the place in the episodes', async () => {
  const training = begin({ batch: 2, kernel: 'separable' });
  const { model, optimizer } = training;
  // The first step also makes what is kept of the frozen backbone.
  expect(await training.step()).toMatchObject({ taken: true, nextItem: 2 });
  // The last one: whatever an episode shows, its value reaches every logit.
  const parameter = Object.values(model.trainableParameters()).at(-1);
  if (parameter === undefined) throw new Error('there is no parameter');
  const good = retain(parameter.value);
  // Hashes, as comparing millions of elements one by one takes a minute.
  const hashOf = async (tensor: Tensor) =>
    createHash('sha256')
      .update(await read(tensor))
      .digest('hex');
  const state = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(model.stateDict()).map(async ([name, tensor]) => [name, await hashOf(tensor)] as const),
      ),
    );
  const before = await state();
  parameter.set(scope(() => keep(mul(good, NaN))));
  const tensors = engine.memory().tensors;
  expect(await training.step()).toEqual({
    taken: false,
    fault: expect.stringMatching(
      /^the loss is NaN at step 2\. The step's items: \S+\.jpg \(support \S+\.jpg\); \S+\.jpg \(support \S+\.jpg\)$/,
    ),
    nextItem: 4,
  });
  expect(engine.memory().tensors).toBe(tensors);
  expect(optimizer.stepsDone).toBe(1);
  parameter.set(good);
  // Running statistics, too, are as before.
  expect(await state()).toEqual(before);
  expect(await training.step()).toMatchObject({ taken: true, nextItem: 6 });
  expect(optimizer.stepsDone).toBe(2);
  await training.end();
});

test.each([
  [4, 4, 1, 0],
  [4, 2, 1, 0],
  [2, 2, 1, 0.1],
  [1, 1, 2, 1],
])(
  'the memory of a step of %i episodes, %i at once, %i-shot, is told before it is taken (rate of the backbone: %f)',
  async (batch, atOnce, shots, backboneFactor) => {
    const options = { batch, atOnce, shots, backboneFactor, size: 64 };
    const training = begin(options);
    engine.resetPeak();
    await training.step();
    const { peakBytes } = engine.memory();
    const plan = (on: Engine) => plannedFewShotTask(settingsOf(options), on);
    const told = stepMemory({ plan, phase, batch, passes: shots }, atOnce);
    // Single numbers aside, such as the loss and its share.
    expect(Math.abs(told / peakBytes - 1)).toBeLessThan(1e-3);
    await training.end();
  },
);

test('as many episodes are computed at once as a gibibyte holds', () => {
  const atOnce = (size: number, batch: number) =>
    itemsAtOnce({ plan: (on) => plannedFewShotTask(settingsOf({ size }), on), phase, batch, passes: 1 });
  expect([atOnce(32, 1), atOnce(32, 4)]).toEqual([1, 4]);
  const large = atOnce(400, 1000);
  expect(large).toBeGreaterThan(1);
  expect(large).toBeLessThan(100);
});

test('the rate of a frozen backbone is 0, and its weights stay as they are', async () => {
  for (const backboneFactor of [0, 0.1]) {
    const training = begin({ batch: 2, backboneFactor });
    const weight = training.model.stateDict()['backbone.conv1.weight'];
    const before = weight && (await read(weight));
    await training.step();
    const after = training.model.stateDict()['backbone.conv1.weight'];
    const same = before !== undefined && after !== undefined && (await read(after)).every((x, i) => x === before[i]);
    expect(same).toBe(backboneFactor === 0);
    await training.end();
  }
});

test('episodes start where they are told to', async () => {
  const { losses } = await train({ batch: 2 }, 2);
  const later = await train({ batch: 2, start: 2 }, 1);
  expect(later.losses[0]).not.toBe(losses[0]);
  expect(later.nextItem).toBe(4);
});
