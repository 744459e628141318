import { Conv2d, Module, keyDealer, type Cell, type InitialisationOptions } from '@hypercorr/nn';
import { ShapeError, add, clamp, conv2d, fromArray, mul, pad, scope } from '@hypercorr/tensor';
import { imageDeviation, imageMean } from '@hypercorr/datasets';
import { pair, sizeAt } from '@hypercorr/tensor/op';
import type { FeatureMap } from '../shapes.ts';
import { FeatureProvider, type Tap } from './feature-provider.ts';
import { runSteps, type Step } from './run-steps.ts';

/** Rows of table 2 of the paper: expansion, output channels, number of blocks, stride of the first one. */
const rows = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

const stemChannels = 32;
const lastChannels = 1280;

export interface BlockDesign {
  readonly name: string;
  readonly inChannels: number;
  readonly expansion: number;
  readonly outChannels: number;
  readonly stride: 1 | 2;
}

/** All blocks, one after another. TensorFlow's names: `expanded_conv`, `expanded_conv_1`, … */
const blocks: readonly BlockDesign[] = (() => {
  let inChannels = stemChannels;
  const designs: BlockDesign[] = [];
  for (const [expansion, outChannels, count, first] of rows) {
    for (let i = 0; i < count; i += 1) {
      const name = designs.length === 0 ? 'expanded_conv' : `expanded_conv_${designs.length}`;
      designs.push({ name, inChannels, expansion, outChannels, stride: i === 0 ? first : 1 });
      inChannels = outChannels;
    }
  }
  return designs;
})();

/** The network's shape, for torchvision's form of it. */
export const mobileNetV2Design = { blocks, stemChannels, lastChannels } as const;

/** The names of all convolutions: `Conv`, `expanded_conv.depthwise`, … */
export const mobileNetV2Layers: readonly string[] = [
  'Conv',
  ...blocks.flatMap(({ name, expansion }) =>
    (expansion > 1 ? ['expand', 'depthwise', 'project'] : ['depthwise', 'project']).map((layer) => `${name}.${layer}`),
  ),
  'Conv_1',
];

/**
 * MobileNetV2 1.0 (Sandler et al., *MobileNetV2: Inverted Residuals and Linear Bottlenecks*, CVPR 2018) as TensorFlow's
 * object detectors have it: batch norms are folded into the convolutions, strided convolutions are padded by TensorFlow's
 * rule (`SAME`), and ReLUs end at 6. Taps: `expanded_conv_3` is a block's output, which no ReLU follows; `Conv` and `Conv_1`
 * are the first and the last convolution after their ReLU6. Names in the state are TensorFlow's:
 * `expanded_conv_3.depthwise.weight`.
 *
 * Like all backbones it takes images normalised by ImageNet's mean and deviation. It brings them to its own range, −1 to 1.
 */
export class MobileNetV2 extends FeatureProvider {
  static readonly taps: readonly Tap[] = tapsOf();
  readonly taps = MobileNetV2.taps;
  readonly #stem: Conv2d;
  readonly #blocks: readonly InvertedResidual[];
  readonly #last: Conv2d;

