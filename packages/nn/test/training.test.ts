import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { crossEntropy, defaultEngine, fromArray, init, key, readSync, scope, type Tensor } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { expect, test, vi } from 'vitest';
import {
  Adam,
  BatchNorm2d,
  Conv2d,
  GroupNorm,
  MaxPool2d,
  ReLU,
  SGD,
  Sequential,
  lossAndGradients,
  parseSafetensors,
  serialiseTensors,
  type Optimizer,
} from '../src/index.ts';
import { fillerValues } from './support/filler.ts';
import { relativeDistance, tolerance } from './support/fixtures.ts';

const timeout = 60_000;

/** Images [N, 1, 8, 8] → scores of two classes [N, 2, 4, 4]. */
function network(): Sequential {
  return new Sequential(
    new Conv2d({ inChannels: 1, outChannels: 8, kernel: 3, padding: 1, key: key(1) }),
    new BatchNorm2d({ channels: 8 }),
    new ReLU(),
    new MaxPool2d({ kernel: 2 }),
    new Conv2d({ inChannels: 8, outChannels: 8, kernel: 3, padding: 1, key: key(2) }),
    new GroupNorm({ groups: 2, channels: 8 }),
    new ReLU(),
    new Conv2d({ inChannels: 8, outChannels: 2, kernel: 1, key: key(3) }),
  );
}

/** Four random images; a square of 2×2 pixels is of class 1 where its brightest pixel is above 0.6. */
function batch(step: number): {
  images: Tensor<readonly [4, 1, 8, 8], 'float32'>;
  labels: Tensor<readonly [4, 4, 4], 'int32'>;
} {
  const pixels = fillerValues(`images/${step}`, 256);
  const labels = new Int32Array(64);
  for (const [i, pixel] of pixels.entries()) {
    const [image, row, column] = [i >> 6, (i >> 4) & 3, (i >> 1) & 3];
    if (pixel > 0.6) labels[image * 16 + row * 4 + column] = 1;
  }
  return { images: fromArray(pixels, [4, 1, 8, 8]), labels: fromArray(labels, [4, 4, 4]) };
}

/** Trains from one step to another. @returns the losses, and what was alive after each step */
function train(
  model: Sequential,
  optimizer: Optimizer,
  from: number,
  to: number,
): { losses: number[]; alive: Set<string> } {
  const losses: number[] = [];
  const alive = new Set<string>();
  for (let step = from; step < to; step += 1) {
    scope(() => {
      const { images, labels } = batch(step);
      const { loss, gradients } = lossAndGradients(model, () => crossEntropy(model.forward(images), labels));
      optimizer.step(gradients);
      losses.push(readSync(loss)[0] ?? NaN);
    });
    const { tensors, bytes } = defaultEngine().memory();
    alive.add(`${tensors} tensors, ${bytes} bytes`);
  }
  return { losses, alive };
}

/** What a run leaves: 100 steps at once, and the last 20 again from a file. */
async function runs(make: (model: Sequential) => Optimizer) {
  const before = defaultEngine().memory();
  const model = network();
  const optimizer = make(model);
  const first = train(model, optimizer, 0, 80);
  const [weights, state] = [await serialiseTensors(model.stateDict()), await serialiseTensors(optimizer.stateDict())];
  const { losses, alive } = train(model, optimizer, 80, 100);

  const resumed = network();
  const resumedOptimizer = make(resumed);
  const tensors = [parseSafetensors(weights).tensors(), parseSafetensors(state).tensors()] as const;
  resumed.loadStateDict(tensors[0]);
  await resumedOptimizer.loadStateDict(tensors[1]);
  const again = train(resumed, resumedOptimizer, 80, 100);

  for (const owner of [
    model,
    optimizer,
    resumed,
    resumedOptimizer,
    ...tensors.flatMap((each) => Object.values(each)),
  ]) {
    owner.dispose();
  }
  const after = defaultEngine().memory();
  return {
    losses: [...first.losses, ...losses],
    resumedLosses: again.losses,
    alive: new Set([...first.alive, ...alive]),
    leaked: { tensors: after.tensors - before.tensors, bytes: after.bytes - before.bytes },
  };
}

const optimisers = {
  adam: (model: Sequential) => new Adam(model, { learningRate: 0.03 }),
  sgd: (model: Sequential) => new SGD(model, { learningRate: 0.1, momentum: 0.9, nesterov: true }),
};

test.each(Object.entries(optimisers))(
  '%s learns, holds its memory, resumes to the bit, and agrees across backends',
  { timeout },
  async (_, make) => {
    const reference = await runs(make);
    const engine = await init(wasm({ threads: 2 }));
    const parallel = await runs(make);
    await engine.dispose();

    for (const { losses, resumedLosses, alive, leaked } of [reference, parallel]) {
      const [early, late] = [losses.slice(0, 5), losses.slice(-5)].map((list) => list.reduce((a, b) => a + b, 0) / 5);
      expect(late).toBeLessThan(0.5 * (early ?? NaN));
      expect(resumedLosses).toEqual(losses.slice(80));
      expect(alive.size).toBe(1);
      expect(leaked).toEqual({ tensors: 0, bytes: 0 });
    }
    // Later steps carry the rounding of earlier ones on.
    expect(relativeDistance(parallel.losses.slice(0, 10), reference.losses.slice(0, 10))).toBeLessThanOrEqual(
      tolerance,
    );
  },
);

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What JavaScript holds when all that can go is gone. */
function heapBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test('1,000 steps take no more memory than the first 200', { timeout }, async () => {
  const engine = await init(wasm({ threads: 2 }));
  const model = network();
  const optimizer = optimisers.adam(model);
  const { alive } = train(model, optimizer, 0, 200);
  const heap = heapBytes();
  const grow = vi.spyOn(WebAssembly.Memory.prototype, 'grow');
  const later = train(model, optimizer, 200, 1000);
  expect(new Set([...alive, ...later.alive]).size).toBe(1);
  // The memory that tensors lie in: what is freed is found again.
  expect(grow).not.toHaveBeenCalled();
  // Compiled code comes and goes by some 0.5 MB. A step runs about 90 operations: a tensor that each left would be 10 MB.
  expect(heapBytes() - heap).toBeLessThan(1_500_000);
  grow.mockRestore();
  model.dispose();
  optimizer.dispose();
  await engine.dispose();
});
