import { readFile } from 'node:fs/promises';
import { parseSafetensors, serialiseTensors } from '@hypercorr/nn';
import { FormatError, ShapeError, defaultEngine, readSync } from '@hypercorr/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNetwork, segment, type Network } from '../src/segment/network.ts';
import { seededWeights } from './support/seeded-weights.ts';

const engine = defaultEngine();
const [weights = new Uint8Array()] = await seededWeights(32);

describe('weights', () => {
  const reload = async (change: (names: readonly string[]) => readonly string[], metadata?: Record<string, string>) => {
    const file = parseSafetensors(weights);
    const kept = change(file.names).map((name) => [name, file.read(name)] as const);
    return loadNetwork(
      await serialiseTensors(Object.fromEntries(kept), metadata === undefined ? {} : { metadata }),
      'mine',
      engine,
    );
  };
  const all = (names: readonly string[]) => names;

  it('say what their network is, or their names do', async () => {
    const described = loadNetwork(weights, 'mine', engine);
    expect([described.model.backboneName, described.model.kernel, described.size]).toEqual([
      'tiny',
      'center-pivot',
      32,
    ]);
    const identified = await reload(all);
    expect([identified.model.backboneName, identified.model.kernel, identified.size]).toEqual([
      'tiny',
      'center-pivot',
      400,
    ]);
    described.model.dispose();
    identified.model.dispose();
  });

  it('that are none, or not of a whole HSNet, are an error, and leave nothing behind', async () => {
    const { tensors } = engine.memory();
    const backbone = await readFile(new URL('../../trainer/weights/tiny.safetensors', import.meta.url));
    expect(() => loadNetwork(new TextEncoder().encode('nothing of the kind'), 'notes.txt', engine)).toThrow(
      FormatError,
    );
    expect(() => loadNetwork(backbone, 'tiny.safetensors', engine)).toThrow(
      '[weights] tiny.safetensors holds no HSNet that is known here',
    );
    await expect(reload((names) => names.filter((name) => !name.startsWith('backbone.')))).rejects.toThrow(
      'mine holds the learner alone',
    );
    await expect(reload((names) => names.slice(1))).rejects.toThrow(FormatError);
    for (const text of [
      '{',
      '{"model":{}}',
      '{"model":{"backbone":"tiny","kernel":"center-pivot","supportMasking":true,"size":"32"}}',
    ]) {
      await expect(reload(all, { hypercorr: text })).rejects.toThrow(
        'mine describes itself in a way that this page does not understand',
      );
    }
    expect(engine.memory().tensors).toBe(tensors);
  });
});

describe('segment', () => {
  let network: Network;
  beforeAll(() => {
    network = loadNetwork(weights, 'mine', engine);
  });
  afterAll(() => network.model.dispose());

  const picture = (width: number, height: number) => ({
    width,
    height,
    data: Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37) % 256),
  });
  const mask = (width: number, height: number, marked: number) => ({
    width,
    height,
    data: new Uint8Array(width * height).fill(1, 0, marked),
  });

  it('gives two logits for every pixel of the query, whatever the sizes of the pictures', () => {
    using logits = segment(network, { support: picture(40, 30), mask: mask(40, 30, 400), query: picture(21, 50) });
    expect(logits.shape).toEqual([1, 2, 50, 21]);
    expect(readSync(logits).every(Number.isFinite)).toBe(true);
  });

  it('refuses a mask that marks nothing, or is of another size', () => {
    const support = picture(320, 320);
    expect(() => segment(network, { support, mask: mask(320, 320, 0), query: support })).toThrow(ShapeError);
    // A corner of five pixels, of which the network would see none.
    expect(() =>
      segment(network, {
        support,
        mask: { width: 320, height: 320, data: new Uint8Array(320 * 320).fill(1, 5, 9) },
        query: support,
      }),
    ).toThrow('[segment] the mask marks no pixel at 32×32, as the network sees it; mark more of the object');
    expect(() => segment(network, { support, mask: mask(10, 10, 10), query: support })).toThrow(
      'the picture is 320×320, the mask 10×10',
    );
  });
});
