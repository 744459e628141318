import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BestFigure } from '../task.ts';
import type { EpochRecord } from './history.ts';

/** The name of an epoch's model. */
export const topName = /^epoch-\d{4,}\.safetensors$/;

export function topFile(folder: string, epoch: number): string {
  return join(folder, `epoch-${String(epoch).padStart(4, '0')}.safetensors`);
}

/** A number that is higher for better epochs. Every epoch is equal where nothing is scored. */
export function scoreOf({ figures }: Pick<EpochRecord, 'figures'>, best: BestFigure | undefined): number {
  if (best === undefined) return 0;
  const figure = figures[best.figure] ?? Number.NaN;
  // An epoch without a number is worse than all others.
  if (Number.isNaN(figure)) return -Infinity;
  return best.higher ? figure : -figure;
}

/** Whether an epoch is at least as good as all before it. Of equal ones the later counts: it has learned for longer. */
export function isBest(
  record: Pick<EpochRecord, 'figures'>,
  before: readonly EpochRecord[],
  best: BestFigure | undefined,
): boolean {
  const score = scoreOf(record, best);
  return before.every((each) => score >= scoreOf(each, best));
}

/** The `count` best epochs, the best first; of equal ones the later. */
export function topEpochs(
  epochs: readonly Pick<EpochRecord, 'epoch' | 'figures'>[],
  count: number,
  best: BestFigure | undefined,
): readonly number[] {
  const sorted = epochs.toSorted((a, b) => scoreOf(b, best) - scoreOf(a, best) || b.epoch - a.epoch);
  return sorted.slice(0, count).map(({ epoch }) => epoch);
}

/** Removes the models of epochs that are not among the best any more. */
export function removeOthers(folder: string, kept: readonly number[]): void {
  if (!existsSync(folder)) return;
  const files = kept.map((epoch) => topFile(folder, epoch));
  const own = readdirSync(folder)
    .filter((name) => topName.test(name))
    .map((name) => join(folder, name));
  for (const file of own.filter((each) => !files.includes(each))) rmSync(file);
}

/** How many epochs there have been since the score last rose. An equal score is not a rise. */
export function epochsSinceBest(epochs: readonly EpochRecord[], best: BestFigure | undefined): number {
  const last = epochs.findLast((record) => record.best);
  const first = last === undefined ? -1 : epochs.findIndex((record) => scoreOf(record, best) === scoreOf(last, best));
  return first < 0 ? epochs.length : epochs.length - 1 - first;
}
