import { writeGeneratedDataset } from '@hypercorr/datasets/node';
import { CommandError, isSystemError } from './failure.ts';
import { prepareFolder } from './files.ts';

type Drawing = Parameters<typeof writeGeneratedDataset>[0];

/** Draws a dataset into a folder. @throws CommandError that names the folder, when it cannot be written to or is full */
export async function drawDataset(drawing: Drawing): ReturnType<typeof writeGeneratedDataset> {
  prepareFolder(drawing.root);
  try {
    return await writeGeneratedDataset(drawing);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    throw new CommandError(`the dataset in ${drawing.root} is not whole: ${cause.message}; mend that, and run the command again`, { cause });
  }
}
