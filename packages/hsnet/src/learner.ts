import { CenterPivotConv4d, FullConv4d, SeparableConv4d } from '@hypercorr/conv4d';
import {
  Conv2d,
  GroupNorm,
  Module,
  ReLU,
  Sequential,
  keyDealer,
  type InitialisationOptions,
  type Layer,
} from '@hypercorr/nn';
import { ShapeError, add, concat, max, mean, resizeBilinear, scope, type Shape, type Tensor } from '@hypercorr/tensor';
import { asFeatureMap, type FeatureMap } from '@hypercorr/vision';
import { resizePlanes } from './resize-planes.ts';
import { checkOptions } from '@hypercorr/tensor/op';
import { asCorrelations, type Correlations, type Pyramid } from './shapes.ts';

/** The kinds of 4D convolution that a learner can use. */
const kernels = { 'center-pivot': CenterPivotConv4d, separable: SeparableConv4d, full: FullConv4d } as const;

export const kernelNames = ['center-pivot', 'separable', 'full'] as const satisfies readonly (keyof typeof kernels)[];
export type KernelName = (typeof kernelNames)[number];

export interface LearnerOptions extends InitialisationOptions {
  /** The number of correlations stacked at each level: the number of the backbone's taps there. */
  readonly taps: Pyramid<number>;
  /** `center-pivot` by default. */
  readonly kernel?: KernelName;
  /** Whether the decoder gets the correlations' largest values, too; see `Addition`. False by default. */
  readonly priors?: boolean;
  /** Whether the decoder gets the similarity to prototypes, too; see `Addition`. False by default. */
  readonly prototypes?: boolean;
  /** The channels of the feature maps that guide the decoder; see `Addition`. None by default. */
  readonly guidance?: readonly number[];
}

const optionNames = {
  taps: true,
  kernel: true,
  priors: true,
  prototypes: true,
  guidance: true,
  key: true,
  engine: true,
};

/** Each guiding feature map is narrowed to so many channels. */
const guideChannels = 16;

/** What the decoder gets beside the correlations, as the learner's options say. */
export interface DecoderHints {
  /** Correlations with prototypes, [B, taps, hq, wq, 1, 1]. */
  readonly prototypes?: Pyramid<Correlations>;
  /** The query's feature maps that guide the decoder, [B, C, h, w]. */
  readonly guidance?: readonly FeatureMap[];
}

/** A 4D convolution that a norm and a ReLU follow: its output channels, kernel size and stride on the support plane. */
type Squeeze = readonly [channels: number, kernel: number, stride: number];

/**
 * HSNet's learner (Min, Kang and Cho, *Hypercorrelation Squeeze for Few-Shot Segmentation*, ICCV 2021, section 4.2).
 * It squeezes the support plane of every level's correlations, mixes the levels from deep to shallow, averages over the support plane, and
 * decodes the result on the query plane. State names are those of published checkpoints, below `hpn_learner.`.
 */
export class HPNLearner extends Module {
  readonly encoder_layer4: Sequential;
  readonly encoder_layer3: Sequential;
  readonly encoder_layer2: Sequential;
  readonly encoder_layer4to3: Sequential;
  readonly encoder_layer3to2: Sequential;
  readonly decoder1: Sequential;
  readonly decoder2: Sequential;
  readonly guides: readonly Sequential[];
  readonly #priors: boolean;
  readonly #prototypes: boolean;

