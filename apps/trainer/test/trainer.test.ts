import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@hypercorr/datasets';
import { openDataset } from '@hypercorr/datasets/node';
import { HSNet } from '@hypercorr/hsnet';
import { Adam } from '@hypercorr/nn';
import { init, keep, key, mul, read, retain, scope, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stepMemory } from '../src/training/memory.ts';
import { Trainer, type TrainerOptions } from '../src/training/trainer.ts';
import { writeShapes } from './support/shapes-dataset.ts';

const root = mkdtempSync(join(tmpdir(), 'hypercorr-trainer-'));
let engine: Engine;
let dataset: Dataset;
beforeAll(async () => {
  await writeShapes(root, { classes: 2, images: 4 });
  dataset = await openDataset({ layout: 'fss', root });
  engine = await init(wasm({ threads: 1 }));
});
afterAll(async () => {
  await engine.dispose();
  rmSync(root, { recursive: true, force: true });
});

/** Losses of the first steps of a training that starts from the same weights, and how many tensors live after each. */
async function train(options: Partial<TrainerOptions>, steps = 3) {
  const model = new HSNet({ backbone: 'tiny', key: key(3) });
  const optimizer = new Adam(model.trainableParameters());
  const trainer = new Trainer({
    model,
    optimizer,
    dataset,
    size: 32,
    shots: 1,
    batch: 4,
    atOnce: 4,
    seed: 0,
    firstEpisode: 0,
    onFault: () => {},
    schedule: () => 1e-3,
    foregroundWeight: 1,
    ...options,
  });
  const [losses, tensors]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step += 1) {
    const outcome = await trainer.step();
    if (!outcome.taken) throw new Error(outcome.fault);
    losses.push(outcome.loss);
    tensors.push(engine.memory().tensors);
  }
  const { nextEpisode } = trainer;
  await trainer.close();
  optimizer.dispose();
  model.dispose();
  return { losses, tensors, nextEpisode };
}

test('a batch in parts trains as the whole batch does', async () => {
  const [whole, parts, singles] = [await train({ atOnce: 4 }), await train({ atOnce: 3 }), await train({ atOnce: 1 })];
  for (const [step, loss] of whole.losses.entries()) {
    // The same sums in another order, in float32, through two steps of Adam, which divides by their size.
    expect(Math.abs((parts.losses[step] ?? NaN) - loss)).toBeLessThan(1e-4);
    expect(Math.abs((singles.losses[step] ?? NaN) - loss)).toBeLessThan(1e-4);
  }
  expect(whole.nextEpisode).toBe(12);
});

test('no step leaves a tensor behind', async () => {
  const before = engine.memory().tensors;
  const { tensors } = await train({ atOnce: 2, shots: 2 });
  expect(tensors[2]).toBe(tensors[1]);
  expect(engine.memory().tensors).toBe(before);
});

test('with several shots the loss is the mean over them', async () => {
  // An episode of two shots in a class of three images shows all others: in either order, the loss is the same.
  const two = await train({ shots: 2, batch: 1, atOnce: 1 }, 1);
  const [one] = (await train({ shots: 1, batch: 1, atOnce: 1 }, 1)).losses;
  expect(two.losses[0]).not.toBe(one);
  expect(two.losses[0]).toBeCloseTo(one ?? NaN, 1);
});

test('a step that is not finite changes nothing but the place in the episodes', async () => {
  const model = new HSNet({ backbone: 'tiny', kernel: 'separable', key: key(3) });
  const optimizer = new Adam(model.trainableParameters());
  const trainer = new Trainer({
    model,
    optimizer,
    dataset,
    size: 32,
    shots: 1,
    batch: 2,
    atOnce: 2,
    seed: 0,
    firstEpisode: 0,
    onFault: () => {},
    schedule: () => 1e-3,
    foregroundWeight: 1,
  });
  // The first step also makes what is kept of the frozen backbone.
  expect((await trainer.step()).taken).toBe(true);
  // The last one: whatever an episode shows, its value reaches every logit.
  const parameter = Object.values(model.trainableParameters()).at(-1);
  if (parameter === undefined) throw new Error('there is no parameter');
  const good = retain(parameter.value);
  const state = async () =>
    Object.fromEntries(
      await Promise.all(
        Object.entries(model.stateDict()).map(async ([name, tensor]) => [name, await read(tensor)] as const),
      ),
    );
  const before = await state();
  parameter.set(scope(() => keep(mul(good, NaN))));
  const tensors = engine.memory().tensors;
  expect(await trainer.step()).toEqual({
    taken: false,
    fault: expect.stringMatching(/^the loss is NaN at step 2\. Its episodes: \S+\.jpg \(support \S+\.jpg\); \S+\.jpg/),
  });
  expect(engine.memory().tensors).toBe(tensors);
  expect([optimizer.stepsDone, trainer.nextEpisode]).toEqual([1, 4]);
  parameter.set(good);
  // Running statistics, too, are as before.
  expect(await state()).toEqual(before);
  expect((await trainer.step()).taken).toBe(true);
  expect([optimizer.stepsDone, trainer.nextEpisode]).toEqual([2, 6]);
  await trainer.close();
  optimizer.dispose();
  model.dispose();
});

test.each([
  [4, 4, 1, false],
  [4, 2, 1, false],
  [2, 2, 1, true],
  [1, 1, 2, true],
])(
  'the memory of a step of %i episodes, %i at once, %i-shot, is told before it is taken (backbone trained: %s)',
  async (batch, atOnce, shots, trainBackbone) => {
    const model = new HSNet({ backbone: 'tiny', trainBackbone, key: key(3) });
    const optimizer = new Adam(model.trainableParameters());
    const trainer = new Trainer({
      model,
      optimizer,
      dataset,
      size: 64,
      shots,
      batch,
      atOnce,
      seed: 0,
      firstEpisode: 0,
      onFault: () => {},
      schedule: () => 1e-3,
      foregroundWeight: 1,
    });
    engine.resetPeak();
    await trainer.step();
    const { peakBytes } = engine.memory();
    const told = stepMemory({
      model: { backbone: 'tiny', kernel: 'center-pivot', supportMasking: true, size: 64 },
      trainBackbone,
      batch,
      shots,
      atOnce,
    });
    // Single numbers aside, such as the loss and its share.
    expect(Math.abs(told / peakBytes - 1)).toBeLessThan(1e-3);
    await trainer.close();
    optimizer.dispose();
    model.dispose();
  },
);

test('episodes start where they are told to', async () => {
  const { losses } = await train({ batch: 2, atOnce: 2 }, 2);
  const later = await train({ batch: 2, atOnce: 2, firstEpisode: 2 }, 1);
  expect(later.losses[0]).not.toBe(losses[0]);
  expect(later.nextEpisode).toBe(4);
});
