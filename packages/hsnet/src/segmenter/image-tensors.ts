import { foregroundOf, normalise, type EpisodeItem, type RgbImage } from '@hypercorr/datasets';
import { fromArray, type Engine, type Tensor } from '@hypercorr/tensor';
import type { Image } from '../shapes.ts';
import type { Support } from '../supports.ts';

/** [3, H, W], normalised as the backbones expect it. */
export function imageTensor(image: RgbImage, engine: Engine): Tensor<Image, 'float32'> {
  return fromArray(normalise(image), [3, image.height, image.width], { engine });
}

/** A support for the model: the image, and a mask [H, W] that is 1 on the object and 0 elsewhere. */
export function supportTensors({ image, mask }: Pick<EpisodeItem, 'image' | 'mask'>, engine: Engine): Support {
  return {
    image: imageTensor(image, engine),
    mask: fromArray(foregroundOf(mask), [mask.height, mask.width], { engine }),
  };
}
