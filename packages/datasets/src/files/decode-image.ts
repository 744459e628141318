import { FormatError } from '@hypercorr/tensor';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { mostPixels, tooManyPixels, type RgbImage, type Size } from '../image/image.ts';
import { describeKind, fileKind } from '../mask/file-kind.ts';

/** What is worth knowing about a photograph's file beside its pixels. */
export interface ImageFacts {
  /** Whether the file's EXIF orientation turned or mirrored the picture. */
  readonly turned: boolean;
  readonly colours: 'RGB' | 'greyscale' | 'CMYK';
  readonly transparent: boolean;
}

/**
 * Decodes a JPEG, PNG or WebP to 8-bit RGB: turned as its EXIF orientation says, greyscale and CMYK turned into RGB,
 * transparent pixels laid on white. Colour profiles are ignored, as Pillow and torchvision ignore them.
 *
 * @param file named in errors
 * @throws FormatError for bytes that are no picture of these kinds, or cut off, or damaged, or of more than 2²⁸ pixels
 */
export async function decodeImage(bytes: Uint8Array, file: string): Promise<RgbImage> {
  await readHeader(bytes, file);
  try {
    return await decodeWith('warning', bytes, file);
  } catch (cause) {
    // Decoders also warn of what does no harm: profiles, versions, stray bytes between segments.
    if (lostPixels.test(complaintsOf(cause))) throw damaged(file, cause);
  }
  return decodeWith('error', bytes, file).catch((cause: unknown) => {
    throw damaged(file, cause);
  });
}

/** libjpeg fills in grey for pixels that it cannot read, and only warns of it. */
const lostPixels = /Corrupt JPEG data(?!: \d+ extraneous)/;

async function decodeWith(failOn: 'warning' | 'error', bytes: Uint8Array, file: string): Promise<RgbImage> {
  const { data, info } = await open(bytes, file, { failOn, limitInputPixels: mostPixels })
    .flatten({ background: 'white' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

/** Reads the header only. @throws as `decodeImage` */
export async function imageFacts(bytes: Uint8Array, file: string): Promise<ImageFacts> {
  const { orientation = 1, space, channels, hasAlpha } = await readHeader(bytes, file);
  const grey = channels === 1 || (channels === 2 && hasAlpha);
  return {
    turned: orientation > 1,
    colours: space === 'cmyk' ? 'CMYK' : grey ? 'greyscale' : 'RGB',
    transparent: hasAlpha,
  };
}

/** The size of what `decodeImage` gives, from the header only. @throws as `decodeImage` */
export async function imageSize(bytes: Uint8Array, file: string): Promise<Size> {
  const { width, height } = (await readHeader(bytes, file)).autoOrient;
  return { width, height };
}

/** Before the decoder, which says of a picture over its limit neither the limit nor the size. */
async function readHeader(bytes: Uint8Array, file: string): Promise<Metadata> {
  const header = await open(bytes, file, { failOn: 'error', limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw damaged(file, cause);
    });
  if (header.width * header.height > mostPixels) throw tooManyPixels('image', file, header);
  // libjpeg takes memory for all of a progressive picture's coefficients before it looks for them.
  if (header.format === 'jpeg' && header.width * header.height > mostPixelsAByte * bytes.length) {
    throw damaged(file, `${bytes.length} bytes cannot hold ${header.width}×${header.height} pixels`);
  }
  return header;
}

/** A block of 8×8 pixels has a Huffman code of its own for its mean, of a bit at least. */
const mostPixelsAByte = 8 * 64;

function open(bytes: Uint8Array, file: string, options: Pick<SharpOptions, 'failOn' | 'limitInputPixels'>): Sharp {
  const kind = fileKind(bytes);
  if (kind !== 'JPEG' && kind !== 'PNG' && kind !== 'WebP') {
    throw new FormatError('image', `${file} is not a JPEG, PNG or WebP: ${describeKind(kind)}`);
  }
  return sharp(bytes, { ...options, autoOrient: true, ignoreIcc: true });
}

function damaged(file: string, cause: unknown): FormatError {
  // libvips may list several complaints, each on a line, with the names of its parts in front.
  const [complaint = ''] = complaintsOf(cause).split('\n');
  const reason = complaint.split(': ').at(-1) ?? complaint;
  return new FormatError('image', `${file} is cut off or damaged: ${reason}; copy it again`, { cause });
}

function complaintsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
