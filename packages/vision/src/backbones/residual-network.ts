import { keyDealer, type Cell, type InitialisationOptions, type Module } from '@hypercorr/nn';
import { relu } from '@hypercorr/tensor';
import type { FeatureMap } from '../shapes.ts';
import { BasicBlock, Bottleneck, type ResidualBlock } from './blocks.ts';
import { FeatureProvider, type Tap } from './feature-provider.ts';
import { runSteps, type Step } from './run-steps.ts';
import { createStem, stemChannels, stemStride, type Stem, type StemDesign } from './stems.ts';

/** Blocks of one size, one after another. */
export interface StageDesign {
  readonly blocks: number;
  /** Output channels of every block. */
  readonly channels: number;
  /** Stride of the first block; the others have stride 1. */
  readonly stride: number;
  /** Dilation of the first block's 3×3 convolution with the stride. */
  readonly firstDilation: number;
  /** Dilation of all later 3×3 convolutions. */
  readonly dilation: number;
}

/** The parts of a residual network. */
export interface ResidualDesign {
  readonly stem: StemDesign;
  readonly block: 'basic' | 'bottleneck';
  readonly stages: readonly [StageDesign, StageDesign, StageDesign, StageDesign];
}

const blockClasses = { basic: BasicBlock, bottleneck: Bottleneck } as const;

/**
 * A stem and four stages of residual blocks. Every block has two taps: `layer2.0` is the residual sum of the first
 * block of stage 2 **before** its ReLU, `layer2.0.relu` the same after it. Names in the state are torchvision's.
 */
export class ResidualNetwork extends FeatureProvider {
  readonly taps: readonly Tap[];
  readonly layer1: readonly ResidualBlock[];
  readonly layer2: readonly ResidualBlock[];
  readonly layer3: readonly ResidualBlock[];
  readonly layer4: readonly ResidualBlock[];
  readonly #stem: Stem;

  constructor(design: ResidualDesign, { key, ...creation }: InitialisationOptions) {
    super();
    const nextKey = keyDealer(key);
    const Block = blockClasses[design.block];
    let inChannels = stemChannels(design.stem);
    const stage = ({ blocks, channels, stride, firstDilation, dilation }: StageDesign): ResidualBlock[] =>
      Array.from({ length: blocks }, (_, i) => {
        const place =
          i === 0
            ? { inChannels, stride, dilations: { strided: firstDilation, later: dilation } }
            : { inChannels: channels, stride: 1, dilations: { strided: dilation, later: dilation } };
        const block = new Block({ ...place, outChannels: channels, key: nextKey(), ...creation });
        inChannels = channels;
        return block;
      });

    this.#stem = createStem(design.stem, { key: nextKey(), ...creation });
    const [first, second, third, fourth] = design.stages;
    this.layer1 = stage(first);
    this.layer2 = stage(second);
    this.layer3 = stage(third);
    this.layer4 = stage(fourth);
    this.taps = residualTaps(design);
  }

  features(images: FeatureMap, wanted: readonly string[]): readonly FeatureMap[] {
    const stages = [this.layer1, this.layer2, this.layer3, this.layer4];
    const steps: readonly Step[] = [
      this.#stem,
      ...stages.flatMap((blocks, stage) =>
        blocks.flatMap((block, i): Step[] => {
          const tap = tapName(stage, i);
          return [
            { tap, forward: (x) => block.forward(x) },
            { tap: rectifiedName(tap), forward: relu },
          ];
        }),
      ),
    ];
    return runSteps(images, steps, wanted);
  }

  /** The stem's layers stand in front of the stages, as in torchvision. */
  protected override *members(): Iterable<readonly [string, Cell | Module]> {
    yield* Object.entries(this.#stem.modules);
    yield* super.members();
  }
}

/** The taps of a design, without making the network. */
export function residualTaps({ stem, stages }: ResidualDesign): readonly Tap[] {
  let stride = stemStride(stem);
  return stages.flatMap(({ blocks, channels, stride: step }, stage) => {
    stride *= step;
    const place = { channels, stride };
    return Array.from({ length: blocks }, (_, i) => tapName(stage, i)).flatMap((name) => [
      { name, ...place, rectified: false },
      { name: rectifiedName(name), ...place, rectified: true },
    ]);
  });
}

const tapName = (stage: number, block: number) => `layer${stage + 1}.${block}`;
const rectifiedName = (tap: string) => `${tap}.relu`;
