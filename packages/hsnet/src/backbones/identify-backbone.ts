/** Tensors' shapes by their names. */
type Shapes = Readonly<Record<string, { readonly shape: readonly number[] }>>;

/** torchvision's ResNets by the blocks of their third stage, and whether a block's first kernel is 3×3 (two of them) or 1×1 (a bottleneck). */
const resnets: Readonly<Record<string, string>> = {
  '2 of 3': 'resnet18',
  '6 of 3': 'resnet34',
  '6 of 1': 'resnet50',
  '23 of 1': 'resnet101',
  '36 of 1': 'resnet152',
};

/** Convolutions of torchvision's VGGs; those with batch norms have five numbers a layer more. */
const vggs: Readonly<Record<number, string>> = { 8: 'vgg11', 10: 'vgg13', 13: 'vgg16', 16: 'vgg19' };

/**
 * Which network a backbone's weights look like, by torchvision's names and shapes.
 *
 * @param state the weights, without any prefix
 * @returns a name as torchvision has it; `tiny` for this library's; undefined for none of these
 */
export function identifyBackbone(state: Shapes): string | undefined {
  const names = Object.keys(state);
  const convolutions = names.filter(
    (name) => /^features\.\d+\.weight$/.test(name) && state[name]?.shape.length === 4,
  ).length;
  if (convolutions > 0) {
    const name = vggs[convolutions];
    return name !== undefined && names.some((each) => /^features\.\d+\.running_mean$/.test(each)) ? `${name}_bn` : name;
  }
  const first = state['layer3.0.conv1.weight']?.shape;
  if (first === undefined) return undefined;
  const blocks = new Set(names.flatMap((name) => /^layer3\.(\d+)\./.exec(name)?.[1] ?? [])).size;
  // The stem of the tiny one is narrower than every ResNet's.
  return state['conv1.weight']?.shape[0] === tinyStem ? 'tiny' : resnets[`${blocks} of ${first[2]}`];
}

const tinyStem = 16;
