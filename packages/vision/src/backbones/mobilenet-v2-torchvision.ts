import {
  BatchNorm2d,
  Conv2d,
  Module,
  Sequential,
  keyDealer,
  type Cell,
  type InitialisationOptions,
} from '@hypercorr/nn';
import { ShapeError, add, clamp, scope } from '@hypercorr/tensor';
import type { FeatureMap } from '../shapes.ts';
import { ConvNorm } from './conv-norm.ts';
import { FeatureProvider, type Tap } from './feature-provider.ts';
import { MobileNetV2, mobileNetV2Design, type BlockDesign } from './mobilenet-v2.ts';
import { runSteps, type Step } from './run-steps.ts';

const { blocks, stemChannels, lastChannels } = mobileNetV2Design;

/** The taps of TensorFlow's network, under torchvision's names: `features.0`, `features.1`, … `features.18`. */
const taps: readonly Tap[] = MobileNetV2.taps.map((tap, i) => ({ ...tap, name: `features.${i}` }));

/**
 * MobileNetV2 1.0 as torchvision has it (`mobilenet_v2`): batch norms, and PyTorch's padding. Names in the state are
 * torchvision's, `features.2.conv.0.0.weight`. The taps are the outputs of `features`: of the first and the last after their ReLU6, of
 * the blocks without one. The network of TensorFlow's detectors, whose weights this library brings, is `MobileNetV2`.
 */
export class TorchvisionMobileNetV2 extends FeatureProvider {
  static readonly taps = taps;
  readonly taps = taps;
  readonly #features: readonly (ConvNormReLU | InvertedResidual)[];

  constructor({ key, ...creation }: InitialisationOptions) {
    super();
    const nextKey = keyDealer(key);
    const initialisation = () => ({ key: nextKey(), ...creation });
    const inChannels = blocks.at(-1)?.outChannels ?? stemChannels;
    this.#features = [
      new ConvNormReLU({ inChannels: 3, outChannels: stemChannels, kernel: 3, stride: 2 }, initialisation()),
      ...blocks.map((design) => new InvertedResidual(design, initialisation())),
      new ConvNormReLU({ inChannels, outChannels: lastChannels, kernel: 1 }, initialisation()),
    ];
  }

  features(images: FeatureMap, wanted: readonly string[]): readonly FeatureMap[] {
    const steps = taps.map(({ name }, i): Step => ({ tap: name, forward: (x) => this.#at(i).forward(x) }));
    return runSteps(images, steps, wanted);
  }

  protected override *members(): Iterable<readonly [string, Cell | Module]> {
    for (const [i, { name }] of taps.entries()) yield [name, this.#at(i)];
  }

  #at(i: number): ConvNormReLU | InvertedResidual {
    const feature = this.#features[i];
    if (feature === undefined) throw new ShapeError('TorchvisionMobileNetV2', `there is no layer ${i}`);
    return feature;
  }
}

interface Layer {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: 1 | 3;
  readonly stride?: number;
  readonly groups?: number;
}

/** A convolution and its batch norm. */
function convAndNorm(
  { kernel, ...layer }: Layer,
  { key, ...creation }: InitialisationOptions,
): readonly [Conv2d, BatchNorm2d] {
  const padding = (kernel - 1) / 2;
  return [
    new Conv2d({ ...layer, kernel, padding, bias: false, key, ...creation }),
    new BatchNorm2d({ channels: layer.outChannels, ...creation }),
  ];
}

/** A convolution, its batch norm, and ReLU6. Convolution and norm are named `0` and `1`. */
class ConvNormReLU extends Module {
  readonly layers: Sequential;
  readonly folded: ConvNorm;

  constructor(layer: Layer, initialisation: InitialisationOptions) {
    super();
    const [conv, norm] = convAndNorm(layer, initialisation);
    this.layers = new Sequential(conv, norm);
    this.folded = new ConvNorm(conv, norm);
  }

  forward(x: FeatureMap): FeatureMap {
    return scope(() => clamp(this.folded.forward(x), 0, 6));
  }

  protected override *members(): Iterable<readonly [string, Cell | Module]> {
    for (const [i, layer] of this.layers.layers.entries()) yield [String(i), layer as Module];
    yield ['folded', this.folded];
  }
}

/** A 1×1 convolution that widens, a 3×3 one for each channel, and a 1×1 one that narrows again, without a ReLU. */
class InvertedResidual extends Module {
  readonly conv: Sequential;
  readonly widening: readonly ConvNormReLU[];
  readonly narrowing: ConvNorm;
  readonly #adds: boolean;

  constructor(
    { inChannels, expansion, outChannels, stride }: BlockDesign,
    { key, ...creation }: InitialisationOptions,
  ) {
    super();
    const nextKey = keyDealer(key);
    const initialisation = () => ({ key: nextKey(), ...creation });
    const width = inChannels * expansion;
    this.widening = [
      ...(expansion > 1 ? [new ConvNormReLU({ inChannels, outChannels: width, kernel: 1 }, initialisation())] : []),
      new ConvNormReLU({ inChannels: width, outChannels: width, kernel: 3, stride, groups: width }, initialisation()),
    ];
    const [project, norm] = convAndNorm({ inChannels: width, outChannels, kernel: 1 }, initialisation());
    this.narrowing = new ConvNorm(project, norm);
    this.conv = new Sequential(...this.widening, project, norm);
    this.#adds = stride === 1 && inChannels === outChannels;
  }

  forward(x: FeatureMap): FeatureMap {
    return scope(() => {
      const wide = this.widening.reduce((map, layer) => layer.forward(map), x);
      const narrow = this.narrowing.forward(wide);
      return this.#adds ? add(narrow, x) : narrow;
    });
  }

  protected override *members(): Iterable<readonly [string, Cell | Module]> {
    yield ['conv', this.conv];
    yield ['narrowing', this.narrowing];
  }
}
