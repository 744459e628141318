import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import {
  findPhotographs,
  leaveOutClasses,
  openCutOuts,
  type CompositeOptions,
  type CutOuts,
} from '@hypercorr/datasets/node';
import type { CompositesTrainedOn } from '@hypercorr/hsnet';
import { listed } from '@hypercorr/tensor/op';
import { counted, RunUsageError } from '@hypercorr/train';
import { UsageError } from './failure.ts';

export interface CompositeSettings {
  readonly cutOuts?: readonly string[] | undefined;
  readonly backgrounds?: readonly string[] | undefined;
  readonly distractors?: number | undefined;
  readonly leastScale?: number | undefined;
}

/** A folder of cut-outs, and its share of the training episodes. */
export interface Composites {
  readonly share: number;
  readonly cutOuts: CutOuts;
  readonly options: Omit<CompositeOptions, 'seed' | 'shots'>;
  /** The folders that are read. */
  readonly folders: readonly string[];
  /** What checkpoints say of it. */
  readonly description: CompositesTrainedOn;
}

const usualShare = 0.5;
/** The longer side of the largest objects, as a share of the picture's. */
const mostScale = 0.9;

/**
 * Opens the cut-outs and backgrounds that options name.
 *
 * @param kept classes that are validated or tested on. Cut-outs of these names are left out
 * @throws UsageError for shares that do not fit, a folder that is not there, and options that would be ignored; FormatError for
 *   folders without cut-outs or photographs
 */
export async function openComposites(
  { cutOuts = [], backgrounds, distractors, leastScale }: CompositeSettings,
  kept: readonly string[],
  say: (message: string) => void,
): Promise<readonly Composites[]> {
  if (cutOuts.length === 0) {
    for (const [flag, value] of Object.entries({ backgrounds, distractors, 'least-scale': leastScale }))
      if (value !== undefined) throw new UsageError(`--${flag} is for --cut-outs DIR, which is not given`);
    return [];
  }
  if (leastScale !== undefined && leastScale > mostScale)
    throw new UsageError(`--least-scale is ${leastScale}, and the largest objects have a scale of ${mostScale}`);
  const asked = cutOuts.map(parseShare);
  const total = asked.reduce((sum, { share }) => sum + share, 0);
  if (total > 1 + 1e-9)
    throw new UsageError(`the shares of --cut-outs add up to ${Number(total.toFixed(6))}, and may be at most 1`);
  for (const { folder } of asked) checkFolder('cut-outs', folder);
  for (const folder of backgrounds ?? []) checkFolder('backgrounds', folder);
  const photographs =
    backgrounds &&
    (await Promise.all(backgrounds.map(async (folder) => ({ folder, files: await findPhotographs(folder) }))));
  const options = {
    ...(photographs !== undefined && { backgrounds: photographs.flatMap(({ files }) => files) }),
    ...(distractors !== undefined && { distractors }),
    ...(leastScale !== undefined && { scales: [leastScale, mostScale] as const }),
  };
  const opened: Composites[] = [];
  for (const { share, folder } of asked) {
    const all = await openCutOuts(folder);
    const some = leaveOutClasses(all, kept);
    const left = all.classes.filter((each) => !some.classes.includes(each)).map(({ name }) => name);
    if (some.classes.length === 0)
      throw new UsageError(
        `--cut-outs: every class of ${folder} is validated or tested on, and none is left to train on`,
      );
    const description = describe(share, some, photographs ?? []);
    say(
      `cut-outs of ${folder}: ${counted(description.classes.length, 'class')} (${counted(description.pictures, 'image')}) for ${percent(share)} of the training episodes` +
        (left.length === 0 ? '' : `; left out because they are validated or tested on: ${listed(left)}`),
    );
    opened.push({ share, cutOuts: some, options, folders: [folder, ...(backgrounds ?? [])], description });
  }
  return opened;
}

/** `0.7=DIR`, or `DIR` for the usual share. A folder whose name begins like a share can be given as `./0.7=DIR`. */
function parseShare(written: string): { readonly share: number; readonly folder: string } {
  const [, number, rest] = /^(\d*\.?\d+)=(.+)$/.exec(written) ?? [];
  if (number === undefined || rest === undefined) return { share: usualShare, folder: written };
  const share = Number(number);
  if (share > 0 && share <= 1) return { share, folder: rest };
  throw new UsageError(`--cut-outs: the share of ${rest} is ${number}, and must be above 0 and at most 1`);
}

function checkFolder(option: string, path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new UsageError(`--${option}: ${path} is not a folder`);
}

interface Photographs {
  readonly folder: string;
  readonly files: readonly string[];
}

function describe(share: number, { root, classes }: CutOuts, backgrounds: readonly Photographs[]): CompositesTrainedOn {
  const files = classes.flatMap(({ cutOuts }) => cutOuts.map(({ image }) => image));
  const photographs = backgrounds.flatMap((each) => each.files);
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${within(root, file)}\n`);
  for (const each of backgrounds) for (const file of each.files) hash.update(`on ${within(each.folder, file)}\n`);
  return {
    cutOuts: basename(resolve(root)),
    share,
    classes: classes.map(({ name }) => name),
    pictures: files.length,
    backgrounds: photographs.length,
    files: hash.digest('hex').slice(0, 16),
  };
}

/** A file's path in its folder, the same on every system. */
function within(folder: string, file: string): string {
  return relative(folder, file).replaceAll(sep, '/');
}

function percent(share: number): string {
  return `${Number((100 * share).toFixed(2))} %`;
}

/**
 * Checks that a resumed run has the composites that it began with. Their folders may have moved.
 *
 * @throws RunUsageError that says what differs
 */
export function checkComposites(
  before: readonly CompositesTrainedOn[] = [],
  now: readonly CompositesTrainedOn[] = [],
): void {
  if (before.length !== now.length)
    throw new RunUsageError(
      `the run has ${counted(before.length, 'folder')} of cut-outs, and ${now.length} are given; a resumed run keeps them`,
    );
  for (const [i, old] of before.entries()) {
    const fresh = now[i];
    if (fresh === undefined) continue;
    for (const name of ['share', 'pictures', 'backgrounds', 'files'] as const) {
      if (old[name] === fresh[name]) continue;
      const differs =
        name === 'files'
          ? `their files have other names`
          : `the run has ${name} ${old[name]}, and ${fresh[name]} is given`;
      throw new RunUsageError(
        `the cut-outs of ${fresh.cutOuts} or their backgrounds have changed: ${differs}; a resumed run keeps its episodes`,
      );
    }
  }
}
