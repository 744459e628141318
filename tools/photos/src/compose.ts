import type { Draws, Mask, RgbImage } from '@hypercorr/datasets';
import { drawEmoji, type CutOut, type EmojiClass } from './emoji.ts';

/** A picture with an object of one class, beside objects of others. */
export interface Composite {
  readonly image: RgbImage;
  /** 1 where the object is to be seen. */
  readonly mask: Mask;
}

/**
 * Pastes an emoji onto a background, after and before others: large or small, turned, mirrored, and sometimes cut off by
 * the border or covered in part. It is pasted again where too little of it is to be seen.
 */
export async function compose(
  { drawings }: EmojiClass,
  others: readonly EmojiClass[],
  background: RgbImage,
  draws: Draws,
): Promise<Composite> {
  const { width, height } = background;
  const side = Math.min(width, height);
  const draw = (from: readonly string[], size: number): Promise<CutOut> =>
    drawEmoji(from[draws.below(from.length)] ?? '', {
      side: Math.max(16, Math.round(size)),
      degrees: draws.chance(0.5) ? 0 : draws.between(-40, 40),
      mirrored: draws.chance(0.5),
    });
  for (;;) {
    const image = { width, height, data: Uint8Array.from(background.data) };
    const mask = { width, height, data: new Uint8Array(width * height) };
    const behind = draws.below(3);
    const inFront = draws.chance(0.3) ? 1 : 0;
    const object = await draw(drawings, side * 0.12 * (0.95 / 0.12) ** draws.unit());
    const paste = (piece: CutOut, value: 0 | 1, overhang: number): number => {
      const left = Math.round(draws.between(-overhang * piece.width, width - (1 - overhang) * piece.width));
      const top = Math.round(draws.between(-overhang * piece.height, height - (1 - overhang) * piece.height));
      return pasteAt(image, mask, piece, { left, top, value });
    };
    const other = async (): Promise<void> => {
      const each = others[draws.below(others.length)];
      if (each === undefined || each.drawings === drawings) return;
      paste(await draw(each.drawings, side * draws.between(0.1, 0.5)), 0, 0.4);
    };
    for (let i = 0; i < behind; i += 1) await other();
    const whole = paste(object, 1, draws.chance(0.3) ? 0.4 : 0.05);
    for (let i = 0; i < inFront; i += 1) await other();
    const seen = mask.data.reduce((sum, value) => sum + value, 0);
    if (seen >= 0.4 * whole && seen >= 0.005 * width * height) return { image, mask };
  }
}

/** @returns how many pixels the piece has, those outside of the picture included */
function pasteAt(
  image: { readonly width: number; readonly height: number; readonly data: Uint8Array },
  mask: { readonly data: Uint8Array },
  piece: CutOut,
  { left, top, value }: { readonly left: number; readonly top: number; readonly value: 0 | 1 },
): number {
  let pixels = 0;
  for (let y = 0; y < piece.height; y += 1) {
    for (let x = 0; x < piece.width; x += 1) {
      const from = 4 * (y * piece.width + x);
      const alpha = piece.data[from + 3] ?? 0;
      if (alpha >= 128) pixels += 1;
      const [column, row] = [left + x, top + y];
      if (alpha === 0 || column < 0 || row < 0 || column >= image.width || row >= image.height) continue;
      const at = row * image.width + column;
      for (let c = 0; c < 3; c += 1) {
        const under = image.data[3 * at + c] ?? 0;
        image.data[3 * at + c] = Math.round(under + ((piece.data[from + c] ?? 0) - under) * (alpha / 255));
      }
      if (alpha >= 128) mask.data[at] = value;
    }
  }
  return pixels;
}
