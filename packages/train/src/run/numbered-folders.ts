import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A folder's name with a number: `runs/demo`, `runs/demo-2`, `runs/demo-3`. */
function numbered(base: string, number: number): string {
  return number === 1 ? base : `${base}-${number}`;
}

/** The number in the name of a folder; undefined for another name. */
function numberOf(name: string, base: string): number | undefined {
  if (name === base) return 1;
  const digits = name.startsWith(`${base}-`) ? name.slice(base.length + 1) : '';
  return /^[1-9]\d*$/.test(digits) && digits !== '1' ? Number(digits) : undefined;
}

/** The numbers that are taken, the highest first, and whether a folder has each. */
function takenNumbers(base: string): readonly { readonly number: number; readonly isFolder: boolean }[] {
  const parent = dirname(base);
  if (!existsSync(parent)) return [];
  const taken = readdirSync(parent, { withFileTypes: true }).flatMap((entry) => {
    const number = numberOf(entry.name, basename(base));
    return number === undefined ? [] : [{ number, isFolder: !entry.isFile() }];
  });
  return taken.toSorted((a, b) => b.number - a.number);
}

/** The one after the last of `base`, `base-2`, `base-3`, … that exist. Numbers that were freed are not used again. */
export function freshFolder(base: string): string {
  return numbered(base, (takenNumbers(base)[0]?.number ?? 0) + 1);
}

/** Those of `base`, `base-2`, `base-3`, … that exist, the newest first. */
export function numberedFolders(base: string): readonly string[] {
  return takenNumbers(base)
    .filter(({ isFolder }) => isFolder)
    .map(({ number }) => numbered(base, number));
}
