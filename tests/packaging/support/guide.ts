import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * A code block of a document that says which file it belongs to: all of it (` ```ts file=PATH `), at its end
 * (`append`), or beside the one line that reads so (`after="LINE"`, `before="LINE"`).
 */
export interface GuideBlock {
  readonly file: string;
  readonly place: 'whole' | 'append' | 'after' | 'before';
  /** The line to stand beside, without indentation. */
  readonly line: string;
  readonly text: string;
}

/** The blocks of a Markdown text that belong to files, in order. */
export function guideBlocks(markdown: string): GuideBlock[] {
  const fenced = markdown.matchAll(/^```\w+ file=(\S+)(?: (append)| (after|before)="([^\n]*)")?\n(.*?)^```$/gms);
  return Array.from(fenced, ([, file = '', append, beside, line = '', text = '']) => {
    const place = beside === 'after' || beside === 'before' ? beside : append === undefined ? 'whole' : 'append';
    return { file, place, line, text };
  });
}

/**
 * Does to the files below `root` what a reader of the document would do.
 *
 * @throws Error when a new file is there already, or when the line to stand beside is not there exactly once
 */
export async function applyBlock(root: string, { file, place, line, text }: GuideBlock): Promise<void> {
  const path = join(root, file);
  if (place === 'whole') {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text, { flag: 'wx' });
    return;
  }
  const lines = (await readFile(path, 'utf8')).split('\n');
  const found = lines.flatMap((other, i) => (other.trim() === line ? [i] : []));
  const [at = -1] = found;
  if (place !== 'append' && found.length !== 1) throw new Error(`${file} has ${found.length} lines that read: ${line}`);
  const index = place === 'append' ? lines.length - 1 : at + (place === 'after' ? 1 : 0);
  await writeFile(path, lines.toSpliced(index, 0, ...text.trimEnd().split('\n')).join('\n'));
}
