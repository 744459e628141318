import type { Shape } from '@hypercorr/tensor';
import { sizeAt, sizeOf } from '@hypercorr/tensor/op';
import { lowering, type GraphBuilder, type GraphValue, type Lowering } from '@hypercorr/tensor/onnx';
import { conv4dOp } from './ops/conv4d.ts';

/** One plane of a 4D convolution: two axes of the correlations, and how the window moves along them. */
interface PlaneWindow {
  readonly axes: readonly [number, number];
  readonly input: readonly [number, number];
  readonly output: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
}

/**
 * A 4D convolution as 2D convolutions, because ONNX runtimes have no 4D ones. For each tap of one plane's kernel (the
 * outer plane) the positions that it sees become images of the other plane (the inner plane):
 *
 *     y[·, i, ·] = Σ_t x[·, i s − p + t, ·] ∗ weight[·, ·, t, ·] + bias
 *
 * The outer plane is the one with fewer taps: center-pivot and separable kernels have one tap there.
 */
const lowerConv4d = lowering(conv4dOp, (graph, { x, weight, bias }, window, output) => {
  const plane = (which: 'query' | 'support'): PlaneWindow => {
    const first = which === 'query' ? 2 : 4;
    const two = (shape: Shape) => [sizeAt(shape, first), sizeAt(shape, first + 1)] as const;
    return {
      axes: [first, first + 1],
      input: two(x.shape),
      output: two(output.shape),
      kernel: two(weight.shape),
      stride: window.stride[which],
      padding: window.padding[which],
    };
  };
  const planes = [plane('query'), plane('support')] as const;
  const [outer, inner] = sizeOf(planes[0].kernel) <= sizeOf(planes[1].kernel) ? planes : [planes[1], planes[0]];
  const [batch = 0, channels = 0] = x.shape;
  const outputs = sizeAt(weight.shape, 0);

  // [b, C, …] → [b, outer, C, inner], both planes cropped and the outer one padded
  const padded = pad(graph, x, [outer, { ...inner, padding: cropOf(inner.padding) }]);
  const images = graph.transpose(padded, [0, ...outer.axes, 1, ...inner.axes]);
  const taps = graph.transpose(weight, [...outer.axes, 0, 1, ...inner.axes]);
  const innerSize = images.shape.slice(4);
  let sum: GraphValue | undefined;
  for (let row = 0; row < outer.kernel[0]; row += 1) {
    for (let column = 0; column < outer.kernel[1]; column += 1) {
      const seen = slice(graph, images, [1, 2], [row, column], outer);
      const kernel = slice(graph, taps, [0, 1], [row, column], { output: [1, 1], stride: [1, 1] });
      const flat = graph.reshape(seen, [batch * sizeOf(outer.output), channels, ...innerSize]);
      const tap = graph.reshape(kernel, [outputs, channels, ...inner.kernel]);
      const [top, left] = inner.padding.map((padding) => Math.max(0, padding));
      const product = graph.node(
        'Conv',
        [flat, tap, sum === undefined ? bias : undefined],
        [flat.shape[0] ?? 0, outputs, ...inner.output],
        {
          strides: inner.stride,
          pads: [top ?? 0, left ?? 0, top ?? 0, left ?? 0],
        },
      );
      sum = sum === undefined ? product : graph.node('Add', [sum, product], product.shape);
    }
  }
  if (sum === undefined) throw new RangeError('a kernel has at least one tap');
  // [b · outer, O, inner] → [b, O, …]
  const split = graph.reshape(sum, [batch, ...outer.output, outputs, ...inner.output]);
  return graph.transpose(split, outer.axes[0] === 2 ? [0, 3, 1, 2, 4, 5] : [0, 3, 4, 5, 1, 2]);
});

function cropOf(padding: readonly [number, number]): readonly [number, number] {
  return [Math.min(0, padding[0]), Math.min(0, padding[1])];
}

/** Pads every side of the planes with zeros. A negative padding crops. */
function pad(graph: GraphBuilder, x: GraphValue, planes: readonly Pick<PlaneWindow, 'axes' | 'padding'>[]): GraphValue {
  const before = x.shape.map(() => 0);
  for (const { axes, padding } of planes) axes.forEach((axis, i) => (before[axis] = padding[i] ?? 0));
  if (before.every((each) => each === 0)) return x;
  const shape = x.shape.map((size, axis) => size + 2 * (before[axis] ?? 0));
  return graph.node('Pad', [x, graph.list('pads', [...before, ...before])], shape, { mode: 'constant' });
}

/** Takes positions along two axes: `output` says how many, from `starts`, `stride` apart. */
function slice(
  graph: GraphBuilder,
  x: GraphValue,
  axes: readonly [number, number],
  starts: readonly [number, number],
  { output, stride }: Pick<PlaneWindow, 'output' | 'stride'>,
): GraphValue {
  const shape = x.shape.with(axes[0], output[0]).with(axes[1], output[1]);
  const isWhole = starts.every((start) => start === 0) && shape.every((size, axis) => size === x.shape[axis]);
  if (isWhole) return x;
  const ends = starts.map((start, i) => start + ((output[i] ?? 0) - 1) * (stride[i] ?? 1) + 1);
  const lists = { starts, ends, axes, steps: stride };
  return graph.node('Slice', [x, ...Object.entries(lists).map(([name, numbers]) => graph.list(name, numbers))], shape);
}

/** The ONNX forms of the operations of `@hypercorr/conv4d`. */
export const conv4dLowerings: readonly Lowering[] = [lowerConv4d];
