import { Conv2d, Module, type InitialisationOptions } from '@hypercorr/nn';
import { fold, relu, scope } from '@hypercorr/tensor';
import { Tiny, type FeatureMap } from '@hypercorr/vision';

/** The logits at each place of a level. */
export interface LevelLogits {
  /** [N, parts, h, w] */
  readonly part: FeatureMap;
  /** [N, textures, h, w] */
  readonly texture: FeatureMap;
}

interface HeadOptions extends InitialisationOptions {
  readonly channels: number;
  readonly parts: number;
  readonly textures: number;
}

/** Two linear classifiers of a place's features. */
class LevelHead extends Module {
  readonly part: Conv2d;
  readonly texture: Conv2d;

  constructor({ channels, parts, textures, key, ...creation }: HeadOptions) {
    super();
    const linear = (outChannels: number, number: number) =>
      new Conv2d({
        inChannels: channels,
        outChannels,
        kernel: 1,
        key: key === null ? null : fold(key, number),
        ...creation,
      });
    this.part = linear(parts, 0);
    this.texture = linear(textures, 1);
  }

  /** @param features [N, channels, h, w], residual sums before their ReLU */
  forward(features: FeatureMap): LevelLogits {
    return scope(() => {
      const x = relu(features);
      return { part: this.part.forward(x), texture: this.texture.forward(x) };
    });
  }
}

/** The last residual sum of each stage that HSNet correlates. */
const levels = ['layer2.1', 'layer3.1', 'layer4.0'] as const;

/** The `tiny` backbone in training, with a head on the last feature map of each level. */
export class PretrainingNetwork extends Module {
  readonly backbone: Tiny;
  readonly heads: readonly LevelHead[];

  constructor({ parts, textures, key, ...creation }: Omit<HeadOptions, 'channels'>) {
    super();
    const keyOf = (number: number) => (key === null ? null : fold(key, number));
    this.backbone = new Tiny({ key: keyOf(0), ...creation }).train();
    this.heads = levels.map((level, i) => {
      const channels = Tiny.taps.find(({ name }) => name === level)?.channels ?? 0;
      return new LevelHead({ channels, parts, textures, key: keyOf(1 + i), ...creation });
    });
  }

  /**
   * @param images [N, 3, H, W], normalised
   * @returns the logits of each level, shallow to deep
   */
  forward(images: FeatureMap): readonly LevelLogits[] {
    return scope(() => {
      const maps = this.backbone.features(images, levels);
      return this.heads.flatMap((head, level) => {
        const features = maps[level];
        return features === undefined ? [] : [head.forward(features)];
      });
    });
  }
}
