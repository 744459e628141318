import { dirname, join } from 'node:path';
import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { KnownFiles } from '../files/known-files.ts';
import { isFolder } from '../files/list-folder.ts';
import { readBytes } from '../files/read-file.ts';
import { readManifest } from './manifest.ts';
import type { Part, ScannedFolder, Stray } from './scanned.ts';

/**
 * Scans the files of a manifest. Lines that cannot be used are skipped and listed. Their names are relative to its folder; accents may be spelt either way. Classes are sorted by name.
 *
 * @param root the manifest, or a folder with a manifest.jsonl
 * @throws FormatError for a manifest that is no text or has no lines, or that gives only some of its lines a split
 */
export async function scanManifest(root: string): Promise<ScannedFolder> {
  const file = (await isFolder(root)) ? join(root, 'manifest.jsonl') : root;
  const { entries, faults } = readManifest(await readBytes(file, 'manifest'), file);
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
  const strays: Stray[] = faults.map(({ place, error }) => ({
    kind: 'annotation',
    file: place,
    message: error.message.replace(`[${error.op}] `, ''),
  }));
  for (const { image, mask, class: className, index, split } of entries) {
    const found = { image: await known.find(dirname(file), image), mask: await known.find(dirname(file), mask) };
    if (found.image === undefined) strays.push(missing('missing-image', 'photograph', join(dirname(file), image)));
    if (found.mask === undefined) strays.push(missing('missing-mask', 'mask', join(dirname(file), mask)));
    const ofClass = className.normalize('NFC');
    const samples = byClass.get(ofClass) ?? [];
    byClass.set(ofClass, samples);
    if (found.image === undefined || found.mask === undefined) continue;
    const sample: Sample = { name: image, image: found.image, mask: found.mask, foreground: index ?? 'auto' };
    samples.push(sample);
    if (split !== undefined) partOf.set(sample, split);
  }
  const classes = [...byClass]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, samples]) => ({ name, folder: `${file}, class ${name}`, samples, strays: [] }));
  return { classes, strays, ...(divided > 0 && { partOf }) };
}

function missing(kind: 'missing-image' | 'missing-mask', what: string, file: string): Stray {
  return { kind, file, message: `the manifest names this ${what}, but it is missing` };
}
