import { dirname, join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { KnownFiles } from '../files/known-files.ts';
import { isFolder } from '../files/list-folder.ts';
import { readBytes } from '../files/read-file.ts';
import { parseManifest } from './manifest.ts';
import type { Part, ScannedFolder, Stray } from './scanned.ts';

/**
 * Scans the files of a manifest. Their names are relative to its folder. Classes are sorted by name.
 *
 * @param root the manifest, or a folder with a manifest.jsonl
 * @throws FormatError for a manifest that cannot be understood, or that gives only some of its lines a split
 */
export async function scanManifest(root: string): Promise<ScannedFolder> {
  const file = (await isFolder(root)) ? join(root, 'manifest.jsonl') : root;
  const entries = parseManifest(await readBytes(file, 'manifest'), file);
  const divided = entries.filter(({ split }) => split !== undefined).length;
  if (divided > 0 && divided < entries.length) {
    throw new FormatError(
      'manifest',
      `${file} gives a split to ${divided} of its ${entries.length} lines; give one to every line, or to none`,
    );
  }
  const known = new KnownFiles();
  const byClass = new Map<string, Sample[]>();
  const partOf = new Map<Sample, Part>();
  const strays: Stray[] = [];
  for (const { image, mask, class: className, index, split } of entries) {
    const sample = {
      name: image,
      image: join(dirname(file), image),
      mask: join(dirname(file), mask),
      foreground: index ?? 'auto',
    } as const;
    const missing = await missingOf(sample, known);
    strays.push(...missing);
    const samples = byClass.get(className) ?? [];
    byClass.set(className, samples);
    if (missing.length > 0) continue;
    samples.push(sample);
    if (split !== undefined) partOf.set(sample, split);
  }
  const classes = [...byClass]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, samples]) => ({ name, folder: `${file}, class ${name}`, samples, strays: [] }));
  return { classes, strays, ...(divided > 0 && { partOf }) };
}

async function missingOf({ image, mask }: Sample, known: KnownFiles): Promise<Stray[]> {
  const strays: Stray[] = [];
  if (!(await known.has(image)))
    strays.push({
      kind: 'missing-image',
      file: image,
      message: 'the manifest names this photograph, but it is missing',
    });
  if (!(await known.has(mask)))
    strays.push({ kind: 'missing-mask', file: mask, message: 'the manifest names this mask, but it is missing' });
  return strays;
}
