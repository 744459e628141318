import { join } from 'node:path';
import { fewShotFigures } from '@hypercorr/hsnet';
import { counted, duration, plain } from '@hypercorr/train';
import {
  differingSettings,
  isSameFile,
  readRun,
  renderComparison,
  writeFileAtomically,
  type RecordedRun,
} from '@hypercorr/train/node';
import { defineCommand } from '../cli/command.ts';
import { required, withDefault } from '../cli/option.ts';
import { output, own } from '../cli/options.ts';

import { validationFigures } from '../tasks/training.ts';

export const compareCommand = defineCommand({
  name: 'compare',
  summary: 'compares training runs: figures, curves, and the settings that differ',
  description:
    'The runs may still be in progress. TensorBoard can show them too: give tensorboard --logdir the folder that holds the runs.',
  options: { ...output, runs: required(own.runs), out: withDefault(own.out, '.') },
  examples: [['hypercorr compare runs/one-shot runs/augmented --out reports', 'writes reports/compare.html']],
  async run({ runs: named, out }, { log }) {
    const folders: string[] = [];
    for (const folder of named) {
      const first = folders.find((other) => isSameFile(other, folder));
      if (first === undefined) folders.push(folder);
      else log.warn(`the run ${first} is named ${first === folder ? 'twice' : `again as ${folder}`}; it is taken once`);
    }
    const runs = await Promise.all(folders.map(readRun));
    const differing = differingSettings(runs);
    const report = join(out, 'compare.html');
    writeFileAtomically(report, renderComparison(runs, differing, fewShotFigures.labels));
    const json = { runs: runs.map((run) => inJson(run, differing)), differing, report };
    return { json, text: [...runs.map((run) => inWords(run, differing)), `look at ${report}`].join('\n') };
  },
});

function inJson({ folder, best, epochs, steps, seconds, settings }: RecordedRun, differing: readonly string[]) {
  return {
    run: folder,
    best: best && { epoch: best.epoch, ...validationFigures(best) },
    ...validationFigures(epochs.at(-1)),
    loss: epochs.at(-1)?.loss,
    epochs: epochs.length,
    steps: steps.length,
    seconds,
    settings: Object.fromEntries(differing.map((name) => [name, settings[name] ?? null])),
  };
}

function inWords(
  { folder, best, epochs, steps, seconds, settings }: RecordedRun,
  differing: readonly string[],
): string {
  const [name, value] = Object.entries(best?.figures ?? {})[0] ?? [];
  const score =
    best === undefined || name === undefined || value === undefined
      ? epochs.length === 0
        ? 'no epoch is over'
        : `loss ${epochs.at(-1)?.loss.toFixed(4)} after ${counted(epochs.length, 'epoch')}`
      : `best validation ${fewShotFigures.labels[name] ?? name} ${value.toFixed(1)} in epoch ${best.epoch} of ${epochs.length}`;
  const own = differing.map((setting) => `${setting} ${plain(settings[setting] ?? '–')}`).join(', ');
  return `${folder}: ${score}; ${counted(steps.length, 'step')} in ${duration(seconds)}${own === '' ? '' : `; ${own}`}`;
}
