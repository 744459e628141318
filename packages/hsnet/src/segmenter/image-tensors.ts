import { foregroundOf, normalise, type EpisodeItem, type RgbImage } from '@hypercorr/datasets';
import type { Image, Support } from '@hypercorr/hsnet';
import { fromArray, type Tensor } from '@hypercorr/tensor';

/** [3, H, W], normalised as the backbones expect it. */
export function imageTensor(image: RgbImage): Tensor<Image, 'float32'> {
  return fromArray(normalise(image), [3, image.height, image.width]);
}

/** What a model is shown: the image, and 1 where the mask marks the object. */
export function supportTensors({ image, mask }: EpisodeItem): Support {
  return { image: imageTensor(image), mask: fromArray(foregroundOf(mask), [mask.height, mask.width]) };
}
