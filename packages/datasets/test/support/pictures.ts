import { crc32, deflateSync } from 'node:zlib';
import { encodeMaskPng, encodePng, type Mask, type RgbImage, type Sample } from '../../src/index.ts';
import { encodeJpeg } from '../../src/node.ts';
import type { TestFolder } from './folder.ts';

/** A photograph of smooth colours, told apart by `seed`. */
export function photograph(width: number, height: number, seed = 0): RgbImage {
  const data = Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const pixel = Math.floor(i / 3);
    return (pixel % width) * 3 + Math.floor(pixel / width) * 2 + (i % 3) * 40 + seed * 29;
  });
  return { width, height, data };
}

/** A mask whose left half holds `value`. */
export function halfMask(width: number, height: number, value = 255): Mask {
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height }, (_, i) => (i % width < width / 2 ? value : 0)),
  };
}

export const colourTypes = { grey: 0, rgb: 2, palette: 3, 'grey and alpha': 4, rgba: 6 } as const;

export interface PlainPng {
  readonly width: number;
  /** Samples a pixel after the other, rows from the top. */
  readonly samples: readonly number[];
  readonly depth?: number;
  readonly colourType?: keyof typeof colourTypes;
  readonly palette?: readonly number[];
  readonly interlace?: boolean;
}

/** Samples a pixel. */
export const channelsOf = { grey: 1, rgb: 3, palette: 1, 'grey and alpha': 2, rgba: 4 } as const;

/** A PNG written plainly, for depths and colour types that encoders do not offer. */
export function plainPng({
  width,
  samples,
  depth = 8,
  colourType = 'grey',
  palette,
  interlace = false,
}: PlainPng): Uint8Array {
  const channels = channelsOf[colourType];
  const height = samples.length / (channels * width);
  const pixels = Array.from({ length: width * height }, (_, i) => samples.slice(i * channels, (i + 1) * channels));
  const plain = Array.from({ length: height }, (_, y) => pixels.slice(y * width, (y + 1) * width));
  const rows = (interlace ? interlaced(plain) : plain).map((row) => {
    const bits = row
      .flat()
      .map((value) => value.toString(2).padStart(depth, '0'))
      .join('');
    const bytes = bits.match(/.{1,8}/g) ?? [];
    return [0, ...bytes.map((byte) => parseInt(byte.padEnd(8, '0'), 2))];
  });
  return pngOf({
    width,
    height,
    depth,
    colourType,
    interlace,
    rows: Buffer.from(rows.flat()),
    ...(palette && { palette }),
  });
}

/** The pass in which each pixel of a block of 8×8 comes (PNG, figure 4.8). */
const adam7 = [
  [1, 6, 4, 6, 2, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [3, 6, 4, 6, 3, 6, 4, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
  [5, 6, 5, 6, 5, 6, 5, 6],
  [7, 7, 7, 7, 7, 7, 7, 7],
];

/** The rows of all passes. */
function interlaced<Pixel>(rows: readonly (readonly Pixel[])[]): readonly (readonly Pixel[])[] {
  const ofPass = (pass: number) =>
    rows.map((row, y) => row.filter((_, x) => adam7[y % 8]?.[x % 8] === pass)).filter((row) => row.length > 0);
  return [1, 2, 3, 4, 5, 6, 7].flatMap(ofPass);
}

/** A PNG of rows that are ready to be compressed, each with the byte that names its filter. */
export interface PngRows extends Pick<PlainPng, 'palette' | 'interlace'> {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: keyof typeof colourTypes;
  readonly rows: Uint8Array;
  /** Chunks between the header and the pixels. */
  readonly more?: readonly (readonly [letters: string, content: Uint8Array])[];
  /** How many bytes of the compressed pixels a chunk holds; all of them when absent. */
  readonly chunkBytes?: number;
}

function pieces(bytes: Uint8Array, length: number): Uint8Array[] {
  const count = Math.ceil(bytes.length / length);
  return count <= 1 ? [bytes] : Array.from({ length: count }, (_, i) => bytes.subarray(i * length, (i + 1) * length));
}

export function pngOf({
  width,
  height,
  depth,
  colourType,
  palette,
  interlace = false,
  rows,
  more = [],
  chunkBytes = Infinity,
}: PngRows): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colourTypes[colourType], 0, 0, interlace ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Buffer.from(palette))] : []),
    ...more.map(([letters, content]) => chunk(letters, content)),
    ...pieces(deflateSync(rows), chunkBytes).map((piece) => chunk('IDAT', piece)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A PNG with a header that claims another size. */
export function withSize(png: Uint8Array, width: number, height: number): Uint8Array {
  const header = Buffer.from(png.subarray(16, 29));
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  return Buffer.concat([png.subarray(0, 8), chunk('IHDR', header), png.subarray(33)]);
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** Writes a class in FSS-1000's layout: photographs 1.jpg, 2.jpg, … of 40×30 with masks of their left half. */
export async function writeClass(folder: TestFolder, name: string, images: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (let i = 1; i <= images; i += 1) {
    const image = await folder.write(
      `${name}/${i}.jpg`,
      await encodeJpeg(photograph(40, 30, i + 10 * name.length), 90),
    );
    const mask = await folder.write(`${name}/${i}.png`, encodeMaskPng(halfMask(40, 30)));
    samples.push({ image, mask, foreground: 'binary' });
  }
  return samples;
}

/** Writes a photograph as PNG, which keeps every pixel, and its mask. */
export async function writePair(folder: TestFolder, stem: string, image: RgbImage, mask: Mask): Promise<Sample> {
  return {
    image: await folder.write(`${stem}.png`, encodePng(image)),
    mask: await folder.write(`${stem}-mask.png`, encodeMaskPng(mask)),
  };
}
