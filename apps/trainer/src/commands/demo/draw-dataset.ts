import { existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeGeneratedDataset } from '@hypercorr/datasets/node';
import { besideName, isSystemError, prepareFolder, writeFileAtomically } from '@hypercorr/train/node';
import { CommandError, UsageError } from '../../cli/failure.ts';

type Drawing = Parameters<typeof writeGeneratedDataset>[0];

/** The settings that decide a dataset's pictures. */
type DrawingPlan = Pick<Drawing, 'seed' | 'size' | 'imagesPerClass'>;

/** A file in the folder of a demo's dataset. It records the settings that the pictures are drawn from, and is written first. */
const planName = 'drawn.json';

/** Draws a dataset into a folder. @throws CommandError that names the folder if it is not writable or the disk is full */
export async function drawDataset(drawing: Drawing): ReturnType<typeof writeGeneratedDataset> {
  prepareFolder(drawing.root);
  try {
    return await writeGeneratedDataset(drawing);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new CommandError(
      `the dataset in ${drawing.root} is not complete: ${cause.message}; fix that and run the command again`,
      { cause },
    );
  }
}

/** Checks that `drawDemoDataset` may replace a folder. @throws UsageError for a folder that no demo drew */
export function checkDrawable(root: string): void {
  if (existsSync(root) && !isDrawn(root))
    throw new UsageError(`${root} exists already, and no demo drew it: give another --out, or move it away`);
}

/** Whether a demo drew into a folder, or was stopped before it could write its plan there. */
function isDrawn(root: string): boolean {
  if (!statSync(root).isDirectory()) return false;
  const names = readdirSync(root);
  return names.includes(planName) || names.every((name) => name.replace(besideName, '') === planName);
}

/** Draws a demo's dataset. What an interrupted demo left in the folder is removed. @throws as `checkDrawable`, `drawDataset` */
export async function drawDemoDataset(drawing: Drawing): Promise<void> {
  const { root } = drawing;
  checkDrawable(root);
  prepareFolder(root);
  rmSync(root, { recursive: true, force: true });
  writeFileAtomically(join(root, planName), planText(drawing));
  await drawDataset(drawing);
}

/**
 * Checks that a resumed demo has the dataset that it began with.
 *
 * @param run the run's folder, named in the error
 * @throws CommandError if the dataset was drawn with other settings
 */
export function checkDrawn(root: string, plan: DrawingPlan, run: string): void {
  const file = join(root, planName);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  if (readFileSync(file, 'utf8') === planText(plan)) return;
  throw new CommandError(
    `${root} holds other pictures than the run in ${run} began with; the run cannot continue: begin a new demo`,
  );
}

/** The content of `drawn.json`. The order of the keys is fixed. */
function planText({ seed, size, imagesPerClass }: DrawingPlan): string {
  return `${JSON.stringify({ seed, size, imagesPerClass })}\n`;
}
