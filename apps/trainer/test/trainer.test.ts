import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Dataset } from '@hypercorr/datasets';
import { openDataset } from '@hypercorr/datasets/node';
import { HSNet } from '@hypercorr/hsnet';
import { Adam } from '@hypercorr/nn';
import { init, key, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';
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
    ...{ model, optimizer, dataset, size: 32, shots: 1, batch: 4, atOnce: 4, seed: 0, firstEpisode: 0, onFault: () => {} },
    schedule: () => 1e-3,
    foregroundWeight: 1,
    ...options,
  });
  const [losses, tensors]: [number[], number[]] = [[], []];
  for (let step = 0; step < steps; step += 1) {
    losses.push(await trainer.step());
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

test('episodes start where they are told to', async () => {
  const { losses } = await train({ batch: 2, atOnce: 2 }, 2);
  const later = await train({ batch: 2, atOnce: 2, firstEpisode: 2 }, 1);
  expect(later.losses[0]).not.toBe(losses[0]);
  expect(later.nextEpisode).toBe(4);
});