  /** @throws OptionError for an option that does not exist */
  constructor(options: LearnerOptions) {
    super();
    checkOptions('HPNLearner', options, optionNames);
    const {
      taps,
      kernel = 'center-pivot',
      priors = false,
      prototypes = false,
      guidance = [],
      key,
      ...creation
    } = options;
    const nextKey = keyDealer(key);
    const Conv4d = kernels[kernel];
    const block = (inChannels: number, ...steps: readonly Squeeze[]) =>
      new Sequential(
        ...steps.flatMap(([outChannels, kernelSize, stride], i): Layer[] => [
          new Conv4d({
            inChannels: steps[i - 1]?.[0] ?? inChannels,
            outChannels,
            kernel: kernelSize,
            stride: { support: stride },
            key: nextKey(),
            ...creation,
          }),
          new GroupNorm({ groups: 4, channels: outChannels, ...creation }),
          new ReLU(),
        ]),
      );
    const conv = (inChannels: number, outChannels: number) =>
      new Conv2d({ inChannels, outChannels, kernel: 3, padding: 1, key: nextKey(), ...creation });

    this.encoder_layer4 = block(taps.deep, [16, 3, 2], [64, 3, 2], [128, 3, 2]);
    this.encoder_layer3 = block(taps.middle, [16, 5, 4], [64, 3, 2], [128, 3, 2]);
    this.encoder_layer2 = block(taps.shallow, [16, 5, 4], [64, 5, 4], [128, 3, 2]);
    this.encoder_layer4to3 = block(128, [128, 3, 1], [128, 3, 1], [128, 3, 1]);
    this.encoder_layer3to2 = block(128, [128, 3, 1], [128, 3, 1], [128, 3, 1]);
    const hintChannels = (Number(priors) + Number(prototypes)) * (taps.shallow + taps.middle + taps.deep);
    this.guides = guidance.map(
      (inChannels) =>
        new Sequential(
          new Conv2d({ inChannels, outChannels: guideChannels, kernel: 1, key: nextKey(), ...creation }),
          new GroupNorm({ groups: 4, channels: guideChannels, ...creation }),
          new ReLU(),
        ),
    );
    this.decoder1 = new Sequential(conv(128 + hintChannels, 128), new ReLU(), conv(128, 64), new ReLU());
    this.#priors = priors;
    this.#prototypes = prototypes;
    this.decoder2 = new Sequential(conv(64 + guideChannels * guidance.length, 64), new ReLU(), conv(64, 2));
  }

  /**
   * @param pyramid correlations [B, taps, hq, wq, hs, ws] of each level
   * @param hints what the additions give the decoder
   * @returns logits of background and foreground, [B, 2, 2 hq, 2 wq] of the shallow level
   * @throws ShapeError for other numbers of channels, levels with different batch sizes, or missing hints
   */
  forward({ deep, middle, shallow }: Pyramid<Correlations>, hints: DecoderHints = {}): FeatureMap {
    return scope(() => {
      const x4 = asCorrelations(this.encoder_layer4.forward(deep));
      const x3 = asCorrelations(this.encoder_layer3.forward(middle));
      const x2 = asCorrelations(this.encoder_layer2.forward(shallow));
      const mixed3 = asCorrelations(this.encoder_layer4to3.forward(add(resizePlanes(x4, x3), x3)));
      const mixed2 = this.encoder_layer3to2.forward(add(resizePlanes(mixed3, x2), x2));
      const squeezed = asFeatureMap(mean(mixed2, { axes: [4, 5] }));
      const priors = this.#priors ? [shallow, middle, deep].map((level) => max(level, { axes: [4, 5] })) : [];
      const prototypes = this.#prototypes ? similarityMaps(hints) : [];
      const z = asFeatureMap(this.decoder1.forward(joined(squeezed, [...priors, ...prototypes])));
      const [, , hq, wq] = z.shape;
      const plane = [2 * hq, 2 * wq] as const;
      const decoded = resizeBilinear(z, plane, { alignCorners: true });
      const guides = this.guides.map((guide, i) => guide.forward(guideAt(hints, i)));
      return asFeatureMap(this.decoder2.forward(joined(decoded, guides)));
    });
  }
}

/** Joins maps to one along the channels, at the size of the first. */
function joined(first: FeatureMap, others: readonly Tensor<Shape, 'float32'>[]): FeatureMap {
  if (others.length === 0) return first;
  const [, , height, width] = first.shape;
  const resized = others.map((map) => resizeBilinear(asFeatureMap(map), [height, width], { alignCorners: true }));
  return asFeatureMap(concat([first, ...resized], 1));
}

/** The similarities to prototypes, [B, taps, hq, wq] of each level. */
function similarityMaps({ prototypes }: DecoderHints): readonly Tensor<Shape, 'float32'>[] {
  if (prototypes === undefined) throw new ShapeError('HPNLearner', 'the correlations with prototypes are missing');
  return [prototypes.shallow, prototypes.middle, prototypes.deep].map((level) => mean(level, { axes: [4, 5] }));
}

function guideAt({ guidance = [] }: DecoderHints, i: number): FeatureMap {
  const map = guidance[i];
  if (map === undefined) throw new ShapeError('HPNLearner', `feature map ${i} that guides the decoder is missing`);
  return map;
}
