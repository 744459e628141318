import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** Emoji by several hands, each an npm package of Iconify's. */
export const hands = ['noto', 'noto-v1', 'fluent-emoji', 'fluent-emoji-flat', 'fxemoji', 'twemoji'] as const;

/** A class of objects: one emoji, drawn by several hands. */
export interface EmojiClass {
  readonly name: string;
  /** SVG texts. */
  readonly drawings: readonly string[];
}

interface IconSet {
  readonly width?: number;
  readonly height?: number;
  readonly icons: Readonly<
    Record<string, { readonly body: string; readonly width?: number; readonly height?: number }>
  >;
}

/** Signs, letters and flags are no objects, and people in five colours of skin are one class. */
const noObjects =
  /skin-tone|flag|button|keycap|input-|arrow|clock|o-clock|-thirty|square|circle|sign|symbol|letter|mark|zodiac|^(aries|taurus|gemini|cancer|leo|virgo|libra|scorpius|scorpio|sagittarius|capricorn|aquarius|pisces)$|family|couple|kiss|moon|japanese|face$|^face/;

/**
 * Reads the emoji that at least `least` hands have drawn, in the order of their names.
 *
 * @param packages the folder with `node_modules/@iconify-json`
 */
export async function readEmoji(packages: string, least: number): Promise<readonly EmojiClass[]> {
  const drawings = new Map<string, string[]>();
  for (const hand of hands) {
    const path = join(packages, 'node_modules', '@iconify-json', hand, 'icons.json');
    const set = JSON.parse(await readFile(path, 'utf8')) as IconSet;
    for (const [name, icon] of Object.entries(set.icons)) {
      if (noObjects.test(name)) continue;
      const { width = set.width ?? 16, height = set.height ?? 16, body } = icon;
      const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 ${width} ${height}">${body}</svg>`;
      drawings.set(name, [...(drawings.get(name) ?? []), svg]);
    }
  }
  return [...drawings]
    .filter(([, each]) => each.length >= least)
    .map(([name, each]) => ({ name, drawings: each }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Pixels with an alpha channel, row by row. */
export interface CutOut {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Draws an SVG text, turned and mirrored, at a size. Transparent borders are cut off. */
export async function drawEmoji(
  svg: string,
  { side, degrees, mirrored }: { readonly side: number; readonly degrees: number; readonly mirrored: boolean },
): Promise<CutOut> {
  const big = await sharp(Buffer.from(svg), { density: 72 })
    .resize(2 * side, 2 * side, { fit: 'inside' })
    .flop(mirrored)
    .toColourspace('srgb')
    .ensureAlpha()
    .png()
    .toBuffer();
  const turned = await sharp(big).rotate(degrees, { background: '#00000000' }).png().toBuffer();
  const { data, info } = await sharp(turned)
    .trim({ background: '#00000000', threshold: 1 })
    .resize(side, side, { fit: 'inside' })
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data };
}
