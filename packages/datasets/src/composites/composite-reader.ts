import { fold, FormatError, key } from '@hypercorr/tensor';
import type { Episode, EpisodeItem, Sample } from '../episode/dataset.ts';
import { decodeWithAlpha } from '../files/decode-image.ts';
import { readBytes } from '../files/read-file.ts';
import { readImage, readSample } from '../files/read-sample.ts';
import { Draws } from '../generate/draws.ts';
import { renderBackground } from '../generate/scene.ts';
import type { RgbImage, Size } from '../image/image.ts';
import { normalise } from '../image/normalise.ts';
import { ByteCache } from '../prefetch/byte-cache.ts';
import type { Reader, ReaderShare } from '../source/source.ts';
import { blankCanvas } from './canvas.ts';
import { compose } from './compose.ts';
import type { CutOut } from './cut-outs.ts';
import type { Background, CompositePicture, CompositePlan, Layer } from './plan-composite.ts';
import { halvedPhotograph, halvingsFor, reduced, textureOf, withAlpha, type Texture } from './texture.ts';

/** How composites are drawn: the size of the pictures. */
export type CompositeReading = { readonly size: { readonly width: number; readonly height: number } };

/** Reads cut-outs and backgrounds, and composes the pictures of episodes. It remembers what it read, reduced as it was needed. */
export function createReader({ size }: CompositeReading, { cacheBytes }: ReaderShare): Reader<Episode, CompositePlan> {
  const cache = new ByteCache<Texture | RgbImage>(cacheBytes);
  const side = sideOf(size);
  const canvas = blankCanvas(size);

  /** The longer side of each cut-out that was read once, which tells how often it is to be halved. */
  const sides = new Map<string, number>();

  const textureFor = async ({ cutOut, scale }: Layer): Promise<Texture> => {
    // Steps of half an octave: the remembered texture is about as large as it is drawn.
    const largest = 2 ** (Math.ceil(2 * Math.log2(scale * side)) / 2);
    const { image, mask, foreground } = cutOut;
    const name = JSON.stringify([image, mask, foreground]);
    let whole: Texture | undefined;
    let longer = sides.get(name);
    if (longer === undefined) {
      whole = await readCutOut(cutOut);
      longer = whole.fullSide;
      sides.set(name, longer);
    }
    const halvings = halvingsFor(longer, largest);
    const made = async (): Promise<Texture> => reduced(whole ?? (await readCutOut(cutOut)), halvings);
    return cache.get(`${name} ${halvings}`, made) as Promise<Texture>;
  };

  const backgroundFor = (background: Background): RgbImage | Promise<RgbImage> => {
    if (background.kind === 'generated') return renderBackground(new Draws(fold(key(background.seed), 0)), side);
    const { file } = background;
    return cache.get(file, async () => small(await readImage(file), size)) as Promise<RgbImage>;
  };

  const read = async (picture: CompositePicture, sample: Sample): Promise<EpisodeItem> => {
    const textures = picture.layers.map(textureFor);
    const background = Promise.resolve(backgroundFor(picture.background));
    // Wait for all files: which fault is told then depends on the plan, not on which file was read first.
    await Promise.allSettled([...textures, background]);
    const [drawn, on] = [await Promise.all(textures), await background];
    // Nothing else runs until the picture is composed, so one canvas is enough.
    const { image, mask } = compose(picture, drawn, on, canvas);
    if (!mask.data.includes(1))
      throw new FormatError(
        'cut-out',
        `${sample.image} marks no pixel when it is pasted: it is nearly transparent; draw it again, or remove it`,
      );
    return { sample, image, mask, pixels: normalise(image) };
  };

  return async (plan) => {
    const { query, supports, pictures } = plan;
    const samples = [query, ...supports];
    const reading = pictures.flatMap((picture, place) => {
      const sample = samples[place];
      return sample === undefined ? [] : [read(picture, sample)];
    });
    await Promise.allSettled(reading);
    const [first, ...others] = await Promise.all(reading);
    if (first === undefined) throw new RangeError('[composites] a plan has no pictures');
    return { plan, query: first, supports: others };
  };
}

/** The side that shares are of: that of a square of the same area. */
function sideOf({ width, height }: Size): number {
  return Math.ceil(Math.sqrt(width * height));
}

/** @throws FormatError for a file that cannot be read, has neither alpha nor a mask, or shows nothing */
async function readCutOut(cutOut: CutOut): Promise<Texture> {
  const { image: file, mask } = cutOut;
  if (mask !== undefined) {
    const read = await readSample({ ...cutOut, mask });
    const texture = textureOf(withAlpha(read.image, read.mask));
    if (texture !== undefined) return texture;
  } else {
    const texture = textureOf(await decodeWithAlpha(await readBytes(file, 'cut-out'), file));
    if (texture !== undefined) return texture;
  }
  throw new FormatError('cut-out', `${file} is empty: every pixel is transparent; draw it again, or remove it`);
}

/** A photograph that is at most twice as large as its crops. */
function small(photograph: RgbImage, { width, height }: Size): RgbImage {
  let now = photograph;
  while (now.width >= 4 * width && now.height >= 4 * height) now = halvedPhotograph(now);
  return now;
}
