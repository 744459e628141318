import type { PngHeader } from './chunks.ts';

/** A pass: pixels stored together, row after row, from (x, y) on, `across` and `down` apart. */
export interface Pass {
  readonly x: number;
  readonly y: number;
  readonly across: number;
  readonly down: number;
  /** Pixels in a row, and the number of rows. */
  readonly width: number;
  readonly height: number;
  /** Bytes of a row, without the filter's byte in front. */
  readonly rowBytes: number;
}

/** The first pixel of each pass, and the distances: Adam7 (PNG, 8.2). */
const adam7 = [
  { x: 0, y: 0, across: 8, down: 8 },
  { x: 4, y: 0, across: 8, down: 8 },
  { x: 0, y: 4, across: 4, down: 8 },
  { x: 2, y: 0, across: 4, down: 4 },
  { x: 0, y: 2, across: 2, down: 4 },
  { x: 1, y: 0, across: 2, down: 2 },
  { x: 0, y: 1, across: 1, down: 2 },
] as const;
const plain = [{ x: 0, y: 0, across: 1, down: 1 }] as const;

/** The passes of a picture, in the file's order. Passes without pixels, in small pictures, are left out. */
export function passesOf({ width, height, channels, depth, isInterlaced }: PngHeader): readonly Pass[] {
  const passes = (isInterlaced ? adam7 : plain).map((pass) => {
    const perRow = Math.ceil((width - pass.x) / pass.across);
    return {
      ...pass,
      width: perRow,
      height: Math.ceil((height - pass.y) / pass.down),
      rowBytes: Math.ceil((perRow * channels * depth) / 8),
    };
  });
  return passes.filter((pass) => pass.width > 0 && pass.height > 0);
}

/** The bytes of all rows of all passes, each with the filter's byte in front. */
export function rowBytesOf(header: PngHeader): number {
  return passesOf(header).reduce((sum, { height, rowBytes }) => sum + height * (1 + rowBytes), 0);
}
