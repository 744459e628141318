import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { RunError, isSystemError } from '../errors.ts';
import { appendToFile, syncFile, writeFileAtomically } from '../files/files.ts';
import { counted } from '../words.ts';

/** A step of training. */
export interface StepRecord {
  readonly kind: 'step';
  readonly step: number;
  readonly epoch: number;
  /** The total loss of the step's items. */
  readonly loss: number;
  /** The other losses by name, if the task has any. */
  readonly parts?: Readonly<Record<string, number>> | undefined;
  /** How long the step took. */
  readonly seconds: number;
}

/** The end of an epoch. */
export interface EpochRecord {
  readonly kind: 'epoch';
  readonly epoch: number;
  readonly step: number;
  /** The mean over the epoch's steps. */
  readonly loss: number;
  /** What the validation's meter says. Empty without a validation. */
  readonly figures: Readonly<Record<string, number>>;
  /** Whether no epoch before was better. */
  readonly best: boolean;
}

/** A step that was left out. */
export interface SkippedRecord {
  readonly kind: 'skipped';
  /** The step that was tried. The next items took its place. */
  readonly step: number;
  /** What was not finite, and the names of the items. */
  readonly fault: string;
}

export type HistoryRecord = StepRecord | EpochRecord | SkippedRecord;

/** JSON has no NaN and no infinity, and writes null for them. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const stepRecord = z.object({
  kind: z.literal('step'),
  step: z.int(),
  epoch: z.int(),
  loss: figure,
  parts: z.record(z.string(), figure).optional(),
  seconds: z.number(),
}) satisfies z.ZodType<StepRecord>;

const epochRecord = z.object({
  kind: z.literal('epoch'),
  epoch: z.int(),
  step: z.int(),
  loss: figure,
  figures: z.record(z.string(), figure),
  best: z.boolean(),
}) satisfies z.ZodType<EpochRecord>;

/** Runs of before meters had names wrote HSNet's two figures so. */
const earlierEpoch = epochRecord
  .omit({ figures: true })
  .extend({ val_miou: figure, val_fb_iou: figure })
  .transform(({ val_miou, val_fb_iou, ...record }) => ({ ...record, figures: { miou: val_miou, fb_iou: val_fb_iou } }));

const skippedRecord = z.object({
  kind: z.literal('skipped'),
  step: z.int(),
  fault: z.string(),
}) satisfies z.ZodType<SkippedRecord>;

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
