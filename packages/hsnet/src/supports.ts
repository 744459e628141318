import {
  ShapeError,
  forEachTensor,
  keep,
  mul,
  reshape,
  resizeBilinear,
  scope,
  sub,
  type Tensor,
} from '@hypercorr/tensor';
import { formatShape, sameShape } from '@hypercorr/tensor/op';
import type { FeatureMap, Image, ImageBatch, MaskBatch, Plane } from '@hypercorr/vision';
import { pyramidOf, type Pyramid } from './shapes.ts';

/** An image, with a mask of the class to look for. */
export interface Support {
  /** [3, H, W], normalised by ImageNet's mean and standard deviation */
  readonly image: Tensor<Image, 'float32'>;
  /** [H, W], 1 on the object and 0 elsewhere */
  readonly mask: Tensor<Plane, 'float32'>;
}

/** Feature maps by level, one for each of the backbone's taps there. */
export type Features = Pyramid<readonly FeatureMap[]>;

/** The computed features of supports, for any number of queries. The object owns the tensors, so dispose of it after use. */
export class PreparedSupports implements Disposable {
  /** The features of each support, masked if the model uses masking. */
  readonly features: readonly Features[];

  /** @internal Made by `HSNet.prepare`. Takes ownership of the tensors. */
  constructor(features: readonly Features[]) {
    this.features = keep(features);
  }

  /** The number of supports. */
  get shots(): number {
    return this.features.length;
  }

  dispose(): void {
    forEachTensor(this.features, (map) => map.dispose());
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Masks the support's feature maps, so that only the object is left: F̂ = F ⊙ ζ(M). ζ resizes the mask bilinearly to each level.
 *
 * @param mask [B, H, W], the masks of the images
 */
export function maskFeatures(features: Features, mask: Tensor<MaskBatch, 'float32'>): Features {
  return scope(() => {
    const [batch, height, width] = mask.shape;
    const plane = reshape(mask, [batch, 1, height, width]);
    return pyramidOf((level) => {
      const [first] = features[level];
      if (first === undefined) return [];
      const [, , hs, ws] = first.shape;
      const resized = resizeBilinear(plane, [hs, ws], { alignCorners: true });
      return features[level].map((map) => mul(map, resized));
    });
  });
}

/** The feature maps of the object, and after them at each level those of everything else: F ⊙ ζ(M) and F ⊙ ζ(1 − M). */
export function objectAndBackground(features: Features, mask: Tensor<MaskBatch, 'float32'>): Features {
  return scope(() => {
    const object = maskFeatures(features, mask);
    const background = maskFeatures(features, sub(1, mask));
    return pyramidOf((level) => [...object[level], ...background[level]]);
  });
}

/** @throws ShapeError unless the masks have the size of their images */
export function checkMasks(images: Tensor<ImageBatch>, masks: Tensor<MaskBatch>): void {
  const [batch, , height, width] = images.shape;
  if (!sameShape(masks.shape, [batch, height, width])) {
    const shapes = `support images ${formatShape(images.shape)} need masks ${formatShape([batch, height, width])}`;
    throw new ShapeError('HSNet', `${shapes}, got ${formatShape(masks.shape)}`);
  }
}
