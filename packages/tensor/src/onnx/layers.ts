import { referenceBackend } from '../backends/reference/backend.ts';
import { fromArray } from '../create.ts';
import { Engine } from '../engine.ts';
import { BackendError } from '../errors.ts';
import type { PoolWindow } from '../kernels/pool.ts';
import { adaptiveAvgPool2d, adaptiveAvgPool2dOp } from '../ops/adaptive-avg-pool2d.ts';
import { avgPool2dOp } from '../ops/avg-pool2d.ts';
import { batchNormOp } from '../ops/batch-norm.ts';
import { conv2dInputGradientOp } from '../ops/conv2d-input-gradient.ts';
import { conv2dOp } from '../ops/conv2d.ts';
import { groupNormOp } from '../ops/group-norm.ts';
import { layerNormOp } from '../ops/layer-norm.ts';
import { matmulOp } from '../ops/matmul.ts';
import { maxPool2dOp } from '../ops/max-pool2d.ts';
import type { NormalizationAttrs } from '../ops/normalization.ts';
import { resizeBilinear, resizeBilinearOp } from '../ops/resize-bilinear.ts';
import { readSync } from '../read.ts';
import { scope } from '../scope.ts';
import { sizeAt, sizeOf, type Shape } from '../shape/shape.ts';
import type { Spec } from '../spec.ts';
import type { Tensor } from '../tensor.ts';
import { lowering, type GraphBuilder, type GraphValue, type Lowering } from './lowering.ts';

/** A resize: [1, 1, height, width] → [1, 1, *size], by the same rule along both axes. */
type Resize = (
  image: Tensor<Shape, 'float32'>,
  size: readonly [height: number, width: number],
) => Tensor<Shape, 'float32'>;

/** Products, convolutions, pooling, resizing and norms. */
export const layerLowerings: readonly Lowering[] = [
  lowering(matmulOp, (graph, { a, b }, { transposeA, transposeB }, { shape }) => {
    const [left, right] = [transposeA ? exchangeLast(graph, a) : a, transposeB ? exchangeLast(graph, b) : b];
    return graph.node('MatMul', [left, right], shape);
  }),
  lowering(conv2dOp, (graph, { x, weight, bias }, { stride, padding, dilation, groups }, { shape }) =>
    graph.node('Conv', [x, weight, bias], shape, {
      strides: stride,
      pads: [...padding, ...padding],
      dilations: dilation,
      group: groups,
    }),
  ),
  // `convTranspose2d` runs this operation.
  lowering(conv2dInputGradientOp, (graph, { cotangent, weight }, { stride, padding, dilation, groups }, { shape }) => {
    // Rows and columns of the output after the last window.
    const behind = ([0, 1] as const).map((axis) => {
      const windows = sizeAt(cotangent.shape, 2 + axis) - 1;
      const reach = dilation[axis] * (sizeAt(weight.shape, 2 + axis) - 1) + 1;
      return sizeAt(shape, 2 + axis) - (windows * stride[axis] - 2 * padding[axis] + reach);
    });
    return graph.node('ConvTranspose', [cotangent, weight], shape, {
      strides: stride,
      pads: [...padding, ...padding],
      dilations: dilation,
      group: groups,
      output_padding: behind,
    });
  }),
  lowering(maxPool2dOp, (graph, { x }, window, { shape }) =>
    graph.node('MaxPool', [x], shape, {
      kernel_shape: window.kernel,
      strides: window.stride,
      pads: [...window.padding, ...reachBehind(x.shape, shape, window)],
      ...(window.dilation.some((distance) => distance !== 1) && { dilations: window.dilation }),
    }),
  ),
  lowering(avgPool2dOp, (graph, { x }, window, { shape }) => {
    const { kernel, stride, padding, paddingAfter, countIncludePad, ceilMode } = window;
    if (!ceilMode || !countIncludePad) {
      return graph.node('AveragePool', [x], shape, {
        kernel_shape: kernel,
        strides: stride,
        pads: [...padding, ...reachBehind(x.shape, shape, window)],
        count_include_pad: Number(countIncludePad),
      });
    }
    // The padding counts, and what windows reach beyond it does not. So the padding becomes part of the image.
    const [top, left] = padding;
    const [bottom, right] = paddingAfter;
    const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
    const paddedShape = [batch, channels, top + height + bottom, left + width + right];
    const widths = graph.list('pads', [0, 0, top, left, 0, 0, bottom, right]);
    const padded = graph.node('Pad', [x, widths], paddedShape, { mode: 'constant' });
    return graph.node('AveragePool', [padded], shape, {
      kernel_shape: kernel,
      strides: stride,
      pads: [0, 0, ...reachBehind(paddedShape, shape, { ...window, padding: [0, 0], paddingAfter: [0, 0] })],
      count_include_pad: 0,
    });
  }),
  // Write resizing as products with the weights of both axes, because each runtime rounds the places of ONNX's Resize
  // differently.
  lowering(resizeBilinearOp, (graph, { x }, { alignCorners }, { shape }) =>
    resizeByProducts(graph, x, shape, (image, size) => resizeBilinear(image, size, { alignCorners })),
  ),
  // Write this as products too: ONNX has no pooling with overlapping bins.
  lowering(adaptiveAvgPool2dOp, (graph, { x }, _, { shape }) =>
    resizeByProducts(graph, x, shape, (image, size) => adaptiveAvgPool2d(image, size)),
  ),
  lowering(groupNormOp, groupNorm),
  lowering(layerNormOp, groupNorm),
  lowering(batchNormOp, (graph, { x, mean, variance, weight, bias }, { eps }, { shape }) => {
    const [, channels = 0] = shape;
    const scale = weight ?? graph.constant('ones', new Float32Array(channels).fill(1), [channels]);
    const shift = bias ?? graph.constant('zeros', new Float32Array(channels), [channels]);
    return graph.node('BatchNormalization', [x, scale, shift, mean, variance], shape, { epsilon: { float: eps } });
  }),
];

