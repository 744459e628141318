import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { writeRandomBackbone } from './backbone-weights.ts';
import { writeShapes } from './shapes-dataset.ts';

export interface SmallRunOptions {
  readonly classes: number;
  /** Width and height of the images. */
  readonly side?: number;
  /** Steps an epoch, of two episodes each. */
  readonly steps: number;
  readonly valEpisodes: number;
}

/** What `train --json` prints. */
export interface Trained {
  readonly epoch: number;
  readonly step: number;
  readonly loss: number;
  readonly val_miou: number;
  readonly best: { readonly epoch: number; readonly val_miou: number; readonly checkpoint: string };
  readonly checkpoint: string;
  readonly report: string;
  readonly finished: boolean;
  readonly ended: string;
}

/** For the tests of one file: a folder with a dataset and a backbone's weights, which is removed after them, and trainings on these in seconds. */
export function smallRuns(name: string, { classes, side, steps, valEpisodes }: SmallRunOptions) {
  const root = mkdtempSync(join(tmpdir(), `hypercorr-${name}-`));
  const [data, backbone] = [join(root, 'data'), join(root, 'backbone.safetensors')];
  const model = ['--backbone', 'tiny', '--backbone-weights', backbone, '--size', '32', '--threads', '1'];
  const pace = ['--batch', '2', '--episodes', String(2 * steps), '--val-episodes', String(valEpisodes)];
  beforeAll(async () => {
    await writeShapes(data, { classes, images: 4, ...(side !== undefined && { side }) });
    await writeRandomBackbone(backbone);
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  return {
    root,
    data,
    backbone,
    /** Where a run goes. */
    run: (of: string): string => join(root, of),
    /** The arguments that begin a run in a folder. */
    start: (out: string, ...more: readonly string[]): readonly string[] => [
      'train',
      '--benchmark',
      'folder',
      '--data',
      data,
      ...model,
      ...pace,
      '--out',
      out,
      ...more,
    ],
  };
}

/** A file of a run. */
export function bytes(out: string, name: string): Buffer {
  return readFileSync(join(out, name));
}