  constructor({ key, ...creation }: InitialisationOptions) {
    super();
    const nextKey = keyDealer(key);
    this.#stem = new Conv2d({
      inChannels: 3,
      outChannels: stemChannels,
      kernel: 3,
      stride: 2,
      padding: 1,
      key: nextKey(),
      ...creation,
    });
    this.#blocks = blocks.map((design) => new InvertedResidual(design, { key: nextKey(), ...creation }));
    const inChannels = blocks.at(-1)?.outChannels ?? stemChannels;
    this.#last = new Conv2d({ inChannels, outChannels: lastChannels, kernel: 1, key: nextKey(), ...creation });
  }

  features(images: FeatureMap, wanted: readonly string[]): readonly FeatureMap[] {
    const steps: readonly Step[] = [
      { forward: toOwnRange },
      { tap: 'Conv', forward: (x) => relu6(convSame(this.#stem, x)) },
      ...blocks.map(({ name }, i): Step => ({ tap: name, forward: (x) => this.#blockAt(i).forward(x) })),
      { tap: 'Conv_1', forward: (x) => relu6(this.#last.forward(x)) },
    ];
    return runSteps(images, steps, wanted);
  }

  protected override *members(): Iterable<readonly [string, Cell | Module]> {
    yield ['Conv', this.#stem];
    for (const [i, { name }] of blocks.entries()) yield [name, this.#blockAt(i)];
    yield ['Conv_1', this.#last];
  }

  #blockAt(i: number): InvertedResidual {
    const block = this.#blocks[i];
    if (block === undefined) throw new ShapeError('MobileNetV2', `there is no block ${i}`);
    return block;
  }
}

/** A 1×1 convolution that widens, a 3×3 one for each channel, and a 1×1 one that narrows again, without a ReLU. */
class InvertedResidual extends Module {
  readonly expand: Conv2d | undefined;
  readonly depthwise: Conv2d;
  readonly project: Conv2d;
  readonly #adds: boolean;

  constructor(
    { inChannels, expansion, outChannels, stride }: BlockDesign,
    { key, ...creation }: InitialisationOptions,
  ) {
    super();
    const nextKey = keyDealer(key);
    const width = inChannels * expansion;
    if (expansion > 1)
      this.expand = new Conv2d({ inChannels, outChannels: width, kernel: 1, key: nextKey(), ...creation });
    this.depthwise = new Conv2d({
      inChannels: width,
      outChannels: width,
      kernel: 3,
      stride,
      padding: 1,
      groups: width,
      key: nextKey(),
      ...creation,
    });
    this.project = new Conv2d({ inChannels: width, outChannels, kernel: 1, key: nextKey(), ...creation });
    this.#adds = stride === 1 && inChannels === outChannels;
  }

  forward(x: FeatureMap): FeatureMap {
    return scope(() => {
      const wide = this.expand === undefined ? x : relu6(this.expand.forward(x));
      const narrow = this.project.forward(relu6(convSame(this.depthwise, wide)));
      return this.#adds ? add(narrow, x) : narrow;
    });
  }
}

function relu6(x: FeatureMap): FeatureMap {
  return clamp(x, 0, 6);
}

/**
 * A 3×3 convolution padded by TensorFlow's rule `SAME`: with stride 2, an even side gets its row or column of zeros at the
 * end, so that windows start at 0, 2, 4, … and not at −1, 1, 3, … as with PyTorch's padding of 1.
 *
 * @param conv with a padding of 1
 * @param x [N, channels, H, W]
 * @returns [N, channels', ⌈H / stride⌉, ⌈W / stride⌉]
 */
export function convSame(conv: Conv2d, x: FeatureMap): FeatureMap {
  const stride = pair(conv.stride);
  const before = [sizeAt(x.shape, 2), sizeAt(x.shape, 3)].map((size, axis) =>
    stride[axis] === 2 && size % 2 === 0 ? 0 : 1,
  );
  const [above = 1, left = 1] = before;
  if (above === 1 && left === 1) return conv.forward(x);
  return scope(() => {
    const padded = pad(x, [
      [0, 0],
      [0, 0],
      [above, 1],
      [left, 1],
    ]);
    const { weight, bias, groups } = conv;
    return conv2d(padded, weight.value, { bias: bias?.value, stride, groups });
  });
}

/** From ImageNet's normalisation to value / 127.5 − 1. */
function toOwnRange(images: FeatureMap): FeatureMap {
  return scope(() => {
    const { engine } = images;
    const factors = fromArray(
      Float32Array.from(imageDeviation, (deviation) => 2 * deviation),
      [3, 1, 1],
      { engine },
    );
    const shifts = fromArray(
      Float32Array.from(imageMean, (mean) => 2 * mean - 1),
      [3, 1, 1],
      { engine },
    );
    return add(mul(images, factors), shifts);
  });
}

function tapsOf(): readonly Tap[] {
  let stride = 2;
  const outputs = blocks.map(({ name, outChannels, stride: step }): Tap => {
    stride *= step;
    return { name, channels: outChannels, stride, rectified: false };
  });
  return [
    { name: 'Conv', channels: stemChannels, stride: 2, rectified: true },
    ...outputs,
    { name: 'Conv_1', channels: lastChannels, stride, rectified: true },
  ];
}
