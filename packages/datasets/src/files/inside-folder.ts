import { FormatError } from '@hypercorr/tensor';
import { shown } from './text.ts';

/**
 * Checks a file's name from a list, manifest or JSON, and returns it as a path below the folder, with / between its
 * parts. Lists come from other people: their names must not lead out of the dataset.
 *
 * @throws FormatError for absolute names, names with .. in them, and an empty name
 */
export function relativeName(name: unknown, file: string, role: string): string {
  if (typeof name !== 'string' || name === '')
    throw new FormatError(role, `${file}: a file's name is expected; got ${shown(name)}`);
  const parts = name.replaceAll('\\', '/').split('/');
  const isAbsolute = parts[0] === '' || /^[a-z]:$/i.test(parts[0] ?? '');
  const leaves = parts.includes('..') || /\p{Cc}/u.test(name);
  if (!isAbsolute && !leaves) return parts.filter((part) => part !== '.' && part !== '').join('/');
  const fault = isAbsolute ? 'is absolute' : 'leads out of its folder';
  throw new FormatError(
    role,
    `${file} names ${shown(name)}, which ${fault}; names are relative to the dataset's folder and stay in it`,
  );
}
