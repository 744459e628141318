import type { RawTensor, StoredState } from '@hypercorr/nn';
import { FormatError } from '@hypercorr/tensor';
import { mobileNetV2Layers } from '../backbones/mobilenet-v2.ts';

/** What stands before the layers' names in TensorFlow's object detectors. */
const prefix = 'FeatureExtractor/MobilenetV2/';

/**
 * The weights of the `mobilenetv2` backbone among the constants of a TensorFlow Lite object detector, under the names and
 * with the axes of this library. The detector's heads are left out.
 *
 * The converter names a constant after all operations that share it, joined by `;`. The first of them is the layer's own.
 * A convolution's weight [O, kh, kw, C] becomes [O, C, kh, kw], a depthwise one's [1, kh, kw, C] becomes [C, 1, kh, kw].
 *
 * @throws FormatError for a model without one of the layers
 */
export function mobileNetV2State(detector: StoredState): Readonly<Record<string, RawTensor>> {
  const places = new Map<string, string>();
  for (const [name, { shape }] of detector.entries) {
    const [own = ''] = name.split(';');
    if (own.startsWith(prefix)) places.set(placeOf(own.slice(prefix.length), shape.length), name);
  }
  const found: Record<string, RawTensor> = {};
  for (const layer of mobileNetV2Layers) {
    for (const [part, rank] of [
      ['weight', 4],
      ['bias', 1],
    ] as const) {
      const name = places.get(`${layer.replaceAll('.', '/')} ${rank}`);
      if (name === undefined) throw new FormatError('mobilenetv2', `the model has no ${part} of ${layer}`);
      const raw = detector.raw(name);
      found[`${layer}.${part}`] = rank === 4 ? channelsFirst(raw) : raw;
    }
  }
  return found;
}

/** `expanded_conv_1/expand 4`: a layer, and how many axes the constant has. */
function placeOf(own: string, rank: number): string {
  return `${own.replace(/\/(BatchNorm\/.*|Conv2D|depthwise)$/, '')} ${rank}`;
}

/** [O, kh, kw, C] as [O, C, kh, kw], and [1, kh, kw, C] as [C, 1, kh, kw], of half-precision elements. */
function channelsFirst({ dtype, shape, bytes }: RawTensor): RawTensor {
  if (dtype !== 'F16') throw new FormatError('mobilenetv2', `the model's weights are ${dtype}; F16 is expected`);
  const [outputs = 0, height = 0, width = 0, channels = 0] = shape;
  const plane = height * width;
  const elements = new Uint16Array(bytes.buffer);
  const moved = new Uint16Array(elements.length);
  for (let o = 0; o < outputs; o += 1)
    for (let p = 0; p < plane; p += 1)
      for (let c = 0; c < channels; c += 1)
        moved[(o * channels + c) * plane + p] = elements[(o * plane + p) * channels + c] ?? 0;
  const sizes = outputs === 1 ? [channels, 1, height, width] : [outputs, channels, height, width];
  return { dtype, shape: sizes, bytes: new Uint8Array(moved.buffer) };
}
