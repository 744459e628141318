import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { classOf } from './classes.ts';
import { plainName, type Emoji, type Hand } from './hands.ts';

/** The longer side of a cut-out, in pixels. */
const longerSide = 256;
/** SVGs are drawn this many times larger, then reduced. */
const oversampling = 2;
/** Fewer hands do not make a class: its pictures would be too alike. */
export const fewestHands = 4;
/** Pixels with less alpha do not count as drawn. */
const leastAlpha = 8;

/** A class, and the drawings that show it. */
export interface DrawnClass {
  readonly name: string;
  readonly drawings: readonly Drawing[];
}

export interface Drawing {
  readonly emoji: string;
  readonly hand: Hand;
  /** `noto.png`, or `noto-black-cat.png` where a class has several emoji. */
  readonly file: string;
}

/** The classes that at least four hands drew, by name. */
export function classesOf(emoji: readonly Emoji[], hands: readonly Hand[]): DrawnClass[] {
  const classes = new Map<string, Drawing[]>();
  for (const { name, group } of emoji) {
    const ofClass = classOf(name, group);
    if (ofClass === undefined) continue;
    const drawings = classes.get(ofClass) ?? [];
    classes.set(ofClass, drawings);
    for (const hand of hands) {
      if (!hand.pictures.has(plainName(name))) continue;
      drawings.push({ emoji: name, hand, file: `${hand.name}${name === ofClass ? '' : `-${name}`}.png` });
    }
  }
  return [...classes]
    .filter(([, drawings]) => new Set(drawings.map(({ hand }) => hand)).size >= fewestHands)
    .map(([name, drawings]) => ({ name, drawings }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Writes `<folder>/<class>/<file>` for each drawing, and the record of hands and licences. */
export async function writeCutOuts(
  classes: readonly DrawnClass[],
  hands: readonly Hand[],
  folder: string,
  onClass: (done: number) => void,
): Promise<void> {
  for (const [done, { name, drawings }] of classes.entries()) {
    await mkdir(join(folder, name), { recursive: true });
    await Promise.all(
      drawings.map(async ({ emoji, hand, file }) => {
        const picture = await hand.pictures.get(plainName(emoji))?.();
        if (picture !== undefined) await writeFile(join(folder, name, file), await cutOutOf(picture));
      }),
    );
    onClass(done + 1);
  }
  const record = {
    hands: hands.map(({ name, package: from, version, licence }) => ({ name, package: from, version, licence })),
    classes: Object.fromEntries(
      classes.map(({ name, drawings }) => [
        name,
        drawings.map(({ file, emoji, hand }) => ({ file, emoji, hand: hand.name })),
      ]),
    ),
  };
  await writeFile(join(folder, 'emoji.json'), `${JSON.stringify(record, undefined, 1)}\n`);
}

/**
 * A picture as a cut-out: drawn, trimmed to what is drawn, its longer side 256 pixels.
 *
 * @param picture an SVG or WebP
 * @returns a PNG with alpha
 */
async function cutOutOf(picture: Uint8Array): Promise<Buffer> {
  const drawn = await sharp(await largeSvg(picture))
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = drawn.info;
  const raw = { raw: { width, height, channels: 4 } } as const;
  return sharp(
    await sharp(drawn.data, raw)
      .extract(boxOf(drawn.data, width, height))
      .png()
      .toBuffer(),
  )
    .resize(longerSide, longerSide, { fit: 'inside' })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** An SVG with a size at which it is drawn large enough. Other pictures stay as they are. */
async function largeSvg(picture: Uint8Array): Promise<Uint8Array> {
  const { format, width, height } = await sharp(picture).metadata();
  if (format !== 'svg') return picture;
  const scale = (oversampling * longerSide) / Math.max(width, height);
  const text = new TextDecoder().decode(picture);
  return Buffer.from(
    text.replace(/width="[^"]*" height="[^"]*">/, `width="${width * scale}" height="${height * scale}">`),
  );
}

/** The box around the pixels that are drawn. */
function boxOf(
  rgba: Uint8Array,
  width: number,
  height: number,
): { left: number; top: number; width: number; height: number } {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if ((rgba[4 * (y * width + x) + 3] ?? 0) < leastAlpha) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    }
  }
  if (right < 0) throw new Error('a picture is empty: nothing is drawn in it');
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}
