import { checkpoint } from '@hypercorr/autograd';
import { defaultEngine, init, key, normal, readSync, scope, square, sum, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { describe, expect, test } from 'vitest';
import { BatchNorm2d, Conv2d, Dropout, ReLU, Sequential, lossAndGradients, type Gradients } from '../src/index.ts';
import { checkLeaks } from './support/leaks.ts';

checkLeaks();

const channels = 4;

/** Layers with parameters, with statistics that move in training, and with random numbers that go on. */
function blocks(count: number, engine: Engine): Sequential[] {
  return Array.from(
    { length: count },
    (_, i) =>
      new Sequential(
        new Conv2d({ inChannels: channels, outChannels: channels, kernel: 3, padding: 1, key: key(i), engine }),
        new BatchNorm2d({ channels, engine }),
        new ReLU(),
        new Dropout({ p: 0.2, key: key(1000 + i) }),
      ),
  );
}

function elements(tensors: Gradients): Record<string, number[]> {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, [...readSync(tensor)]]));
}

/** Two steps' losses, gradients and statistics, and the most bytes in use during the second. */
function train(engine: Engine, wrap: typeof checkpoint) {
  using model = new Sequential(...blocks(8, engine));
  return scope(() => {
    const x = normal(key(100), [2, channels, 12, 12], { engine });
    const forward = () =>
      model.layers.reduce<ReturnType<Sequential['forward']>>(
        (y, layer) => wrap((v: typeof y) => layer.forward(v))(y),
        x,
      );
    const step = () =>
      scope(() => {
        const { loss, gradients } = lossAndGradients(model, () => sum(square(forward())));
        return { loss: readSync(loss)[0], gradients: elements(gradients) };
      });
    const first = step();
    const before = engine.memory().bytes;
    engine.resetPeak();
    const second = step();
    const buffers = Object.fromEntries(
      Object.entries(model.namedBuffers()).map(([name, { value }]) => [name, [...readSync(value)]]),
    );
    return { steps: [first, second], buffers, peak: engine.memory().peakBytes - before };
  });
}

describe('a checkpointed module', () => {
  test.each([
    ['reference', () => Promise.resolve(defaultEngine())],
    ['wasm', () => init(wasm({ threads: 2 }))],
  ] as const)('on %s has the same gradients and statistics, to the bit, in less memory', async (_, start) => {
    const engine = await start();
    const plain = train(engine, (f) => f);
    const { peak, ...again } = train(engine, checkpoint);
    expect(again).toEqual({ steps: plain.steps, buffers: plain.buffers });
    // Statistics move once a step, although the block is computed twice.
    expect(again.buffers['7.1.num_batches_tracked']).toEqual([2]);
    // A block keeps its input in place of every layer's; the gradients, which both have, are a third of what is left.
    expect(peak).toBeLessThan((2 / 3) * plain.peak);
    const [first, second] = again.steps.map(({ loss }) => loss);
    expect(first).not.toBe(second);
    if (engine.backend.kernels !== 'reference') await engine.dispose();
  });
});
