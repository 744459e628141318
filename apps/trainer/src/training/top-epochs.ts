import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { EpochRecord } from './metrics.ts';

/** The name of an epoch's model. */
export const topName = /^epoch-\d{4,}\.safetensors$/;

export function topFile(folder: string, epoch: number): string {
  return join(folder, `epoch-${String(epoch).padStart(4, '0')}.safetensors`);
}

/** The `count` epochs with the highest validation mIoU, the best first; of equal ones the later. */
export function topEpochs(epochs: readonly EpochRecord[], count: number): readonly number[] {
  const sorted = epochs.toSorted((a, b) => b.val_miou - a.val_miou || b.epoch - a.epoch);
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

/** How many epochs there have been without a better score: one that is as good does not count as better. */
export function epochsSinceBest(epochs: readonly EpochRecord[]): number {
  const best = epochs.findLast((record) => record.best)?.val_miou;
  const first = epochs.findIndex(({ val_miou }) => val_miou === best);
  return first < 0 ? epochs.length : epochs.length - 1 - first;
}
