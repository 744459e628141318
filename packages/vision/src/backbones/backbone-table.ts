import { checkOptions } from '@hypercorr/tensor/op';
import type { InitialisationOptions } from '@hypercorr/nn';
import { ShapeError } from '@hypercorr/tensor';
import type { FeatureProvider, Tap } from './feature-provider.ts';
import { TorchvisionMobileNetV2 } from './mobilenet-v2-torchvision.ts';
import { MobileNetV2 } from './mobilenet-v2.ts';
import { ResNet, type ResNetDepth, type ResNetVariant } from './resnet.ts';
import { Tiny } from './tiny.ts';
import { VGG16 } from './vgg16.ts';

/** How to make a backbone, and its taps. */
interface BackboneRow {
  readonly taps: readonly Tap[];
  create(initialisation: InitialisationOptions, variant: ResNetVariant): FeatureProvider;
  /** Whether it has the options of `ResNetVariant`. */
  readonly varies: boolean;
}

function resNet(depth: ResNetDepth): BackboneRow {
  return {
    taps: ResNet.tapsOf(depth),
    create: (initialisation, variant) => new ResNet({ ...depth, ...variant, ...initialisation }),
    varies: true,
  };
}

/** Every backbone, one row each. */
const rows = {
  vgg16: { taps: VGG16.taps, create: (initialisation) => new VGG16(initialisation), varies: false },
  resnet18: resNet({ block: 'basic', blocks: [2, 2, 2, 2] }),
  resnet34: resNet({ block: 'basic', blocks: [3, 4, 6, 3] }),
  resnet50: resNet({ block: 'bottleneck', blocks: [3, 4, 6, 3] }),
  resnet101: resNet({ block: 'bottleneck', blocks: [3, 4, 23, 3] }),
  mobilenetv2: {
    taps: MobileNetV2.taps,
    create: (initialisation) => new MobileNetV2(initialisation),
    varies: false,
  },
  mobilenet_v2: {
    taps: TorchvisionMobileNetV2.taps,
    create: (initialisation) => new TorchvisionMobileNetV2(initialisation),
    varies: false,
  },
  tiny: { taps: Tiny.taps, create: (initialisation) => new Tiny(initialisation), varies: false },
} as const satisfies Record<string, BackboneRow>;

export const backboneNames = [
  'vgg16',
  'resnet18',
  'resnet34',
  'resnet50',
  'resnet101',
  'mobilenetv2',
  'mobilenet_v2',
  'tiny',
] as const satisfies readonly (keyof typeof rows)[];
export type BackboneName = (typeof backboneNames)[number];

/** The taps of each backbone with default options. */
export const backboneTaps: Readonly<Record<BackboneName, readonly Tap[]>> = {
  vgg16: rows.vgg16.taps,
  resnet18: rows.resnet18.taps,
  resnet34: rows.resnet34.taps,
  resnet50: rows.resnet50.taps,
  resnet101: rows.resnet101.taps,
  mobilenetv2: rows.mobilenetv2.taps,
  mobilenet_v2: rows.mobilenet_v2.taps,
  tiny: rows.tiny.taps,
};

export interface BackboneOptions extends InitialisationOptions, ResNetVariant {}

const optionNames = { outputStride: true, stem: true, key: true, engine: true };

/**
 * A backbone in evaluation mode, with random weights, or with zeros for a state to replace if the key is `null`. To
 * train the backbone by itself, on another task, call its `train()`.
 *
 * @throws OptionError for an option that does not exist; ShapeError for an output stride or a stem of a backbone that has no such option
 */
export function createBackbone(name: BackboneName, options: BackboneOptions): FeatureProvider {
  checkOptions('createBackbone', options, optionNames);
  const { outputStride, stem, ...initialisation } = options;
  const row: BackboneRow = rows[name];
  const variant = {
    ...(outputStride === undefined ? {} : { outputStride }),
    ...(stem === undefined ? {} : { stem }),
  };
  const [asked] = Object.keys(variant);
  if (asked !== undefined && !row.varies)
    throw new ShapeError('createBackbone', `${name} has no option ${asked}; the ResNets have it`);
  return row.create(initialisation, variant).eval();
}
