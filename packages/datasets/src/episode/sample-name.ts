import type { Dataset, Sample } from './dataset.ts';

/**
 * The name of a sample in lists and files of episodes: its own name, or else its photograph's path within the dataset,
 * with `/` between its parts.
 */
export function sampleName({ root }: Pick<Dataset, 'root'>, { name, image }: Sample): string {
  if (name !== undefined) return name;
  const [path, folder] = [plain(image), `${plain(root).replace(/\/+$/, '')}/`];
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}

/** A file's name without folders and extension. */
export function fileStem(path: string): string {
  return plain(path)
    .replace(/^.*\//, '')
    .replace(/\.[^.]*$/, '');
}

/** A path as `path.join` returns it, but with `/` on every system. */
function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
}
