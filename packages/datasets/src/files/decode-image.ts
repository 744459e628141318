import { FormatError } from '@hypercorr/tensor';
import sharp, { type Metadata, type Sharp, type SharpOptions } from 'sharp';
import { mostPixels, tooManyPixels, type RgbaImage, type RgbImage, type Size } from '../image/image.ts';
import { asOrientation, type Orientation } from '../image/orientation.ts';
import { describeKind, fileKind } from '../mask/file-kind.ts';

/** Facts about a photograph's file beside its pixels. */
export interface ImageFacts {
  /** How the file's EXIF orientation turned or mirrored the picture. */
  readonly orientation: Orientation;
  readonly colours: 'RGB' | 'greyscale' | 'CMYK';
  readonly transparent: boolean;
  /** Whether its 16-bit samples hold 12 bits, and were brightened 16 times. */
  readonly brightened: boolean;
}

/**
 * Decodes a JPEG, PNG or WebP to 8-bit RGB. It turns the picture as its EXIF orientation says, converts greyscale and
 * CMYK to RGB, and lays transparent pixels on white. It ignores colour profiles, like Pillow and torchvision.
 *
 * @param file named in errors
 * @throws FormatError for bytes that are no picture of these kinds, are cut off or damaged, or hold more than 2²⁸
 *   pixels
 */
export async function decodeImage(bytes: Uint8Array, file: string): Promise<RgbImage> {
  const header = await readHeader(bytes, file);
  const brightened = await brightnessOf(header, bytes, file);
  return decodeChannels(bytes, file, (picture) => brighter(picture, brightened).flatten({ background: 'white' }));
}

/** The largest sample of 12 bits, and how many of them make the largest of 16. */
const [twelveBits, toSixteenBits] = [4095, 65535 / 4095];

/** By how much samples are brightened: those of 16 bits that end at 4095 are the 12 bits of a camera, and nearly black. */
async function brightnessOf({ depth }: Pick<Metadata, 'depth'>, bytes: Uint8Array, file: string): Promise<number> {
  if (depth !== 'ushort') return 1;
  const { channels } = await open(bytes, file, { failOn: 'error', limitInputPixels: mostPixels })
    .stats()
    .catch((cause: unknown) => {
      throw damaged(file, cause);
    });
  const largest = Math.max(...channels.slice(0, 3).map(({ max }) => max));
  return largest > 255 && largest <= twelveBits ? toSixteenBits : 1;
}

function brighter(picture: Sharp, factor: number): Sharp {
  return factor === 1 ? picture : picture.linear(factor);
}

/** A photograph, which is reduced if it is very large. */
export interface ReducedImage {
  readonly image: RgbImage;
  /** The size of the photograph itself, turned as `image` is. */
  readonly size: Size;
}

/** The most pixels of a photograph that is not reduced: 33 megapixels. */
const mostWholePixels = 2 ** 25;
/** The pixels of a photograph that is reduced: 17 megapixels, which no network sees. */
const reducedPixels = 2 ** 24;

/**
 * As `decodeImage`, for a network that sees photographs small: one of more than 2²⁵ pixels is reduced to 2²⁴ while it is
 * decoded, so that it is never in memory as a whole.
 *
 * @throws FormatError as `decodeImage`
 */
export async function decodeReduced(
  bytes: Uint8Array,
  file: string,
  { most = mostWholePixels, reduced = reducedPixels }: { readonly most?: number; readonly reduced?: number } = {},
): Promise<ReducedImage> {
  const header = await readHeader(bytes, file);
  const { width, height } = header.autoOrient;
  const size = { width, height };
  if (width * height <= most) return { image: await decodeImage(bytes, file), size };
  const scale = Math.sqrt(reduced / (width * height));
  const [less, lower] = [width, height].map((side) => Math.max(1, Math.round(side * scale)));
  const brightened = await brightnessOf(header, bytes, file);
  const image = await decodeChannels(bytes, file, (picture) =>
    brighter(picture, brightened)
      .resize({ width: less, height: lower, fit: 'fill', kernel: 'linear' })
      .flatten({ background: 'white' }),
  );
  return { image, size };
}

/**
 * Decodes a PNG or WebP to 8-bit red, green, blue and alpha. Otherwise as `decodeImage`.
 *
 * @throws FormatError as `decodeImage`, and for a picture without alpha
 */
