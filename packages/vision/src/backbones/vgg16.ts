import {
  Conv2d,
  MaxPool2d,
  ReLU,
  Sequential,
  keyDealer,
  type Cell,
  type InitialisationOptions,
  type Layer,
  type Module,
} from '@hypercorr/nn';
import { ShapeError } from '@hypercorr/tensor';
import { asFeatureMap, type FeatureMap } from '../shapes.ts';
import { FeatureProvider, type Tap } from './feature-provider.ts';
import { runSteps, type Step } from './run-steps.ts';

/** Output channels of the 3×3 convolutions, each followed by a ReLU, and the poolings between them. */
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

/**
 * The convolutions of VGG-16 (Simonyan and Zisserman, *Very Deep Convolutional Networks for Large-Scale Image
 * Recognition*, ICLR 2015). Every layer is a tap: `features.17` is a convolution before its ReLU, `features.18` that
 * ReLU, `features.30` the last pooling. Names in the state are torchvision's: `features.0.weight`.
 */
export class VGG16 extends FeatureProvider {
  static readonly taps: readonly Tap[] = tapsOf(layout);
  readonly taps = VGG16.taps;
  readonly #layers: Sequential;

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
    this.#layers = new Sequential(...layers);
  }

  features(images: FeatureMap, wanted: readonly string[]): readonly FeatureMap[] {
    const [, , height, width] = images.shape;
    // On smaller images the poolings leave no pixel.
    const leastSize = Math.max(1, ...this.taps.filter(({ name }) => wanted.includes(name)).map(({ stride }) => stride));
    if (Math.min(height, width) < leastSize) {
      throw new ShapeError(
        'vgg16',
        `images of ${height}×${width} (height × width) are too small for this backbone; ${leastSize}×${leastSize} is the least`,
      );
    }
    const steps = this.#layers.layers.map((layer, i): Step => ({
      tap: tapName(i),
      forward: (x) => asFeatureMap(layer.forward(x)),
    }));
    return runSteps(images, steps, wanted);
  }

  /** The state names the layers by torchvision's `features`, which is a method of this class. */
  protected override members(): Iterable<readonly [string, Cell | Module]> {
    return [['features', this.#layers]];
  }
}

function tapsOf(steps: typeof layout): readonly Tap[] {
  let [channels, stride] = [3, 1];
  const outputs = steps.flatMap((step): Omit<Tap, 'name'>[] => {
    if (step === 'pool') {
      stride *= 2;
      return [{ channels, stride, rectified: true }];
    }
    channels = step;
    return [
      { channels, stride, rectified: false },
      { channels, stride, rectified: true },
    ];
  });
  return outputs.map((output, i) => ({ name: tapName(i), ...output }));
}

function tapName(layer: number): string {
  return `features.${layer}`;
}
