import { Conv2d, MaxPool2d, ReLU, Sequential, type InitialisationOptions, type Layer } from '@hypercorr/nn';
import { ShapeError, scope } from '@hypercorr/tensor';
import { keyDealer } from '../keys.ts';
import { asFeatureMap, type FeatureMap, type Pyramid } from '../shapes.ts';
import { Backbone } from './backbone.ts';

/** Output channels of the 3×3 convolutions, each with a ReLU behind it, and the halvings between them. */
const layout = [
  64,
  64,
  'pool',
  128,
  128,
  'pool',
  256,
  256,
  256,
  'pool',
  512,
  512,
  512,
  'pool',
  512,
  512,
  512,
  'pool',
] as const;

/** Below this width or height, in pixels, the halvings leave nothing. */
const leastSize = 2 ** layout.filter((step) => step === 'pool').length;

/** Layers whose outputs are tapped: convolutions before their ReLU, and the last pooling. */
const tappedLayers = [17, 19, 21, 24, 26, 28, 30];

/**
 * The convolutions of VGG-16 (Simonyan and Zisserman, *Very Deep Convolutional Networks for Large-Scale Image
 * Recognition*, ICLR 2015). Names are torchvision's: `features.0.weight`.
 */
export class VGG16 extends Backbone {
  static readonly taps: Pyramid<number> = { shallow: 3, middle: 3, deep: 1 };
  readonly taps = VGG16.taps;
  readonly features: Sequential;

  constructor({ key, ...creation }: InitialisationOptions) {
    super();
    const nextKey = keyDealer(key);
    let inChannels = 3;
    const layers = layout.flatMap((step): Layer[] => {
      if (step === 'pool') return [new MaxPool2d({ kernel: 2 })];
      const conv = new Conv2d({ inChannels, outChannels: step, kernel: 3, padding: 1, key: nextKey(), ...creation });
      inChannels = step;
      return [conv, new ReLU()];
    });
    this.features = new Sequential(...layers);
  }

  featureMaps(images: FeatureMap): readonly FeatureMap[] {
    const [, , height, width] = images.shape;
    if (Math.min(height, width) < leastSize) {
      throw new ShapeError(
        'vgg16',
        `images of ${height}×${width} (height × width) are too small for this backbone; ${leastSize}×${leastSize} is the least`,
      );
    }
    return scope(() => {
      const tapped: FeatureMap[] = [];
      let x = images;
      for (const [index, layer] of this.features.layers.entries()) {
        const next = asFeatureMap(layer.forward(x));
        // Freed as soon as it is used: what a tape needs of it it holds itself.
        if (x !== images && !tapped.includes(x)) x.dispose();
        if (tappedLayers.includes(index)) tapped.push(next);
        x = next;
      }
      return tapped;
    });
  }
}
