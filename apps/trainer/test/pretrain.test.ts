import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Draws, figureClasses, partOf } from '@hypercorr/datasets';
import { init, key, readSync, type Engine } from '@hypercorr/tensor';
import { wasm } from '@hypercorr/tensor/wasm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Examples, Labelling, uncounted } from '../src/pretrain/examples.ts';
import { pretrain } from '../src/pretrain/pretrain.ts';
import { hypercorr } from './support/terminal.ts';

const examples = new Examples({ imagesPerClass: 1, size: 96, seed: 3 }, () => {});

describe('the pictures that pretrain the backbone', () => {
  it('show no class of episodes, and none that is held out', () => {
    const all = figureClasses();
    const { labels } = examples.batch(new Draws(key(1)), 200);
    const seen = new Set([...new Set(labels)].flatMap((label) => partOf(label)?.classId ?? []));
    expect(seen.size).toBeGreaterThan(40);
    for (const id of seen) expect(all[id]?.set).toBe('backbone');
  });

  it('have targets at every level: parts of figures, and textures of all that has one', () => {
    const labelling = new Labelling(examples.classes);
    const batch = examples.batch(new Draws(key(2)), 3);
    const { parts, textures } = labelling.targets(batch, 8, new Draws(key(3)));
    expect([parts.length, textures.length]).toEqual([3 * 64, 3 * 64]);
    expect(Math.max(...parts)).toBeLessThan(labelling.partCount);
    expect(Math.max(...textures)).toBeLessThan(labelling.textureCount);
    // A place that shows a part shows its texture.
    const parted = [...textures].filter((_, i) => (parts[i] ?? 0) > 0);
    expect(parted.length).toBeGreaterThan(0);
    expect(Math.min(...parted)).toBeGreaterThanOrEqual(0);
    // Aligned corners: the first and the last place are the corner pixels.
    const corner = partOf(batch.labels[0] ?? 0);
    expect((textures[0] ?? 0) === uncounted).toBe(corner === undefined);
  });
});

it('pretrain, the command, fails before it draws where it could not write', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hypercorr-pretrain-'));
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const { exitCode, stderr } = await hypercorr([
    'pretrain',
    '--images',
    '2',
    '--steps',
    '1',
    '--threads',
    '1',
    '--out',
    join(file, 'tiny.safetensors'),
  ]);
  rmSync(folder, { recursive: true });
  expect([exitCode, stderr]).toEqual([1, `hypercorr: cannot write to ${file}: it is a file, not a folder\n`]);
});

describe('pretrain', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await init(wasm({ threads: 1 }));
  });
  afterAll(() => engine.dispose());

  it('learns, gives the same weights for the same seed, and leaves nothing behind', async () => {
    const train = async () => {
      const losses: number[] = [];
      using backbone = await pretrain({
        engine,
        examples,
        steps: 6,
        batch: 8,
        learningRate: 4e-3,
        seed: 5,
        onStep: (_, loss) => losses.push(loss),
      });
      expect(backbone.training).toBe(false);
      return { losses, state: Object.values(backbone.stateDict()).map((tensor) => readSync(tensor)) };
    };
    const before = engine.memory().tensors;
    const first = await train();
    expect(engine.memory().tensors).toBe(before);
    expect(first.losses.at(-1)).toBeLessThan(first.losses[0] ?? 0);
    expect(await train()).toEqual(first);
  });
});
