import type { Dataset, Sample } from './dataset.ts';

/** What lists and files of episodes call a sample: its own name, else its photograph's path within the dataset, with `/` between. */
export function sampleName({ root }: Pick<Dataset, 'root'>, { name, image }: Sample): string {
  if (name !== undefined) return name;
  const [path, folder] = [plain(image), `${plain(root).replace(/\/+$/, '')}/`];
  return path.startsWith(folder) ? path.slice(folder.length) : path;
}

/** A file's name without its folders and its extension. */
export function fileStem(path: string): string {
  return plain(path)
    .replace(/^.*\//, '')
    .replace(/\.[^.]*$/, '');
}

/** As `path.join` leaves it, with `/` between on every system. */
function plain(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
}
