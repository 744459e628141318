import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { decodeImage, imageFacts } from '../files/decode-image.ts';
import { readBytes } from '../files/read-file.ts';
import { checkMarksObject, decodeSampleMask, turnOf } from '../files/read-sample.ts';
import type { Size } from '../image/image.ts';
import type { Orientation } from '../image/orientation.ts';
import { applyMeaning, maskMeaning } from '../mask/binary-mask.ts';
import type { DecodedMask, MaskEncoding } from '../mask/decode-mask.ts';
import type { Fault, FaultKind } from './fault.ts';

/** What a sample's files hold, as far as they can be read, and all that is wrong with them. */
export interface CheckedSample {
  readonly size: Size | undefined;
  readonly encoding: MaskEncoding | undefined;
  /** The share of the mask's pixels that belong to the object, from 0 to 1. */
  readonly foreground: number | undefined;
  readonly faults: readonly Fault[];
}

/** Reads both files of a sample as training does. After a fault it goes on, to find the others. */
export async function checkSample(sample: Sample): Promise<CheckedSample> {
  const faults: Fault[] = [];
  const photograph = await checkImage(sample.image, faults);
  const size = photograph?.image;
  const unread = { size, encoding: undefined, foreground: undefined, faults };
  const { drawn } = sample;
  // Annotations may claim a huge size.
  if (
    photograph !== undefined &&
    drawn !== undefined &&
    !(await fits(sample, photograph, { ...drawn, own: 1 }, faults))
  )
    return unread;
  const decoded = await found(faults, 'mask', sample.mask, () => decodeSampleMask(sample));
  if (decoded === undefined) return unread;
  if (photograph !== undefined && drawn === undefined)
    await fits(sample, photograph, { ...decoded.mask, own: decoded.orientation }, faults);
  return { ...unread, encoding: decoded.encoding, foreground: await checkMask(sample, decoded, faults) };
}

interface CheckedImage {
  readonly image: Size;
  readonly orientation: Orientation;
}

async function checkImage(file: string, faults: Fault[]): Promise<CheckedImage | undefined> {
  const bytes = await found(faults, 'image', file, () => readBytes(file, 'image'));
  if (bytes === undefined) return undefined;
  const image = await found(faults, 'image', file, () => decodeImage(bytes, file));
  if (image === undefined) return undefined;
  const { orientation, colours, transparent, brightened } = await imageFacts(bytes, file);
  if (colours !== 'RGB') warn(faults, 'colours', file, `it is ${colours}; it will be converted to RGB`);
  if (brightened)
    warn(
      faults,
      'colours',
      file,
      'its 16-bit samples end at 4095, as those of 12-bit cameras do; it will be brightened 16 times',
    );
  if (transparent) warn(faults, 'transparent', file, 'it has an alpha channel; its transparent pixels will be white');
  return { image: { width: image.width, height: image.height }, orientation };
}

/** Checks that a mask lies over its photograph. Where neither of them says how the other was turned, it is a guess. */
async function fits(
  sample: Sample,
  { image, orientation }: CheckedImage,
  mask: Size & { readonly own: Orientation },
  faults: Fault[],
): Promise<boolean> {
  const turn = await found(faults, 'size', sample.mask, () => turnOf(sample, { image, orientation }, mask));
  if (turn === 1 && orientation > 1 && mask.own === 1)
    warn(
      faults,
      'turned',
      sample.image,
      'its EXIF orientation turns it, and its mask says none: was the mask drawn over the turned picture?',
    );
  return turn !== undefined;
}

async function checkMask(sample: Sample, decoded: DecodedMask, faults: Fault[]): Promise<number | undefined> {
  const meaning = await found(faults, 'classes', sample.mask, () =>
    maskMeaning(decoded, sample.mask, sample.foreground),
  );
  if (meaning === undefined) return undefined;
  const mask = applyMeaning(decoded, meaning);
  await found(faults, 'empty', sample.mask, () => checkMarksObject(sample, mask));
  const marked = mask.data.reduce((sum, index) => sum + (index === 1 ? 1 : 0), 0);
  if (meaning.doubt !== undefined) warn(faults, 'doubt', sample.mask, meaning.doubt);
  if (marked === mask.data.length)
    warn(faults, 'full', sample.mask, 'every pixel is the object: is the mask inverted?');
  return marked / mask.data.length;
}

function warn(faults: Fault[], kind: FaultKind, file: string, message: string): void {
  faults.push({ severity: 'warning', kind, file, message });
}

/** The result of a step. An error of the dataset joins the faults. */
async function found<T>(
  faults: Fault[],
  kind: FaultKind,
  file: string,
  step: () => T | Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    faults.push({ severity: 'error', kind, file, message: error.message.replace(`[${error.op}] `, '') });
    return undefined;
  }
}
