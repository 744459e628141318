/**
 * pnpm --filter @hypercorr/photos prepare-data --caltech DIR --clothing DIR --out DIR
 *
 * Makes the folder of photographs that the shipped weights are trained and chosen on, with a manifest.
 * docs/weights-photos.md says where the data comes from.
 */
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { caltechClasses, clothingClasses } from './classes.ts';

const { values } = parseArgs({
  options: {
    caltech: { type: 'string' },
    clothing: { type: 'string' },
    out: { type: 'string' },
  },
});
const { caltech, clothing, out } = values;
if (caltech === undefined || clothing === undefined || out === undefined)
  throw new Error('--caltech, --clothing and --out name folders; all three are needed');

interface Line {
  readonly image: string;
  readonly mask: string;
  readonly class: string;
  readonly index?: number;
  readonly split: string;
}

const lines: Line[] = [];
await mkdir(out, { recursive: true });

for (const [split, names] of Object.entries(caltechClasses)) {
  for (const name of names) {
    const folder = join(out, 'caltech', name);
    await mkdir(folder, { recursive: true });
    for (const file of (await readdir(join(caltech, name))).toSorted()) {
      await copyFile(join(caltech, name, file), join(folder, file));
      if (!file.endsWith('.jpg')) continue;
      const image = relative(out, join(folder, file));
      lines.push({ image, mask: image.replace(/jpg$/, 'png'), class: name, split });
    }
  }
}

interface ClothingClasses {
  readonly labels: Readonly<Record<string, string>>;
  /** The photographs in which a class covers half a percent or more. */
  readonly 'classes_to_images_ge_0.5pct': Readonly<Record<string, readonly string[]>>;
}
const wardrobe = JSON.parse(await readFile(join(clothing, 'classes.json'), 'utf8')) as ClothingClasses;
await mkdir(join(out, 'clothing'), { recursive: true });
for (const [index, name] of Object.entries(wardrobe.labels)) {
  if (!clothingClasses.includes(name)) continue;
  for (const id of wardrobe['classes_to_images_ge_0.5pct'][name] ?? []) {
    await copyFile(join(clothing, 'images', `${id}.jpg`), join(out, 'clothing', `${id}.jpg`));
    await copyFile(join(clothing, 'masks', `${id}.png`), join(out, 'clothing', `${id}.png`));
    const image = `clothing/${id}.jpg`;
    lines.push({ image, mask: `clothing/${id}.png`, class: `clothing: ${name}`, index: Number(index), split: 'train' });
  }
}

// Cut-outs are pasted on these. A folder of its own, so that no mask is taken for a photograph.
const backgrounds = join(out, 'backgrounds');
await mkdir(backgrounds, { recursive: true });
for (const { image, split } of lines) {
  if (split === 'train') await copyFile(join(out, image), join(backgrounds, image.replaceAll('/', '-')));
}

await writeFile(join(out, 'manifest.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
process.stdout.write(`${lines.length} samples of ${new Set(lines.map((line) => line.class)).size} classes\n`);
