import { existsSync } from 'node:fs';

/** A folder's name with a number: `runs/demo`, `runs/demo-2`, `runs/demo-3`. */
function numbered(base: string, number: number): string {
  return number === 1 ? base : `${base}-${number}`;
}

/** The first of `base`, `base-2`, `base-3`, … that does not exist. */
export function freshFolder(base: string): string {
  let number = 1;
  while (existsSync(numbered(base, number))) number += 1;
  return numbered(base, number);
}

/** Those of `base`, `base-2`, `base-3`, … that exist, the newest first. */
export function numberedFolders(base: string): readonly string[] {
  const folders: string[] = [];
  for (let number = 1; existsSync(numbered(base, number)); number += 1) folders.unshift(numbered(base, number));
  return folders;
}
