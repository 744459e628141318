import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { key, uniformNumbers } from '@hypercorr/tensor';
import { expect, test } from 'vitest';
import { killRuns } from '../../reliability/kill-runs.ts';
import { smallTraining } from '../../reliability/small-training.ts';
import { writeRandomBackbone } from '../support/backbone-weights.ts';
import { writeShapes } from '../support/shapes-dataset.ts';

// `reliability/kill.mts` does it fifty times.
test('a run that is killed anywhere goes on, and ends bit for bit as one that never was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hypercorr-kill-'));
  try {
    const [data, backbone] = [join(folder, 'data'), join(folder, 'backbone.safetensors')];
    await writeShapes(data, { classes: 3, images: 3 });
    await writeRandomBackbone(backbone);
    const numbers = uniformNumbers(key(1), 100);
    let drawn = 0;
    const { runs } = await killRuns({
      train: smallTraining(data, backbone),
      folder,
      kills: 5,
      random: () => numbers[(drawn += 1)] ?? 0,
    });
    expect(runs).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 300_000);
