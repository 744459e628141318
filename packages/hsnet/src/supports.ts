import { ShapeError, forEachTensor, keep, mul, reshape, resizeBilinear, scope, type Tensor } from '@hypercorr/tensor';
import { formatShape, sameShape } from '@hypercorr/tensor/op';
import type { FeatureMap, Image, ImageBatch, MaskBatch, Plane } from '@hypercorr/vision';
import { pyramidOf, type Pyramid } from './shapes.ts';

/** An image, and where it shows the class that is looked for. */
export interface Support {
  /** [3, H, W], normalised by ImageNet's mean and standard deviation */
  readonly image: Tensor<Image, 'float32'>;
  /** [H, W], 1 on the object and 0 elsewhere */
  readonly mask: Tensor<Plane, 'float32'>;
}

/** Feature maps by level, as many in each as the backbone has taps there. */
export type Features = Pyramid<readonly FeatureMap[]>;

/** Supports whose features are computed, for any number of queries. It owns their tensors: dispose it. */
export class PreparedSupports implements Disposable {
  /** The features of each support, masked where the model masks. */
  readonly features: readonly Features[];

  /** @internal Made by `HSNet.prepare`. Takes the tensors over. */
  constructor(features: readonly Features[]) {
    this.features = keep(features);
  }

  /** How many supports there are. */
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
 * Leaves the support's object in its feature maps: F̂ = F ⊙ ζ(M), ζ resizing the mask bilinearly to each level.
 *
 * @param mask [B, H, W] of the images
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

/** @throws ShapeError unless the masks have the size of the images they belong to */
export function checkMasks(images: Tensor<ImageBatch>, masks: Tensor<MaskBatch>): void {
  const [batch, , height, width] = images.shape;
  if (!sameShape(masks.shape, [batch, height, width])) {
    const shapes = `support images ${formatShape(images.shape)} need masks ${formatShape([batch, height, width])}`;
    throw new ShapeError('HSNet', `${shapes}, got ${formatShape(masks.shape)}`);
  }
}
