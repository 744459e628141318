import { basename, dirname, extname, join } from 'node:path';
import { KnownFiles } from '../files/known-files.ts';
import { isFolder } from '../files/list-folder.ts';

/** Where photographs of some annotations are. */
export interface FoundPhotographs {
  /** The photograph of each name, and the name relative to a folder under which it was found; undefined if there is none. */
  readonly found: ReadonlyMap<string, FoundPhotograph | undefined>;
  /** The folder that holds most of them. Photographs of other folders are not taken: they may belong to other data. */
  readonly folder: string;
  /** The folders where photographs were looked for. */
  readonly looked: readonly string[];
}

export interface FoundPhotograph {
  readonly name: string;
  readonly path: string;
}

/**
 * Finds the photographs that annotations name. They may lie beside the JSON, in `images`, `data` (FiftyOne) or
 * `JPEGImages` beside it, in the folder above or such a folder in it, or in a folder that is called as the part of the data
 * (`val2017` for `instances_val2017.json`, `images/default` of CVAT): wherever most of them are.
 *
 * A name may be absolute, lead out of its folder, or be encoded, as exports of Label Studio and CVAT have it: then its last
 * parts count. A photograph never lies outside of these folders.
 *
 * @param file the JSON
 */
export async function findPhotographs(file: string, names: readonly string[]): Promise<FoundPhotographs> {
  const known = new KnownFiles();
  const looked = await existing(foldersFor(file));
  const readings = new Map(names.map((name) => [name, readingsOf(name)]));
  const ways = [...readings.values()];
  const countIn = async (folder: string, isIn: (way: readonly string[]) => Promise<boolean>): Promise<number> =>
    (await Promise.all(ways.map(isIn))).filter(Boolean).length;
  const literal = await Promise.all(
    looked.map((folder) => countIn(folder, async ([first]) => first !== undefined && known.has(join(folder, first)))),
  );
  // Where no name is found as it is, what else it may mean decides.
  const counts = literal.some((count) => count > 0)
    ? literal
    : await Promise.all(
        looked.map((folder) => countIn(folder, async (way) => (await firstOf(way, folder, known)) !== undefined)),
      );
  const folder = looked[counts.indexOf(Math.max(...counts))] ?? dirname(file);
  const found = new Map<string, FoundPhotograph | undefined>();
  for (const [name, way] of readings) found.set(name, await firstOf(way, folder, known));
  return { found: withoutDoubt(found, readings), folder, looked };
}

async function firstOf(
  ways: readonly string[],
  folder: string,
  known: KnownFiles,
): Promise<FoundPhotograph | undefined> {
  for (const way of ways) {
    const path = await known.find(folder, way);
    if (path !== undefined) return { name: way, path };
  }
  return undefined;
}

/** Two names may end alike. A photograph then belongs to the name that it was found under as a whole, or to none. */
function withoutDoubt(
  found: ReadonlyMap<string, FoundPhotograph | undefined>,
  readings: ReadonlyMap<string, readonly string[]>,
): FoundPhotographs['found'] {
  const users = new Map<string, number>();
  for (const photograph of found.values())
    if (photograph !== undefined) users.set(photograph.path, (users.get(photograph.path) ?? 0) + 1);
  return new Map(
    [...found].map(([name, photograph]) => {
      const isShared = photograph !== undefined && (users.get(photograph.path) ?? 0) > 1;
      return [name, isShared && photograph.name !== readings.get(name)?.[0] ? undefined : photograph];
    }),
  );
}

function foldersFor(file: string): readonly string[] {
  const beside = dirname(file);
  const above = dirname(beside);
  const inner = ['images', 'data', 'JPEGImages'];
  // `instances_val2017.json`: the part is val2017, and its folder may be called val.
  const part = basename(file, extname(file)).replace(/^[a-z]+(?:_keypoints)?_/i, '');
  const parts = [...new Set([part, part.replace(/\d+$/, '')])].filter((each) => each !== '' && each !== '.');
  return [beside, above].flatMap((folder) => [
    folder,
    ...inner.map((name) => join(folder, name)),
    ...parts.flatMap((name) => [join(folder, name), join(folder, 'images', name)]),
  ]);
}

async function existing(folders: readonly string[]): Promise<readonly string[]> {
  const unique = [...new Set(folders)];
  const there = await Promise.all(unique.map(isFolder));
  return unique.filter((_, i) => there[i]);
}

/** How many of a name's last parts may count, and how long a path can be. */
const [mostTails, longestPath] = [8, 4096];

/**
 * What a name may mean, as paths below a folder, the most literal first: as it is; with its percent signs decoded; the last
 * parts of it; and without the eight digits that Label Studio puts before the names of uploads. No path leads upwards.
 */
export function readingsOf(name: string): readonly string[] {
  const decoded = [name, decode(name)];
  const local = decoded.flatMap((each) => /[?&]d=([^&]+)/.exec(each)?.[1] ?? []);
  const paths = [...decoded, ...local].map(pathOf).filter((parts) => parts.length > 0);
  const whole = paths.map((parts) => parts.join('/'));
  const tails = paths.flatMap((parts) => {
    const last = parts.slice(1).slice(-mostTails);
    return last.map((_, i) => last.slice(i).join('/'));
  });
  const uploads = paths.map((parts) => (parts.at(-1) ?? '').replace(/^[0-9a-f]{8}-/, '')).filter((last) => last !== '');
  return [...new Set([...whole, ...tails, ...uploads])];
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The parts of a name below a folder: what comes after a scheme, a drive and the last `..`. */
function pathOf(name: string): readonly string[] {
  if (name.length > longestPath || /\p{Cc}/u.test(name)) return [];
  const parts = name
    .replace(/^[a-z][a-z0-9+.-]+:\/\//i, '')
    .replaceAll('\\', '/')
    .replace(/^[a-z]:\//i, '')
    .split('/');
  return parts.slice(parts.lastIndexOf('..') + 1).filter((part) => part !== '' && part !== '.');
}
