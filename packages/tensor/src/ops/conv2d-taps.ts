import { sizeAt, sizeOf, type Shape } from '../shape/shape.ts';
import type { Window } from '../shape/window.ts';

interface GroupedWindow extends Window {
  readonly groups: number;
}

/** Sizes that follow from a weight [O, C / groups, kh, kw]. */
export function convAxes(weight: Shape, { groups }: GroupedWindow) {
  return {
    outputsPerGroup: sizeAt(weight, 0) / groups,
    channelsPerGroup: sizeAt(weight, 1),
    kernel: [sizeAt(weight, 2), sizeAt(weight, 3)] as const,
  };
}

/** The number of channels that one output sums over, and the distance between two channels. */
export function channelRun(x: Shape, weight: Shape) {
  return {
    channels: sizeAt(weight, 1),
    xStep: sizeOf(x.slice(2)),
    weightStep: sizeOf(weight.slice(2)),
  };
}

/**
 * Visits every product of the convolution's defining sum, as flat positions in the input, the weight and the output.
 * Taps on padding are left out. The positions are those of the first channel; the visitor goes along the `channelRun`.
 * The forward pass and both gradients sum the same products, each into a different one of the three tensors.
 */
export function forEachTap(
  x: Shape,
  weight: Shape,
  output: Shape,
  attrs: GroupedWindow,
  visit: (xAt: number, weightAt: number, outputAt: number) => void,
): void {
  const [batch = 0, channels = 0, height = 0, width = 0] = x;
  const [, outputs = 0, outHeight = 0, outWidth = 0] = output;
  const {
    outputsPerGroup,
    channelsPerGroup,
    kernel: [kh, kw],
  } = convAxes(weight, attrs);
  const {
    stride: [sy, sx],
    padding: [py, px],
    dilation: [dy, dx],
  } = attrs;
  for (let n = 0; n < batch; n += 1) {
    for (let o = 0; o < outputs; o += 1) {
      const firstChannel = Math.floor(o / outputsPerGroup) * channelsPerGroup;
      for (let oy = 0; oy < outHeight; oy += 1) {
        for (let ox = 0; ox < outWidth; ox += 1) {
          const outputAt = ((n * outputs + o) * outHeight + oy) * outWidth + ox;
          const plane = (n * channels + firstChannel) * height;
          for (let ky = 0; ky < kh; ky += 1) {
            const y = oy * sy + ky * dy - py;
            if (y < 0 || y >= height) continue;
            for (let kx = 0; kx < kw; kx += 1) {
              const at = ox * sx + kx * dx - px;
              if (at < 0 || at >= width) continue;
              visit((plane + y) * width + at, (o * channelsPerGroup * kh + ky) * kw + kx, outputAt);
            }
          }
        }
      }
    }
  }
}