export async function decodeWithAlpha(bytes: Uint8Array, file: string): Promise<RgbaImage> {
  const { hasAlpha } = await readHeader(bytes, file);
  if (!hasAlpha) throw withoutAlpha(file);
  return decodeChannels(bytes, file, (picture) => picture);
}

/** The error for a picture without alpha that should be a cut-out. */
export function withoutAlpha(file: string): FormatError {
  return new FormatError(
    'cut-out',
    `${file} has no alpha, which would say what belongs to its object; save it with a transparent background, or put its mask beside it as a PNG of the same name`,
  );
}

async function decodeChannels(bytes: Uint8Array, file: string, finish: (picture: Sharp) => Sharp): Promise<RgbImage> {
  try {
    return await decodeWith('warning', bytes, file, finish);
  } catch (cause) {
    // Decoders also warn of harmless things: profiles, versions, stray bytes between segments.
    if (lostPixels.test(complaintsOf(cause))) throw damaged(file, cause);
  }
  return decodeWith('error', bytes, file, finish).catch((cause: unknown) => {
    throw damaged(file, cause);
  });
}

/** libjpeg replaces unreadable pixels by grey, and only warns. */
const lostPixels = /Corrupt JPEG data(?!: \d+ extraneous)/;

async function decodeWith(
  failOn: 'warning' | 'error',
  bytes: Uint8Array,
  file: string,
  finish: (picture: Sharp) => Sharp,
): Promise<RgbImage> {
  const { data, info } = await finish(open(bytes, file, { failOn, limitInputPixels: mostPixels }))
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, data: new Uint8Array(data) };
}

/** Reads the header, and of a picture of 16 bits the samples. @throws as `decodeImage` */
export async function imageFacts(bytes: Uint8Array, file: string): Promise<ImageFacts> {
  const header = await readHeader(bytes, file);
  const { orientation, space, channels, hasAlpha } = header;
  const grey = channels === 1 || (channels === 2 && hasAlpha);
  return {
    orientation: asOrientation(orientation),
    colours: space === 'cmyk' ? 'CMYK' : grey ? 'greyscale' : 'RGB',
    transparent: hasAlpha,
    brightened: (await brightnessOf(header, bytes, file)) > 1,
  };
}

/** The size of what `decodeImage` gives, from the header only. @throws as `decodeImage` */
export async function imageSize(bytes: Uint8Array, file: string): Promise<Size> {
  const { width, height } = (await readHeader(bytes, file)).autoOrient;
  return { width, height };
}

/** Checks the header before decoding: the decoder's own error names neither the limit nor the picture's size. */
async function readHeader(bytes: Uint8Array, file: string): Promise<Metadata> {
  const header = await open(bytes, file, { failOn: 'error', limitInputPixels: false })
    .metadata()
    .catch((cause: unknown) => {
      throw damaged(file, cause);
    });
  if (header.width * header.height > mostPixels) throw tooManyPixels('image', file, header);
  // libjpeg allocates all coefficients of a progressive picture before it reads any.
  if (header.format === 'jpeg' && header.width * header.height > mostPixelsAByte * bytes.length) {
    throw damaged(file, `${bytes.length} bytes cannot hold ${header.width}×${header.height} pixels`);
  }
  return header;
}

/** A block of 8×8 pixels has a Huffman code for its mean, of at least one bit. */
const mostPixelsAByte = 8 * 64;

function open(bytes: Uint8Array, file: string, options: Pick<SharpOptions, 'failOn' | 'limitInputPixels'>): Sharp {
  const kind = fileKind(bytes);
  if (kind !== 'JPEG' && kind !== 'PNG' && kind !== 'WebP') {
    throw new FormatError('image', `${file} is not a JPEG, PNG or WebP: ${describeKind(kind)}`);
  }
  return sharp(bytes, { ...options, autoOrient: true, ignoreIcc: true });
}

function damaged(file: string, cause: unknown): FormatError {
  // libvips may list several complaints, one a line, each after the name of the part that complains.
  const [complaint = ''] = complaintsOf(cause).split('\n');
  const reason = complaint.split(': ').at(-1) ?? complaint;
  return new FormatError('image', `${file} is cut off or damaged: ${reason}; copy it again`, { cause });
}

function complaintsOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
