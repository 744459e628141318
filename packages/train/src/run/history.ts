import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RunError, isSystemError } from '../errors.ts';
import { appendToFile, syncFile, writeFileAtomically } from '../files/files.ts';
import { counted } from '../words.ts';

const stepRecord = z.object({
  kind: z.literal('step'),
  step: z.int(),
  epoch: z.int(),
  /** The total loss of the step's items. */
  loss: z.number(),
  /** The other losses by name, if the task has any. */
  parts: z.record(z.string(), z.number()).optional(),
  /** How long the step took. */
  seconds: z.number(),
});

const epochRecord = z.object({
  kind: z.literal('epoch'),
  epoch: z.int(),
  step: z.int(),
  /** The mean over the epoch's steps. */
  loss: z.number(),
  /** What the validation's meter says. Empty without a validation. */
  figures: z.record(z.string(), z.number()),
  /** Whether no epoch before was better. */
  best: z.boolean(),
});

/** Runs of before meters had names wrote HSNet's two figures so. */
const earlierEpoch = epochRecord
  .omit({ figures: true })
  .extend({ val_miou: z.number(), val_fb_iou: z.number() })
  .transform(({ val_miou, val_fb_iou, ...record }) => ({ ...record, figures: { miou: val_miou, fb_iou: val_fb_iou } }));

const skippedRecord = z.object({
  kind: z.literal('skipped'),
  /** The step that was tried. The next items took its place. */
  step: z.int(),
  /** What was not finite, and the names of the items. */
  fault: z.string(),
});

export type StepRecord = z.infer<typeof stepRecord>;
export type EpochRecord = z.infer<typeof epochRecord>;
export type HistoryRecord = StepRecord | EpochRecord | z.infer<typeof skippedRecord>;

const anyRecord = z.union([stepRecord, epochRecord, earlierEpoch, skippedRecord]);

/** A run's history: a JSON line for each step, each epoch, and each step that was left out. */
export class History {
  readonly #path: string;
  readonly #steps: StepRecord[] = [];
  readonly #epochs: EpochRecord[] = [];
  #skipped = 0;

  private constructor(path: string, records: readonly HistoryRecord[]) {
    this.#path = path;
    for (const record of records) this.#keep(record);
  }

  /**
   * Opens the history of a run that goes on after `step`. Records of later steps are dropped, because the run takes these
   * steps again. Without a file the history is empty.
   *
   * @throws RunError for a file that lacks steps: it could not tell which epoch is the best
   */
  static async open(path: string, step: number): Promise<History> {
    const records = (await readHistory(path)).filter((record) => record.step <= step);
    const history = new History(path, records);
    const { length: known } = history.steps;
    if (known !== step)
      throw new RunError(
        `${path} records ${known} of the ${counted(step, 'step')} that the run has taken: put the whole file back, or begin a new run from the weights of this one`,
      );
    writeFileAtomically(path, records.map(toLine).join(''), { flush: true });
    return history;
  }

  get steps(): readonly StepRecord[] {
    return this.#steps;
  }

  get epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }

  /** How many steps were left out because their loss or gradient was not finite. */
  get skipped(): number {
    return this.#skipped;
  }

  async add(record: HistoryRecord): Promise<void> {
    this.#keep(record);
    await appendToFile(this.#path, toLine(record));
  }

  #keep(record: HistoryRecord): void {
    switch (record.kind) {
      case 'step':
        this.#steps.push(record);
        break;
      case 'epoch':
        this.#epochs.push(record);
        break;
      case 'skipped':
        this.#skipped += 1;
    }
  }

  /** Waits until the history is on the disk: a checkpoint must not outlive the record of its steps. */
  async sync(): Promise<void> {
    await syncFile(this.#path);
  }
}

function toLine(record: HistoryRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * Reads a run's history. Without a file it is empty.
 *
 * @throws RunError that names the line that is no record
 */
export async function readHistory(path: string): Promise<HistoryRecord[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return [];
    throw error;
  }
  // A line without its end was being written when the program was killed.
  const lines = text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter(Boolean);
  return lines.map((line, i) => {
    try {
      return anyRecord.parse(JSON.parse(line));
    } catch (cause) {
      throw new RunError(`${path}, line ${i + 1} is no record of a step or an epoch: mend it, or remove it`, { cause });
    }
  });
}
