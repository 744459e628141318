/**
 * Kills trainings at random points, fifty times unless `--kills` says otherwise, and looks whether each of them comes to the
 * end that it would have come to. After `npm run build`, from the repository's root:
 *
 *     node --import tsx apps/trainer/reliability/kill.mts [--kills N] [--seed S]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { key, uniformNumbers } from '@hypercorr/tensor';
import { writeRandomBackbone } from '../test/support/backbone-weights.ts';
import { writeShapes } from '../test/support/shapes-dataset.ts';
import { killRuns } from './kill-runs.ts';
import { smallTraining } from './small-training.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '50' }, seed: { type: 'string', default: '0' } },
});
const kills = Number(values.kills);
const folder = mkdtempSync(join(tmpdir(), 'hypercorr-kills-'));
try {
  const [data, backbone] = [join(folder, 'data'), join(folder, 'backbone.safetensors')];
  await writeShapes(data, { classes: 3, images: 3 });
  await writeRandomBackbone(backbone);
  const numbers = uniformNumbers(key(Number(values.seed)), 10 * kills + 10);
  let drawn = 0;
  const { runs } = await killRuns({
    train: smallTraining(data, backbone),
    folder,
    kills,
    random: () => numbers[(drawn += 1)] ?? 0,
    onRun: ({ killed, kills: sofar }) =>
      console.log(`a run killed ${killed} times is whole (${sofar} of ${kills} kills)`),
  });
  console.log(`${kills} kills, ${runs} runs: each went on, and ended bit for bit as one that was never killed`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
