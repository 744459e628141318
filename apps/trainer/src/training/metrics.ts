import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { CommandError, isSystemError } from '../failure.ts';
import { appendToFile, syncFile, writeFileAtomically } from '../files.ts';

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
  /** Whether no epoch before was as good. */
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
  readonly #path: string;
  readonly #records: MetricsRecord[];

  private constructor(path: string, records: MetricsRecord[]) {
    this.#path = path;
    this.#records = records;
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
    if (known !== step) throw new CommandError(`${path} tells of ${known} of the ${step} steps that the run has taken: put back the whole of it, or begin a new run from its weights (--weights)`);
    writeFileAtomically(path, records.map(toLine).join(''), { flush: true });
    return metrics;
  }

  get steps(): readonly StepRecord[] {
    return this.#records.filter((record) => record.kind === 'step');
  }

  get epochs(): readonly EpochRecord[] {
    return this.#records.filter((record) => record.kind === 'epoch');
  }

  /** Batches left out because their loss or gradient was not finite. */
  get skipped(): number {
    return this.#records.filter(({ kind }) => kind === 'skipped').length;
  }

  async add(record: MetricsRecord): Promise<void> {
    this.#records.push(record);
    await appendToFile(this.#path, toLine(record));
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
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n').filter(Boolean);
  return lines.map((line, i) => {
    try {
      return anyRecord.parse(JSON.parse(line));
    } catch (cause) {
      throw new CommandError(`${path}, line ${i + 1}: no record of a step or an epoch; mend or remove it`, { cause });
    }
  });
}
