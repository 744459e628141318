import { FormatError } from '@hypercorr/tensor';
import type { Sample } from '../episode/dataset.ts';
import { decodeImage, imageFacts } from '../files/decode-image.ts';
import { readBytes } from '../files/read-file.ts';
import { checkMarksObject, checkSameSize, decodeSampleMask } from '../files/read-sample.ts';
import type { Size } from '../image/image.ts';
import { binaryMask } from '../mask/binary-mask.ts';
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
  const size = await checkImage(sample.image, faults);
  const { drawn } = sample;
  if (size !== undefined && drawn !== undefined && (size.width !== drawn.width || size.height !== drawn.height)) {
    await found(faults, 'size', sample.mask, () => checkSameSize(sample, size, drawn));
    return { size, encoding: undefined, foreground: undefined, faults };
  }
  const decoded = await found(faults, 'mask', sample.mask, () => decodeSampleMask(sample));
  if (decoded === undefined) return { size, encoding: undefined, foreground: undefined, faults };
  if (size !== undefined) await found(faults, 'size', sample.mask, () => checkSameSize(sample, size, decoded.mask));
  return { size, encoding: decoded.encoding, foreground: await checkMask(sample, decoded, faults), faults };
}

async function checkImage(file: string, faults: Fault[]): Promise<Size | undefined> {
  const bytes = await found(faults, 'image', file, () => readBytes(file, 'image'));
  if (bytes === undefined) return undefined;
  const warn = (kind: FaultKind, message: string): void =>
    void faults.push({ severity: 'warning', kind, file, message });
  const image = await found(faults, 'image', file, () => decodeImage(bytes, file));
  if (image === undefined) return undefined;
  const { turned, colours, transparent } = await imageFacts(bytes, file);
  if (turned) warn('turned', 'its EXIF orientation turns it; check that the mask is turned too');
  if (colours !== 'RGB') warn('colours', `it is ${colours}; it will be converted to RGB`);
  if (transparent) warn('transparent', 'it has an alpha channel; its transparent pixels will be white');
  return { width: image.width, height: image.height };
}

async function checkMask(sample: Sample, decoded: DecodedMask, faults: Fault[]): Promise<number | undefined> {
  const mask = await found(faults, 'classes', sample.mask, () => binaryMask(decoded, sample.mask, sample.foreground));
  if (mask === undefined) return undefined;
  await found(faults, 'empty', sample.mask, () => checkMarksObject(sample, mask));
  const marked = mask.data.reduce((sum, index) => sum + (index === 1 ? 1 : 0), 0);
  if (marked === mask.data.length) {
    faults.push({
      severity: 'warning',
      kind: 'full',
      file: sample.mask,
      message: 'every pixel is the object: is the mask inverted?',
    });
  }
  return marked / mask.data.length;
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
