import { FormatError, ShapeError } from '@hypercorr/tensor';
import { withClasses, type Dataset, type Sample } from '../episode/dataset.ts';
import { binaryMask } from '../mask/binary-mask.ts';
import { imageSize } from './decode-image.ts';
import { mapSeveral } from './map-several.ts';
import { readBytes } from './read-file.ts';
import { turnFor, decodeSampleMask } from './read-sample.ts';

/**
 * The dataset without samples whose object has fewer pixels in the mask's file, and without classes that have no sample
 * left. This is the rule of OSLSM and PFENet, whose lists have objects of at least 2 · 32 · 32 pixels. It reads every
 * mask. Samples with faulty files stay, so that whoever reads them reports the fault.
 *
 * @throws ShapeError for a number of pixels that is not whole; FormatError if no sample is left
 */
export async function withLargeObjects(
  dataset: Dataset,
  leastPixels: number,
  onProgress?: (done: number, of: number) => void,
): Promise<Dataset> {
  if (!Number.isSafeInteger(leastPixels) || leastPixels < 0)
    throw new ShapeError('withLargeObjects', `the number of pixels must be whole; got ${leastPixels}`);
  const samples = dataset.classes.flatMap((each) => each.samples);
  const large = await mapSeveral(samples, (sample) => isLarge(sample, leastPixels), onProgress);
  const kept = new Set(samples.filter((_, i) => large[i]));
  const classes = dataset.classes.map((each) => ({
    ...each,
    samples: each.samples.filter((sample) => kept.has(sample)),
  }));
  if (kept.size === 0 && samples.length > 0)
    throw new FormatError('dataset', `no object of ${dataset.name} has ${leastPixels} pixels; ask for fewer`);
  return withClasses(
    dataset,
    classes.filter((each) => each.samples.length > 0),
  );
}

async function isLarge(sample: Sample, leastPixels: number): Promise<boolean> {
  try {
    return (await objectPixels(sample)) >= leastPixels;
  } catch (error) {
    if (error instanceof FormatError) return true;
    throw error;
  }
}

/** How many pixels of a sample's mask are the object. @throws FormatError for faulty files */
async function objectPixels(sample: Sample): Promise<number> {
  const { image, mask, foreground, drawn } = sample;
  // The annotations' size is not trusted: the photograph's header gives the true one.
  if (drawn !== undefined) {
    const bytes = await readBytes(image, 'image');
    await turnFor(sample, { bytes, size: await imageSize(bytes, image) }, { ...drawn, own: 1 });
  }
  const { data } = binaryMask(await decodeSampleMask(sample), mask, foreground);
  return data.reduce((sum, value) => sum + Number(value === 1), 0);
}
