import { tinyStemChannels } from '../backbones/tiny.ts';

/** Tensors' shapes by their names. */
export type StateShapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

/**
 * torchvision's ResNets. Their third stages differ in the number of blocks, in the first kernel (3×3 in basic blocks, 1×1
 * in bottlenecks), in its outputs, and in the inputs of each group of the second convolution.
 */
const resNets: Readonly<Record<string, string>> = {
  '2 of 3×3 to 256, groups of 256': 'resnet18',
  '6 of 3×3 to 256, groups of 256': 'resnet34',
  '6 of 1×1 to 256, groups of 256': 'resnet50',
  '23 of 1×1 to 256, groups of 256': 'resnet101',
  '36 of 1×1 to 256, groups of 256': 'resnet152',
  '6 of 1×1 to 512, groups of 16': 'resnext50_32x4d',
  '23 of 1×1 to 1024, groups of 32': 'resnext101_32x8d',
  '23 of 1×1 to 1024, groups of 16': 'resnext101_64x4d',
  '6 of 1×1 to 512, groups of 512': 'wide_resnet50_2',
  '23 of 1×1 to 512, groups of 512': 'wide_resnet101_2',
};

/**
 * Names in deep stems, which have three convolutions: in asymmetric non-local networks, timm, and MIT's segmentation.
 */
const deepStems: readonly string[] = ['prefix.conv3.weight', 'conv1.6.weight', 'conv3.weight'];

/**
 * AlexNet and torchvision's VGGs by their number of convolutions. VGGs with batch norms have five more tensors for each
 * layer.
 */
const vggs: Readonly<Record<number, string>> = { 5: 'alexnet', 8: 'vgg11', 10: 'vgg13', 13: 'vgg16', 16: 'vgg19' };

/** Other networks of torchvision, each by a tensor that no other network has. */
const others: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/^expanded_conv_1\.depthwise\.weight$/, 'mobilenetv2'],
  [/^features\.denseblock4\./, 'a DenseNet'],
  [/^features\.1\.conv\.0\.0\.weight$/, 'mobilenet_v2'],
  [/^features\.1\.(0\.)?block\.0\.0\.weight$/, 'a MobileNetV3 or an EfficientNet'],
  [/^features\.3\.squeeze\.weight$/, 'a SqueezeNet'],
  [/^features\.1\.0\.block\.0\.weight$/, 'a ConvNeXt'],
  [/^inception3a\./, 'googlenet'],
  [/^Mixed_5b\./, 'inception_v3'],
  [/^(encoder\.layers\.encoder_layer_0|blocks\.0\.attn)\./, 'a vision transformer'],
];

/**
 * The network that a backbone's weights belong to, told by torchvision's names and shapes. Weights do not depend on
 * strides and dilations: a dilated ResNet differs from a plain one by its stem alone.
 *
 * @param state the weights, without any prefix
 * @returns torchvision's name, followed by ` with a deep stem` if the stem has three convolutions; `tiny` for this
 * library's own network; undefined for an unknown network
 */
export function identifyBackbone(state: StateShapes): string | undefined {
  const names = Object.keys(state);
  const other = others.find(([pattern]) => names.some((name) => pattern.test(name)));
  return other?.[1] ?? identifyVgg(state) ?? identifyResNet(state);
}

function identifyVgg(state: StateShapes): string | undefined {
  const layers = (pattern: RegExp) => Object.keys(state).filter((name) => pattern.test(name));
  const convolutions = layers(/^features\.\d+\.weight$/).filter((name) => state[name]?.shape.length === 4);
  const name = vggs[convolutions.length];
  return name !== undefined && layers(/^features\.\d+\.running_mean$/).length > 0 ? `${name}_bn` : name;
}

function identifyResNet(state: StateShapes): string | undefined {
  const first = state['layer3.0.conv1.weight']?.shape;
  if (first === undefined) return undefined;
  if (state['conv1.weight']?.shape[0] === tinyStemChannels) return 'tiny';
  const [outputs = 0, , kernel = 0] = first;
  const blocks = new Set(Object.keys(state).flatMap((name) => /^layer3\.(\d+)\./.exec(name)?.[1] ?? [])).size;
  const groupInputs = state['layer3.0.conv2.weight']?.shape[1] ?? outputs;
  const name = resNets[`${blocks} of ${kernel}×${kernel} to ${outputs}, groups of ${groupInputs}`];
  return name !== undefined && deepStems.some((layer) => Object.hasOwn(state, layer))
    ? `${name} with a deep stem`
    : name;
}
