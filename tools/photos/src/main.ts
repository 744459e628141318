/**
 * pnpm --filter @hypercorr/photos prepare-data --caltech DIR --clothing DIR --emoji DIR --out DIR [--seed S]
 *
 * Makes the folder that the shipped weights for photographs are trained on, with a manifest: classes of photographs, and
 * emoji pasted onto photographs. docs/weights-photos.md says where the data comes from.
 */
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Draws, encodeMaskPng } from '@hypercorr/datasets';
import { readImage } from '@hypercorr/datasets/node';
import { fold, key } from '@hypercorr/tensor';
import sharp from 'sharp';
import { compose } from './compose.ts';
import { readEmoji } from './emoji.ts';
import { caltechClasses, clothingClasses } from './classes.ts';

const { values } = parseArgs({
  options: {
    caltech: { type: 'string' },
    clothing: { type: 'string' },
    emoji: { type: 'string' },
    out: { type: 'string' },
    seed: { type: 'string', default: '0' },
  },
});
const { caltech, clothing, emoji, out } = values;
if (caltech === undefined || clothing === undefined || emoji === undefined || out === undefined)
  throw new Error('--caltech, --clothing, --emoji and --out name folders; all four are needed');

/** How many emoji are classes, and how many pictures each has. */
const [emojiClasses, picturesEach] = [160, 14];
const side = 256;

const lines: object[] = [];
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

const all = await readEmoji(emoji, 4);
const root = key(Number(values.seed));
const order = new Draws(fold(root, 0));
const chosen = all
  .map((each) => ({ each, place: order.unit() }))
  .toSorted((a, b) => a.place - b.place)
  .slice(0, emojiClasses)
  .map(({ each }) => each);
const backgrounds = lines.flatMap((line) =>
  'split' in line && line.split === 'train' && 'image' in line ? [String(line.image)] : [],
);
for (const [i, emojiClass] of chosen.entries()) {
  const folder = join(out, 'emoji', emojiClass.name);
  await mkdir(folder, { recursive: true });
  for (let n = 0; n < picturesEach; n += 1) {
    const draws = new Draws(fold(fold(root, 1 + i), n));
    const behind = await readImage(join(out, backgrounds[draws.below(backgrounds.length)] ?? ''));
    const { data } = await sharp(behind.data, { raw: { width: behind.width, height: behind.height, channels: 3 } })
      .resize(side, side, { fit: 'cover' })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { image, mask } = await compose(emojiClass, all, { width: side, height: side, data }, draws);
    const raw = { width: side, height: side, channels: 3 } as const;
    await sharp(image.data, { raw })
      .jpeg({ quality: 90 })
      .toFile(join(folder, `${n}.jpg`));
    await writeFile(join(folder, `${n}.png`), encodeMaskPng(mask));
    const name = `emoji/${emojiClass.name}/${n}`;
    lines.push({ image: `${name}.jpg`, mask: `${name}.png`, class: `emoji: ${emojiClass.name}`, split: 'train' });
  }
  if (i % 20 === 19) process.stderr.write(`${i + 1} of ${chosen.length} emoji\n`);
}
await writeFile(join(out, 'manifest.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
process.stdout.write(
  `${lines.length} samples of ${new Set(lines.map((line) => 'class' in line && line.class)).size} classes\n`,
);
