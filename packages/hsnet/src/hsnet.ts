import { Module, keyDealer, type InitialisationOptions, type NamedParameters } from '@hypercorr/nn';
import {
  OptionError,
  ShapeError,
  noGrad,
  reshape,
  resizeBilinear,
  scope,
  sum,
  type Engine,
  type Tensor,
} from '@hypercorr/tensor';
import { checkOptions, sizeAt } from '@hypercorr/tensor/op';
import {
  createBackbone,
  type BackboneName,
  type FeatureMap,
  type FeatureProvider,
  type Image,
  type ImageBatch,
  type MaskBatch,
  type Plane,
} from '@hypercorr/vision';
import type { Addition } from './additions.ts';
import { hypercorrelation } from './hypercorrelation/index.ts';
import { HPNLearner, type DecoderHints, type KernelName } from './learner.ts';
import { supportMatch } from './presence/support-match.ts';
import { combineShots, indexMask, type ClassSegmentation, type Segmentation } from './prediction.ts';
import { guidanceTaps, learnerInputs, pyramidTaps, tapCounts } from './pyramid-taps.ts';
import { byLevel, pyramidOf, type Correlations, type Pyramid } from './shapes.ts';
import {
  PreparedSupports,
  checkMasks,
  maskFeatures,
  objectAndBackground,
  type Features,
  type Support,
} from './supports.ts';

export interface HSNetOptions extends InitialisationOptions {
  readonly backbone: BackboneName;
  /** The learner's 4D convolutions; `center-pivot` by default. */
  readonly kernel?: KernelName;
  /** Whether the support's features are masked, as published; true by default. Without masking the whole image is the support. */
  readonly supportMasking?: boolean;
  /** What is added to the published network; nothing by default. */
  readonly additions?: readonly Addition[];
  /** Whether gradients reach the backbone; false by default, which freezes it. */
  readonly trainBackbone?: boolean;
}

/** What a support says of a query. */
export interface Shot {
  /** [1, 2, h, w], of background and foreground, at the learner's resolution */
  readonly logits: FeatureMap;
  /** [], `supportMatch`: a number in [0, 1] */
  readonly match: Tensor<readonly [], 'float32'>;
}

const optionNames = {
  backbone: true,
  kernel: true,
  supportMasking: true,
  additions: true,
  trainBackbone: true,
  key: true,
  engine: true,
};

/**
 * Hypercorrelation Squeeze Network (Min, Kang and Cho, ICCV 2021). Finds the object class in a query image that the masks mark in the
 * support images. Images may have any size, square or not. Supports may have another size than the query. State names are those
 * of published checkpoints: `backbone.layer1.0.conv1.weight`, `hpn_learner.encoder_layer4.0.conv1.weight`.
 *
 * @example
 * using supports = model.prepare([{ image, mask }]);
 * const { mask } = model.segment(query, supports);
 */
export class HSNet extends Module {
  readonly backbone: FeatureProvider;
  readonly hpn_learner: HPNLearner;
  readonly backboneName: BackboneName;
  readonly kernel: KernelName;
  readonly supportMasking: boolean;
  readonly additions: readonly Addition[];
  readonly trainBackbone: boolean;
  /** The names of the backbone's taps that are correlated at each level. */
  readonly taps: Pyramid<readonly string[]>;
  /** The names of the taps that guide the decoder. */
  readonly #guidance: readonly string[];

  /** @throws OptionError for an option that does not exist, and for the addition `contrast` without `supportMasking` */
  constructor(options: HSNetOptions) {
    super();
    checkOptions('HSNet', options, optionNames);
    const {
      backbone,
      kernel = 'center-pivot',
      supportMasking = true,
      additions = [],
      trainBackbone = false,
      key,
      ...creation
    } = options;
    if (additions.includes('contrast') && !supportMasking)
      throw new OptionError('HSNet', 'contrast tells the object from its background, so it needs supportMasking');
    const nextKey = keyDealer(key);
    this.backbone = createBackbone(backbone, { key: nextKey(), ...creation });
    this.taps = pyramidTaps(this.backbone.taps);
    this.#guidance = additions.includes('guidance') ? guidanceTaps(this.backbone.taps).map(({ name }) => name) : [];
    this.hpn_learner = new HPNLearner({
      ...learnerInputs(this.backbone.taps, additions),
      kernel,
      key: nextKey(),
      ...creation,
    });
    this.backboneName = backbone;
    this.kernel = kernel;
    this.supportMasking = supportMasking;
    this.additions = additions;
    this.trainBackbone = trainBackbone;
  }

