import { readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { isSameFile, prepareFolder } from '@hypercorr/train/node';
import { UsageError } from './failure.ts';

/**
 * Checks that the output is not one of the input files, through any names and links.
 *
 * @throws UsageError that names both files
 */
export function checkNotRead(out: string, files: readonly (string | undefined)[]): void {
  const read = files.find((file) => file !== undefined && isSameFile(file, out));
  if (read !== undefined)
    throw new UsageError(
      `--out ${out} is ${read === out ? 'a file' : `${read}, a file`} that is read; give another name`,
    );
}

/**
 * Checks the name of a file for weights.
 *
 * @param endings those that the name may have, with their dots
 * @throws UsageError for a file that is read, and for an ending of another format
 */
export function checkWeightsOut(
  out: string,
  files: readonly (string | undefined)[],
  endings: readonly string[] = ['.safetensors'],
): void {
  checkNotRead(out, files);
  if (!endings.includes(extname(out).toLowerCase()))
    throw new UsageError(`--out ${out}: weights are written as safetensors; give a name that ends in .safetensors`);
}

/** `prepareFolder` for results that need an empty folder. @throws UsageError for a folder that is not empty; RunError as `prepareFolder` */
export function prepareEmptyFolder(folder: string): void {
  prepareFolder(folder);
  if (readdirSync(folder).length > 0)
    throw new UsageError(`--out: ${folder} is not empty; give another name, or move away what it holds`);
}
