import { FormatError, ShapeError } from '@hypercorr/tensor';
import { withClasses, type Dataset } from '../episode/dataset.ts';
import { binaryMask } from '../mask/binary-mask.ts';
import { mapSeveral } from './map-several.ts';
import { decodeSampleMask } from './read-sample.ts';

/**
 * The dataset without the samples whose object has fewer pixels in the mask's file, and without the classes that have none
 * left: the rule of OSLSM and PFENet, whose lists have objects of at least 2 · 32 · 32. Every mask is read.
 *
 * @throws ShapeError for a number of pixels that is not whole; FormatError that names a mask that cannot be read, and where no sample is left
 */
export async function withLargeObjects(
  dataset: Dataset,
  leastPixels: number,
  onProgress?: (done: number, of: number) => void,
): Promise<Dataset> {
  if (!Number.isSafeInteger(leastPixels) || leastPixels < 0) throw new ShapeError('withLargeObjects', `a number of pixels is whole; got ${leastPixels}`);
  const samples = dataset.classes.flatMap((each) => each.samples);
  const large = await mapSeveral(samples, async (sample) => {
    const { data } = binaryMask(await decodeSampleMask(sample), sample.mask, sample.foreground);
    const pixels = data.reduce((sum, value) => sum + Number(value === 1), 0);
    return pixels >= leastPixels;
  }, onProgress);
  const kept = new Set(samples.filter((_, i) => large[i]));
  const classes = dataset.classes.map((each) => ({ ...each, samples: each.samples.filter((sample) => kept.has(sample)) }));
  if (kept.size === 0 && samples.length > 0) throw new FormatError('dataset', `no object of ${dataset.name} has ${leastPixels} pixels; ask for fewer`);
  return withClasses(dataset, classes.filter((each) => each.samples.length > 0));
}
