import { FormatError } from '@hypercorr/tensor';
import { shown } from './text.ts';

/**
 * A name that a list, manifest or JSON gives for a file, as a path below its folder with / between its parts. Lists come
 * from others: what they name must not lead out of the dataset.
 *
 * @throws FormatError for absolute names, for names with .. in them, for no name
 */
export function relativeName(name: unknown, file: string, role: string): string {
  if (typeof name !== 'string' || name === '') throw new FormatError(role, `${file}: a file's name is expected; got ${shown(name)}`);
  const parts = name.replaceAll('\\', '/').split('/');
  const leaves = parts.includes('..') || parts[0] === '' || /^[a-z]:$/i.test(parts[0] ?? '') || /\p{Cc}/u.test(name);
  if (!leaves) return parts.filter((part) => part !== '.' && part !== '').join('/');
  throw new FormatError(role, `${file} names ${shown(name)}, which leads out of its folder; names are relative to ${file}'s folder and stay in it`);
}
