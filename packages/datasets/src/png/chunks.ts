import { crc32 } from './crc32.ts';

/** The content of a PNG's first chunk (PNG, 11.2.1). */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  /** Samples a pixel: 1 grey, 2 grey and alpha, 3 colour, 4 colour and alpha. */
  readonly channels: number;
  /** Whether the samples are indices of the palette. */
  readonly isIndexed: boolean;
  /** Whether rows come in Adam7's seven passes. */
  readonly isInterlaced: boolean;
}

/** The chunks that hold the picture. */
export interface PngChunks {
  /** Red, green and blue, from 0 to 255, by index. */
  readonly palette: readonly (readonly number[])[] | undefined;
  /** The data of all IDAT chunks, one after the other: a zlib stream. */
  readonly data: Uint8Array;
  /** The content of the `eXIf` chunk. */
  readonly exif: Uint8Array | undefined;
}

/** For each colour type: samples a pixel, and the possible depths. */
const colourTypes: Readonly<Record<number, { readonly channels: number; readonly depths: readonly number[] }>> = {
  0: { channels: 1, depths: [1, 2, 4, 8, 16] },
  2: { channels: 3, depths: [8, 16] },
  3: { channels: 1, depths: [1, 2, 4, 8] },
  4: { channels: 2, depths: [8, 16] },
  6: { channels: 4, depths: [8, 16] },
};
const indexed = 3;

/**
 * The signature, before the first chunk. A chunk is its data's length, four letters, the data, and a checksum of
 * letters and data.
 */
const signatureBytes = 8;
const besideData = 12;
const headerBytes = 13;

/**
 * Reads the first chunk. `readChunks` checks its checksum with the others.
 *
 * @param bytes a file that begins with PNG's signature
 * @throws RangeError that says what is wrong
 */
export function readHeader(bytes: Uint8Array): PngHeader {
  if (bytes.length < signatureBytes + besideData + headerBytes) throw new RangeError('the file ends too early');
  const view = new DataView(bytes.buffer, bytes.byteOffset + signatureBytes);
  if (lettersOf(view, 0) !== 'IHDR' || view.getUint32(0) !== headerBytes)
    throw new RangeError('it does not begin with a header');
  const [width, height] = [view.getUint32(8), view.getUint32(12)];
  if (width === 0 || height === 0) throw new RangeError(`its header says ${width}×${height} pixels`);
  const [depth, colourType, compression, filter, interlace] = Array.from({ length: 5 }, (_, i) =>
    view.getUint8(16 + i),
  );
  const known = colourTypes[colourType ?? 0];
  if (depth === undefined || known?.depths.includes(depth) !== true)
    throw new RangeError(`its header says colour type ${colourType} at ${depth} bits, which does not exist`);
  if (compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) {
    throw new RangeError(
      `its header says compression ${compression}, filter ${filter} and interlacing ${interlace}, which do not exist`,
    );
  }
  return {
    width,
    height,
    depth,
    channels: known.channels,
    isIndexed: colourType === indexed,
    isInterlaced: interlace === 1,
  };
}

/**
 * Reads every chunk up to IEND and checks its checksum. Chunks that only add to a picture (colour profiles, texts,
 * transparent colours) are ignored.
 *
 * @throws RangeError that says what is wrong
 */
export function readChunks(bytes: Uint8Array, { isIndexed }: PngHeader): PngChunks {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array[] = [];
  let palette: PngChunks['palette'];
  let exif: PngChunks['exif'];
  for (let start = signatureBytes; start + besideData <= bytes.length;) {
    const length = view.getUint32(start);
    const letters = lettersOf(view, start);
    const end = start + besideData + length;
    if (end > bytes.length) break;
    if (!/^[A-Za-z]{4}$/.test(letters)) throw new RangeError('the name of a chunk is not four letters');
    if (crc32(bytes.subarray(start + 4, end - 4)) !== view.getUint32(end - 4))
      throw new RangeError(`the checksum of its chunk ${letters} is wrong`);
    const content = bytes.subarray(start + 8, end - 4);
    if (letters === 'IEND') return { palette: paletteFor(isIndexed, palette), data: joined(data), exif };
    if (letters === 'IDAT') data.push(content);
    else if (letters === 'PLTE') palette = readPalette(content);
    else if (letters === 'eXIf') exif ??= content;
    else if (letters !== 'IHDR' && isCritical(letters))
      throw new RangeError(`it has a chunk ${letters}, which PNG does not know`);
    start = end;
  }
  throw new RangeError('the file ends too early');
}

function lettersOf(view: DataView, start: number): string {
  return String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(start + 4 + i)));
}

/** Chunks without which a picture cannot be read: Apple's CgBI is one. */
function isCritical(letters: string): boolean {
  return /^[A-Z]/.test(letters);
}

function readPalette(content: Uint8Array): readonly (readonly number[])[] {
  const colours = content.length / 3;
  if (!Number.isInteger(colours) || colours < 1 || colours > 256)
    throw new RangeError(`its palette has ${content.length} bytes; it is 1 to 256 colours of 3`);
  return Array.from({ length: colours }, (_, i) => [...content.subarray(3 * i, 3 * i + 3)]);
}

/** Full-colour pictures may have a palette too, as a suggestion for screens with few colours. */
function paletteFor(isIndexed: boolean, palette: PngChunks['palette']): PngChunks['palette'] {
  if (!isIndexed) return undefined;
  if (palette === undefined) throw new RangeError('it has no palette, but its pixels are palette indices');
  return palette;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first = new Uint8Array(), ...others] = parts;
  if (others.length === 0) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
