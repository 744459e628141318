import { foregroundOf, normalise, type EpisodeItem, type ReadSample, type RgbImage } from '@hypercorr/datasets';
import type { Image, Support } from '@hypercorr/hsnet';
import { fromArray, type Tensor } from '@hypercorr/tensor';

/** [3, H, W], normalised as the backbones expect it. */
export function imageTensor(image: RgbImage): Tensor<Image, 'float32'> {
  return fromArray(normalise(image), [3, image.height, image.width]);
}

/** [3, H, W], as the item holds it. */
export function itemTensor({ pixels, image: { height, width } }: EpisodeItem): Tensor<Image, 'float32'> {
  return fromArray(pixels, [3, height, width]);
}

/** What a model is shown: the image, and 1 where the mask marks the object. An episode's item is normalised already. */
export function supportTensors(sample: ReadSample | EpisodeItem): Support {
  const { image, mask } = sample;
  return {
    image: 'pixels' in sample ? itemTensor(sample) : imageTensor(image),
    mask: fromArray(foregroundOf(mask), [mask.height, mask.width]),
  };
}