  /** The engine that the weights are on. */
  get engine(): Engine {
    const [weight] = this.hpn_learner.parameters();
    if (weight === undefined) throw new ShapeError('HSNet', 'the learner has no parameters');
    return weight.value.engine;
  }

  /** Switches only the learner. The backbone's batch norms use their running statistics in training too. */
  override train(mode = true): this {
    super.train(mode);
    this.backbone.eval();
    return this;
  }

  /** The parameters that training changes: the learner's, and the backbone's unless it is frozen. */
  trainableParameters(): NamedParameters {
    const all = Object.entries(this.namedParameters());
    return Object.fromEntries(all.filter(([name]) => this.trainBackbone || !name.startsWith('backbone.')));
  }

  /**
   * Computes the logits of a batch, with one support for each query.
   *
   * @param query [B, 3, H, W], normalised by ImageNet's mean and standard deviation
   * @param support [B, 3, H', W'], normalised as the queries
   * @param mask [B, H', W'], 1 on the object and 0 elsewhere
   * @returns logits of background and foreground, [B, 2, H, W]
   * @throws ShapeError for masks of another size than their images, and for images too small for the backbone
   */
  forward(query: FeatureMap, support: FeatureMap, mask: Tensor<MaskBatch, 'float32'>): FeatureMap {
    return scope(() => {
      // This inner scope frees the feature maps before the learner begins.
      const [correlations, hints] = scope(() => {
        const features = this.queryFeatures(query);
        const supports = this.#supportFeatures(support, mask);
        return [correlate(features, supports), this.#hints(features, supports)] as const;
      });
      return resizeBilinear(this.hpn_learner.forward(correlations, hints), planeOf(query), { alignCorners: true });
    });
  }

  /** Computes the backbone's feature maps of images [N, 3, H, W], by level. */
  features(images: FeatureMap): Features {
    return this.#featuresAt(images, []).levels;
  }

  /** As `features`, with the maps that guide the decoder: none without the addition `guidance`. */
  queryFeatures(images: FeatureMap): QueryFeatures {
    const { levels, others } = this.#featuresAt(images, this.#guidance);
    return { ...levels, guidance: others };
  }

  /** The feature maps by level, and those of some taps in their order. */
  #featuresAt(images: FeatureMap, others: readonly string[]): { levels: Features; others: readonly FeatureMap[] } {
    const wanted = Object.values(this.taps).flat();
    const names = [...wanted, ...others.filter((name) => !wanted.includes(name))];
    const compute = () => {
      const maps = this.backbone.features(images, names);
      return {
        levels: byLevel(maps.slice(0, wanted.length), tapCounts(this.taps)),
        others: others.flatMap((name) => maps[names.indexOf(name)] ?? []),
      };
    };
    return this.trainBackbone ? compute() : noGrad(compute);
  }

  /**
   * Computes the features of supports once, for use with any number of queries.
   *
   * @throws ShapeError if there is no support, or for a mask of another size than its image
   */
  prepare(supports: readonly Support[]): PreparedSupports {
    if (supports.length === 0)
      throw new ShapeError('prepare', 'there is no support; give at least one image with its mask');
    const features = ({ image, mask }: Support) =>
      this.#supportFeatures(asBatch(image), reshape(mask, [1, ...mask.shape]));
    return noGrad(() => scope(() => new PreparedSupports(supports.map(features))));
  }

  /**
   * Finds the supports' class in a query, by a vote of all shots. With the separable kernel call `eval()` first, because its
   * convolutions contain batch norms.
   *
   * @param query [3, H, W]
   * @returns tensors [H, W]; the caller, or the scope around the call, frees them
   */
  segment(query: Tensor<Image, 'float32'>, supports: PreparedSupports): Segmentation {
    return scope(() => {
      const [shots = []] = this.shotLogits(query, [supports]);
      return combineShots(shots, planeOf(query));
    });
  }

