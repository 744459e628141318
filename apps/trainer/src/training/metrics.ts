import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CommandError, isSystemError } from '../cli/failure.ts';
import { appendToFile, syncFile, writeFileAtomically } from '../files.ts';
import { counted } from '../cli/words.ts';

const stepRecord = z.object({
  kind: z.literal('step'),
  step: z.int(),
  epoch: z.int(),
  /** Mean cross-entropy of the batch. */
  loss: z.number(),
  /** How long the step took. */
  seconds: z.number(),
});

const epochRecord = z.object({
  kind: z.literal('epoch'),
  epoch: z.int(),
  step: z.int(),
  /** Mean of the epoch's steps. */
  loss: z.number(),
  /** On the validation classes, in percent. */
  val_miou: z.number(),
  val_fb_iou: z.number(),
  /** Whether no epoch before was better. */
  best: z.boolean(),
});

const skippedRecord = z.object({
  kind: z.literal('skipped'),
  /** The step that was to be taken, and was with the next episodes. */
  step: z.int(),
  /** What was not finite, and the files of its episodes. */
  fault: z.string(),
});

export type StepRecord = z.infer<typeof stepRecord>;
export type EpochRecord = z.infer<typeof epochRecord>;
export type MetricsRecord = StepRecord | EpochRecord | z.infer<typeof skippedRecord>;

const anyRecord = z.discriminatedUnion('kind', [stepRecord, epochRecord, skippedRecord]);

/** A run's history, a JSON line for each step and each epoch, and for each batch that was left out. */
export class Metrics {
  #path: string;
  readonly #steps: StepRecord[] = [];
  readonly #epochs: EpochRecord[] = [];
  #skipped = 0;

  private constructor(path: string, records: readonly MetricsRecord[]) {
    this.#path = path;
    for (const record of records) this.#keep(record);
  }

  /**
   * Opens the history of a run that goes on after `step`: what an interrupted run wrote beyond it is dropped, because it
   * will be done again. Without a file there is none yet.
   *
   * @throws CommandError for one that lacks steps: which epoch is the best could not be told
   */
  static async open(path: string, step: number): Promise<Metrics> {
    const records = (await readHistory(path)).filter((record) => record.step <= step);
    const metrics = new Metrics(path, records);
    const { length: known } = metrics.steps;
    if (known !== step)
      throw new CommandError(
        `${path} tells of ${known} of the ${counted(step, 'step')} that the run has taken: put back the whole of it, or begin a new run from its weights (--weights)`,
      );
    writeFileAtomically(path, records.map(toLine).join(''), { flush: true });
    return metrics;
  }

  get steps(): readonly StepRecord[] {
    return this.#steps;
  }

  get epochs(): readonly EpochRecord[] {
    return this.#epochs;
  }

  /** Batches left out because their loss or gradient was not finite. */
  get skipped(): number {
    return this.#skipped;
  }

  /** From here on its file is there. */
  movedTo(path: string): void {
    this.#path = path;
  }

  async add(record: MetricsRecord): Promise<void> {
    this.#keep(record);
    await appendToFile(this.#path, toLine(record));
  }

  #keep(record: MetricsRecord): void {
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

  /** Waits until it is on the disk: a checkpoint is not to outlive the history of its steps. */
  async sync(): Promise<void> {
    await syncFile(this.#path);
  }
}

function toLine(record: MetricsRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/**
 * What a run's file of metrics holds; nothing where there is no file.
 *
 * @throws CommandError that names the line that is no record
 */
export async function readHistory(path: string): Promise<MetricsRecord[]> {
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
      throw new CommandError(`${path}, line ${i + 1}: no record of a step or an epoch; mend or remove it`, { cause });
    }
  });
}
