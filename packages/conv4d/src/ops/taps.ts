import type { Shape } from '@hypercorr/tensor';
import { sizeAt, sizeOf } from '@hypercorr/tensor/op';
import { fourOf, type Window4d } from '../geometry.ts';

/** The channels that one output sums over, and the distance between them in memory. */
export function channelRun(x: Shape, weight: Shape) {
  return { channels: sizeAt(weight, 1), xStep: sizeOf(x.slice(2)), weightStep: sizeOf(weight.slice(2)) };
}

/**
 * Visits every product of the defining sum, as flat positions in the input, the weight and the output. Taps on padding
 * are skipped. The positions are those of the first channel: the visitor itself walks along the `channelRun`. The
 * forward pass and both gradients sum the same products, each into a different one of the three tensors.
 */
export function forEachTap(
  x: Shape,
  weight: Shape,
  output: Shape,
  window: Window4d,
  visit: (xAt: number, weightAt: number, outputAt: number) => void,
): void {
  const [batch, channels, outputs] = [sizeAt(x, 0), sizeAt(x, 1), sizeAt(weight, 0)];
  const { xStep, weightStep } = channelRun(x, weight);
  const outputElements = sizeOf(output.slice(2));
  const along = (axis: number) => axisTaps(x, weight, output, window, axis);
  const query = planeTaps(along(0), along(1));
  const support = planeTaps(along(2), along(3));
  for (let n = 0; n < batch; n += 1) {
    for (let o = 0; o < outputs; o += 1) {
      const [xStart, weightStart] = [n * channels * xStep, o * channels * weightStep];
      const outputStart = (n * outputs + o) * outputElements;
      for (const [xq, tq, yq] of query) {
        for (const [xs, ts, ys] of support) visit(xStart + xq + xs, weightStart + tq + ts, outputStart + yq + ys);
      }
    }
  }
}

/** One product of the sum, as offsets in the input, the weight and the output. */
type Tap = readonly [x: number, weight: number, y: number];

/** The taps of a plane: each tap of its rows with each tap of its columns. */
function planeTaps(rows: readonly Tap[], columns: readonly Tap[]): readonly Tap[] {
  return rows.flatMap(([xr, tr, yr]) => columns.map(([xc, tc, yc]): Tap => [xr + xc, tr + tc, yr + yc]));
}

/** The taps of an axis: position p sees the input at p·stride − padding + tap. */
function axisTaps(x: Shape, weight: Shape, y: Shape, window: Window4d, axis: number): readonly Tap[] {
  const [stride, padding] = [sizeAt(fourOf(window.stride), axis), sizeAt(fourOf(window.padding), axis)];
  const step = (shape: Shape) => sizeOf(shape.slice(axis + 3));
  const taps: Tap[] = [];
  for (let position = 0; position < sizeAt(y, axis + 2); position += 1) {
    for (let tap = 0; tap < sizeAt(weight, axis + 2); tap += 1) {
      const source = position * stride - padding + tap;
      if (source >= 0 && source < sizeAt(x, axis + 2))
        taps.push([source * step(x), tap * step(weight), position * step(y)]);
    }
  }
  return taps;
}
