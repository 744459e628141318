import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { writeGeneratedDataset } from '@hypercorr/datasets/node';
import { CommandError, UsageError, isSystemError } from '../../cli/failure.ts';
import { checkWritable, prepareFolder, writeFileAtomically } from '../../files.ts';
import type { Interrupt } from '../../cli/interrupt.ts';

type Drawing = Parameters<typeof writeGeneratedDataset>[0];

/** What a dataset's pictures follow from. */
type DrawingPlan = Pick<Drawing, 'seed' | 'size' | 'imagesPerClass'>;

/** In a dataset's folder, from its beginning: what it is drawn from. */
const planName = 'drawn.json';

/** Where a dataset is drawn before it takes its place, and where the one before is until then. */
function placesBeside(root: string): { readonly fresh: string; readonly old: string } {
  return { fresh: `${root}.new`, old: `${root}.old` };
}

/** Draws a dataset into a folder. @throws CommandError that names the folder, when it cannot be written to or is full */
export async function drawDataset(drawing: Drawing): ReturnType<typeof writeGeneratedDataset> {
  prepareFolder(drawing.root);
  try {
    return await writeGeneratedDataset(drawing);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new CommandError(
      `the dataset in ${drawing.root} is not whole: ${cause.message}; mend that, and run the command again`,
      { cause },
    );
  }
}

/**
 * Refuses a folder that `redrawDataset` would remove and did not draw.
 *
 * @throws UsageError
 */
export function checkRedrawable(root: string): void {
  const { fresh, old } = placesBeside(root);
  const strange = [root, fresh, old].find((folder) => existsSync(folder) && !existsSync(join(folder, planName)));
  if (strange !== undefined)
    throw new UsageError(`${strange} is there already, and no demo drew it: give another --out, or move it away`);
}

/**
 * Draws a dataset in the place of another, which stays as it is until the new one is whole.
 *
 * @throws as `drawDataset`
 */
export async function redrawDataset(
  root: string,
  drawing: Omit<Drawing, 'root'>,
  interrupt: Pick<Interrupt, 'onAbort'>,
): Promise<void> {
  checkWritable(root);
  const { fresh, old } = placesBeside(root);
  const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });
  interrupt.onAbort(() => remove(fresh));
  remove(fresh);
  try {
    writeFileAtomically(join(fresh, planName), planText(drawing));
    await drawDataset({ ...drawing, root: fresh });
    remove(old);
    if (existsSync(root)) renameSync(root, old);
    renameSync(fresh, root);
    remove(old);
  } catch (error) {
    remove(fresh);
    putBack(root);
    throw isSystemError(error)
      ? new CommandError(`cannot write to ${root}: ${error.message}`, { cause: error })
      : error;
  }
}

/** Puts a dataset back that was moved away, where none came in its place. */
function putBack(root: string): void {
  const { old } = placesBeside(root);
  if (!existsSync(root) && existsSync(old)) renameSync(old, root);
}

/**
 * Refuses a dataset that `redrawDataset` drew from something else: a run that was to take another's place may have ended
 * before it had a checkpoint. Where it was cut off between two datasets, the one before is there again.
 *
 * @param run named in the error
 * @throws CommandError
 */
export function checkDrawn(root: string, plan: DrawingPlan, run: string): void {
  putBack(root);
  const file = join(root, planName);
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return;
  if (readFileSync(file, 'utf8') === planText(plan)) return;
  throw new CommandError(
    `${root} was drawn anew since, for a demo that has no checkpoint, and the run in ${run} cannot go on with it: begin again without --resume`,
  );
}

/** What `drawn.json` holds, in a fixed order of keys. */
function planText({ seed, size, imagesPerClass }: DrawingPlan): string {
  return `${JSON.stringify({ seed, size, imagesPerClass })}\n`;
}