  /** Finds several classes in a query, and computes the query's features only once. Otherwise as `segment`. */
  segmentClasses(query: Tensor<Image, 'float32'>, classes: readonly PreparedSupports[]): ClassSegmentation {
    return scope(() => {
      const found = this.shotLogits(query, classes).map((shots) => combineShots(shots, planeOf(query)));
      return { classes: found, index: indexMask(found) };
    });
  }

  /**
   * Computes the logits that `segment` and `segmentClasses` decide by, before resizing. `combineShots` turns the logits of a class into a
   * segmentation of any size. `addClass` adds one segmentation at a time to an indexed mask, for when the planes of all classes
   * together would take too much memory.
   *
   * @param query [3, H, W]
   * @returns for each class, the logits [1, 2, h, w] of each of its shots, at the learner's resolution (about a quarter of
   * the query's); the caller, or the scope around the call, frees them
   */
  shotLogits(
    query: Tensor<Image, 'float32'>,
    classes: readonly PreparedSupports[],
  ): readonly (readonly FeatureMap[])[] {
    return this.#eachShot(query, classes, ({ logits }) => logits);
  }

  /** As `shotLogits`, and how well each support's object matches the query. */
  shots(query: Tensor<Image, 'float32'>, classes: readonly PreparedSupports[]): readonly (readonly Shot[])[] {
    return this.#eachShot(query, classes, ({ logits, correlations, support }) => ({
      logits,
      match: supportMatch(correlations, support, tapCounts(this.taps)),
    }));
  }

  /** What `result` makes of each shot; its tensors are kept. */
  #eachShot<T>(
    query: Tensor<Image, 'float32'>,
    classes: readonly PreparedSupports[],
    result: (shot: {
      readonly logits: FeatureMap;
      readonly correlations: Pyramid<Correlations>;
      readonly support: Features;
    }) => T,
  ): readonly (readonly T[])[] {
    return noGrad(() =>
      scope(() => {
        const features = this.queryFeatures(asBatch(query));
        const resultOf = (support: Features): T =>
          scope(() => {
            const correlations = correlate(features, support);
            const logits = this.hpn_learner.forward(correlations, this.#hints(features, support));
            return result({ logits, correlations, support });
          });
        return classes.map((supports) => supports.features.map(resultOf));
      }),
    );
  }

  /** What the decoder gets beside the correlations. */
  #hints(query: QueryFeatures, support: Features): DecoderHints {
    if (!this.additions.includes('prototypes')) return { guidance: query.guidance };
    // The cosine does not depend on a vector's length, so that the sum over the object stands for its mean.
    const sums = pyramidOf((level) => support[level].map((map) => sum(map, { axes: [2, 3], keepDims: true })));
    return { guidance: query.guidance, prototypes: correlate(query, sums) };
  }

  #supportFeatures(images: FeatureMap, masks: Tensor<MaskBatch, 'float32'>): Features {
    checkMasks(images, masks);
    return scope(() => {
      const features = this.features(images);
      if (!this.supportMasking) return features;
      return this.additions.includes('contrast') ? objectAndBackground(features, masks) : maskFeatures(features, masks);
    });
  }
}

/** A query's feature maps by level, and those that guide the decoder. */
export interface QueryFeatures extends Features {
  readonly guidance: readonly FeatureMap[];
}

/** @param support as many maps as the query has, or the object's and then the background's */
function correlate(query: Features, support: Features): Pyramid<Correlations> {
  return pyramidOf((level) => {
    const [own, other] = [query[level], support[level]];
    return hypercorrelation(other.length > own.length ? [...own, ...own] : own, other);
  });
}

function planeOf({ shape }: Tensor<ImageBatch | Image>): Plane {
  return [sizeAt(shape, -2), sizeAt(shape, -1)];
}

function asBatch(image: Tensor<Image, 'float32'>): FeatureMap {
  return reshape(image, [1, ...image.shape]);
}
