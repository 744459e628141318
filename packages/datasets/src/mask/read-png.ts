import { inflate } from '@hypercorr/nn/inflate';
import { FormatError } from '@hypercorr/tensor';
import { mostPixels, tooManyPixels } from '../image/image.ts';
import { orientationOf, type Orientation } from '../image/orientation.ts';
import { readChunks, readHeader, type PngHeader } from '../png/chunks.ts';
import { rowBytesOf } from '../png/passes.ts';
import { samplesOf } from '../png/samples.ts';
import { describeKind, fileKind } from './file-kind.ts';

/** A PNG's samples as they are stored, palette indices included. Depths below 8 are unpacked to one byte a sample. */
export interface PngSamples extends Pick<PngHeader, 'width' | 'height' | 'channels' | 'depth'> {
  readonly data: Uint8Array | Uint16Array;
  readonly palette: readonly (readonly number[])[] | undefined;
  /** The EXIF orientation of its `eXIf` chunk, from 1 (as stored) to 8. */
  readonly orientation: Orientation;
}

/**
 * Reads a PNG without turning palette indices into colours, as most decoders do. It checks the checksum of every chunk,
 * and the file must end with its last chunk. It allocates memory only for the picture that the header describes, and
 * only if the file is large enough to hold it.
 *
 * @throws FormatError that names the file
 */
export function readPng(bytes: Uint8Array, file: string): PngSamples {
  const kind = fileKind(bytes);
  if (kind !== 'PNG')
    throw new FormatError('mask', `${file}: a mask must be a PNG, and ${describeKind(kind)}; ${remedy(kind)}`);
  try {
    const header = readHeader(bytes);
    const { width, height, channels, depth } = header;
    if (width * height > mostPixels) throw tooManyPixels('mask', file, header);
    const { palette, data, exif } = readChunks(bytes, header);
    const orientation = exif === undefined ? 1 : orientationOf(exif);
    const samples = samplesOf(header, inflateRows(data, header));
    return { width, height, channels, depth, palette, data: samples, orientation };
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new FormatError('mask', `${file} is cut off or damaged: ${cause.message}; copy or make it again`, { cause });
  }
}

function remedy(kind: string): string {
  return kind === 'JPEG'
    ? 'JPEG changes the values along every border: save the mask as PNG from its source'
    : 'save it as a greyscale or palette PNG';
}

/** DEFLATE makes at most 258 bytes of two bits. */
const mostInflated = 1032;
const zlibHeaderBytes = 2;

/**
 * The rows of a zlib stream (RFC 1950). Like libpng, it ignores what follows the rows, even the stream's checksum: the
 * chunks have their own.
 */
function inflateRows(data: Uint8Array, header: PngHeader): Uint8Array {
  const [method = 0, flags = 0] = data;
  const hasDictionary = (flags & 32) !== 0;
  if ((method & 15) !== 8 || (256 * method + flags) % 31 !== 0 || hasDictionary)
    throw new RangeError('its pixels are not a zlib stream');
  const needed = rowBytesOf(header);
  if (needed > mostInflated * data.length)
    throw new RangeError(`${data.length} compressed bytes cannot hold ${header.width}×${header.height} pixels`);
  try {
    return inflate(data.subarray(zlibHeaderBytes), needed, { excess: 'left' });
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new RangeError(`of its compressed pixels, ${cause.message}`, { cause });
  }
}
