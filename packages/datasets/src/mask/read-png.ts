import { FormatError } from '@hypercorr/tensor';
import { decode, type DecodedPng } from 'fast-png';
import { mostPixels, tooManyPixels } from '../image/image.ts';
import { describeKind, fileKind } from './file-kind.ts';

/** Where the header chunk holds what is checked here. */
const header = { width: 16, height: 20, depth: 24, interlace: 28, end: 29 } as const;

/** A PNG's samples as they are stored, palette indices among them; depths below 8 are unpacked, one byte a sample. */
export interface PngSamples {
  readonly width: number;
  readonly height: number;
  /** Samples a pixel: 1, 2 with alpha, 3 in colour, 4 with alpha. */
  readonly channels: number;
  /** Bits a sample: 1, 2, 4, 8 or 16. */
  readonly depth: number;
  readonly data: Uint8Array | Uint8ClampedArray | Uint16Array;
  readonly palette: readonly (readonly number[])[] | undefined;
}

/**
 * Reads a PNG without turning palette indices into colours, as most decoders do. Every chunk's checksum is compared,
 * and the file has to end with its last chunk.
 *
 * @throws FormatError that names the file
 */
export function readPng(bytes: Uint8Array, file: string): PngSamples {
  const kind = fileKind(bytes);
  if (kind !== 'PNG') throw new FormatError('mask', `${file}: a mask has to be a PNG, and ${describeKind(kind)}; ${remedy(kind)}`);
  checkHeader(bytes, file);
  checkEnd(bytes, file);
  let png: DecodedPng;
  try {
    png = decode(bytes, { checkCrc: true });
  } catch (cause) {
    throw damaged(file, cause instanceof Error ? cause.message.replace(/:$/, '') : String(cause), { cause });
  }
  const { width, height, channels, depth, palette } = png;
  return { width, height, channels, depth, data: depth < 8 ? unpack(png) : png.data, palette };
}

function remedy(kind: string): string {
  return kind === 'JPEG'
    ? 'JPEG changes the values along every border: save the mask as PNG from its source'
    : 'save it as a greyscale or palette PNG';
}

function checkHeader(bytes: Uint8Array, file: string): void {
  if (bytes.length < header.end) throw damaged(file, 'the file ends too early');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const width = view.getUint32(header.width);
  const height = view.getUint32(header.height);
  if (width === 0 || height === 0) throw damaged(file, `its header says ${width}×${height} pixels`);
  if (width * height > mostPixels) throw tooManyPixels('mask', file, { width, height });
  // fast-png mixes up the rows of such files, with or without an error.
  if (view.getUint8(header.interlace) !== 0 && view.getUint8(header.depth) < 8) {
    throw new FormatError('mask', `${file} is interlaced with ${view.getUint8(header.depth)} bits a pixel, which is not read; save it without interlacing`);
  }
}

/** A chunk is its data's length, four letters, the data, and a checksum; the last is IEND. fast-png reads on past the end. */
function checkEnd(bytes: Uint8Array, file: string): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const besideData = 12;
  for (let start = 8; start + besideData <= bytes.length; start += besideData + view.getUint32(start)) {
    const isLast = view.getUint32(start + 4) === iend;
    if (isLast && start + besideData + view.getUint32(start) <= bytes.length) return;
  }
  throw damaged(file, 'the file ends too early');
}

/** The letters IEND. */
const iend = 0x49454e44;

function damaged(file: string, reason: string, options?: ErrorOptions): FormatError {
  return new FormatError('mask', `${file} is cut off or damaged: ${reason}; copy or make it again`, options);
}

/** Rows of packed samples, the first in the highest bits, each row from a byte of its own. */
function unpack({ width, height, channels, depth, data }: DecodedPng): Uint8Array {
  const perRow = width * channels;
  const rowBytes = Math.ceil((perRow * depth) / 8);
  const samples = new Uint8Array(perRow * height);
  const mask = (1 << depth) - 1;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < perRow; x += 1) {
      const bit = x * depth;
      samples[y * perRow + x] = ((data[y * rowBytes + (bit >> 3)] ?? 0) >> (8 - depth - (bit & 7))) & mask;
    }
  }
  return samples;
}