/**
 * Padding at the bottom and on the right. In `ceilMode` it is what the last windows reach: ONNX' own `ceil_mode` has
 * windows that start behind the image.
 */
function reachBehind(x: Shape, pooled: Shape, window: PoolWindow): readonly number[] {
  const { kernel, stride, padding, paddingAfter, dilation, ceilMode } = window;
  if (!ceilMode) return paddingAfter;
  return ([0, 1] as const).map((axis) => {
    const lastStart = (sizeAt(pooled, axis + 2) - 1) * stride[axis] - padding[axis];
    return Math.max(0, lastStart + dilation[axis] * (kernel[axis] - 1) + 1 - sizeAt(x, axis + 2));
  });
}

function exchangeLast(graph: GraphBuilder, x: GraphValue): GraphValue {
  const rank = x.shape.length;
  return graph.transpose(
    x,
    x.shape.map((_, axis) => (axis < rank - 2 ? axis : 2 * rank - 3 - axis)),
  );
}

/** Resizes by two matrix products. Resizing is linear, and the same for every column and every row: y = D x A. */
function resizeByProducts(graph: GraphBuilder, x: GraphValue, shape: Shape, resize: Resize): GraphValue {
  const [batch = 0, channels = 0, height = 0, width = 0] = x.shape;
  const [, , newHeight = 0, newWidth = 0] = shape;
  const across = resizeWeights(graph, width, [width, newWidth], resize);
  const down = resizeWeights(graph, height, [newHeight, height], resize);
  const wide = graph.node('MatMul', [x, across], [batch, channels, height, newWidth]);
  return graph.node('MatMul', [down, wide], shape);
}

/** The identity matrix, resized along one axis. It holds the weight of each old element in each new element. */
function resizeWeights(
  graph: GraphBuilder,
  size: number,
  to: readonly [height: number, width: number],
  resize: Resize,
): GraphValue {
  const identity = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const engine = new Engine(referenceBackend());
  const weights = scope(() => readSync(resize(fromArray(identity, [1, 1, size, size], { engine }), to)));
  return graph.constant('weights', weights, to);
}

function groupNorm(
  graph: GraphBuilder,
  { x, weight, bias }: { readonly x: GraphValue; readonly weight?: GraphValue; readonly bias?: GraphValue },
  { groups, eps }: NormalizationAttrs,
  { shape }: Spec,
): GraphValue {
  if (typeof groups !== 'number') throw new BackendError('onnx', 'a norm over batches is for training');
  const [batch = 0] = shape;
  // Each group is one channel of an instance norm.
  const grouped = graph.reshape(x, [batch, groups, sizeOf(shape) / (batch * groups)]);
  const [ones, zeros] = [new Float32Array(groups).fill(1), new Float32Array(groups)];
  const scale = [graph.constant('ones', ones, [groups]), graph.constant('zeros', zeros, [groups])];
  const normal = graph.node('InstanceNormalization', [grouped, ...scale], grouped.shape, { epsilon: { float: eps } });
  const scaled = alongChannels(graph, 'Mul', graph.reshape(normal, shape), weight);
  return alongChannels(graph, 'Add', scaled, bias);
}

/** Adds or multiplies a value for each channel; returns x if there is no value. */
function alongChannels(
  graph: GraphBuilder,
  operator: 'Add' | 'Mul',
  x: GraphValue,
  vector: GraphValue | undefined,
): GraphValue {
  if (vector === undefined) return x;
  const [, channels = 0, ...rest] = x.shape;
  return graph.node(operator, [x, graph.reshape(vector, [1, channels, ...rest.map(() => 1)])], x.shape);
}
