import { join } from 'node:path';
import { defineCommand } from '../cli/command.ts';
import { differingSettings, readRun, type RecordedRun } from './compare/compare-runs.ts';
import { renderComparison } from './compare/comparison-report.ts';
import { isSameFile, writeFileAtomically } from '../files.ts';
import { required, withDefault } from '../cli/option.ts';
import { output, own } from '../cli/options.ts';
import { duration } from '../cli/progress.ts';
import { plain } from '../report/report.ts';
import { counted } from '../cli/words.ts';

export const compareCommand = defineCommand({
  name: 'compare',
  summary: 'puts several runs of train side by side: figures, curves, and the settings that differ',
  description:
    'The runs may still be going on. TensorBoard shows them too: tensorboard --logdir with the folder above theirs.',
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
    writeFileAtomically(report, renderComparison(runs, differing));
    const json = { runs: runs.map((run) => inJson(run, differing)), differing, report };
    return { json, text: [...runs.map((run) => inWords(run, differing)), `look at ${report}`].join('\n') };
  },
});

function inJson({ folder, best, epochs, steps, seconds, settings }: RecordedRun, differing: readonly string[]) {
  return {
    run: folder,
    best: best && { epoch: best.epoch, val_miou: best.val_miou, val_fb_iou: best.val_fb_iou },
    val_miou: epochs.at(-1)?.val_miou,
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
  const score =
    best === undefined
      ? 'no epoch is over'
      : `best validation mIoU ${best.val_miou.toFixed(1)} in epoch ${best.epoch} of ${epochs.length}`;
  const own = differing.map((name) => `${name} ${plain(settings[name] ?? '–')}`).join(', ');
  return `${folder}: ${score}; ${counted(steps.length, 'step')} in ${duration(seconds)}${own === '' ? '' : `; ${own}`}`;
}
