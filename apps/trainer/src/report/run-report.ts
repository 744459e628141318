import type { Dataset } from '@hypercorr/datasets';
import type { SegmentationScore } from '@hypercorr/hsnet';
import type { Engine } from '@hypercorr/tensor';
import { writeFileAtomically } from '../files.ts';
import type { ContactRow } from '../pictures/index.ts';
import type { EpochRecord } from '../training/metrics.ts';
import type { Run } from '../training/run.ts';
import { counted } from '../cli/words.ts';
import type { BaselineFigures } from './baseline-figures.ts';
import { writeOverlays } from './examples.ts';
import { renderReport, type ClassRow } from './report.ts';

export interface RunReport {
  readonly title: string;
  /** What the classes are for: "validation", "held-out". */
  readonly part: string;
  readonly score: SegmentationScore;
  /** The scored classes, for their names. */
  readonly dataset: Dataset;
  readonly protocol: string;
  readonly baselines?: readonly BaselineFigures[];
  readonly examples: readonly ContactRow[];
  /** Every epoch up to this one. */
  readonly epochs: readonly EpochRecord[];
  /** Episodes left out of the training, and out of the score, because files of theirs are faulty. */
  readonly trainingSkipped: number;
  readonly skipped: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly engine: Engine;
}

/** Writes a run's report and its overlays; returns the overlays' files. */
export async function writeRunReport({ files, metrics, step }: Run, report: RunReport): Promise<string[]> {
  const {
    title,
    part,
    score,
    dataset,
    protocol,
    baselines = [],
    examples,
    epochs,
    trainingSkipped,
    skipped,
    configuration,
    engine,
  } = report;
  const page = renderReport({
    title,
    protocol,
    score,
    baselines,
    examples,
    steps: metrics.steps,
    epochs,
    figures: [
      [`${part} mIoU`, score.miou.toFixed(1)],
      [`${part} FB-IoU`, score.fbIou.toFixed(1)],
      ['steps', String(step)],
      ['episodes scored', String(score.episodes)],
      ...(metrics.skipped > 0 ? [['steps left out', `${metrics.skipped}, not finite`] as const] : []),
      ...(trainingSkipped + skipped > 0
        ? [
            [
              'left out for faulty files',
              `${trainingSkipped} training and ${counted(skipped, 'scored episode')}`,
            ] as const,
          ]
        : []),
    ],
    classes: classRows(score, dataset),
    configuration: { ...configuration, 'ran on': engine.description },
  });
  writeFileAtomically(files.report, page);
  return writeOverlays(files.overlays, examples);
}

/** The scored classes with their names, the best first. */
export function classRows(score: SegmentationScore, { classes }: Dataset): ClassRow[] {
  const names = new Map(classes.map(({ id, name }) => [id, name]));
  const rows = score.classes().map(({ id, iou, episodes }) => ({ name: names.get(id) ?? String(id), iou, episodes }));
  return rows.toSorted((a, b) => b.iou - a.iou);
}
