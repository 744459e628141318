import type { Engine } from '@hypercorr/tensor';
import { writeFileAtomically } from '../files/files.ts';
import type { Scored } from '../loop/train.ts';
import type { EpochRecord } from '../run/history.ts';
import type { Run } from '../run/run.ts';
import { counted } from '../words.ts';
import { writePictures } from './picture-files.ts';
import { renderReport } from './report.ts';

export interface RunReport<Item> {
  readonly title: string;
  /** The validation after the last epoch, if there is one. */
  readonly scored: Scored<Item> | undefined;
  /** The epochs so far. */
  readonly epochs: readonly EpochRecord[];
  /** The number of training items that were left out because their files are faulty. */
  readonly trainingSkipped: number;
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly engine: Engine;
}

/** Writes a run's report and the pictures of its validation. @returns the pictures' files */
export async function writeRunReport<Item, Batch>(
  { files, history, step, task }: Run<Item, Batch>,
  { title, scored, epochs, trainingSkipped, configuration, engine }: RunReport<Item>,
): Promise<string[]> {
  const { validation, training } = task;
  const labels = validation?.labels ?? {};
  const name = validation?.name ?? '';
  const figures = Object.entries(scored?.meter.figures() ?? {});
  const [unit, scoredUnit] = [training.unit ?? 'item', validation?.source.unit ?? 'item'];
  const loss = epochs.at(-1)?.loss;
  const cards = scored?.meter.cards() ?? [];
  const leftOut = trainingSkipped + (scored?.skipped ?? 0);
  const page = renderReport({
    title,
    protocol: validation?.protocol,
    steps: history.steps,
    epochs,
    labels,
    cards,
    figures: [
      ...figures.map(
        ([figure, value]) => [`${name} ${labels[figure] ?? figure}`, value.toFixed(validation?.digits ?? 1)] as const,
      ),
      ...(scored === undefined && loss !== undefined ? [['loss', loss.toFixed(4)] as const] : []),
      ['steps', String(step)],
      ...(scored === undefined ? [] : [[`${scoredUnit}s scored`, String(scored.items)] as const]),
      ...(history.skipped > 0 ? [['steps left out', `${history.skipped}, not finite`] as const] : []),
      ...(leftOut > 0
        ? [
            [
              'left out for faulty files',
              `${counted(trainingSkipped, `training ${unit}`)}${scored === undefined ? '' : ` and ${counted(scored.skipped, `scored ${scoredUnit}`)}`}`,
            ] as const,
          ]
        : []),
    ],
    configuration: { ...configuration, 'ran on': engine.description },
  });
  writeFileAtomically(files.report, page);
  return writePictures(
    files.pictures,
    cards.flatMap((card) => (card.kind === 'pictures' ? card.pictures : [])),
  );
}
