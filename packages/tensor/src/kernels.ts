/** What the kernels of operations are written with, for packages that define operations of their own. */
export * from './backends/gpu/source.ts';
export { forEachOffset } from './backends/reference/loops.ts';
/** Of convolutions: the taps of an axis, and matrix products of packed panels. */
export { ascending, forwardTaps, gradientTaps, trimTaps, type Axis, type Taps } from './kernels/conv2d-geometry.ts';
export {
  blockDepth,
  blockOf,
  grainFor,
  packRowsStep,
  panelColumns,
  panelRows,
  roundUp,
  tileScratchBytes,
  type Block,
  type Extent,
  type Rows,
} from './kernels/matmul-pack.ts';
export { packedProductStep, type PackedProduct } from './kernels/matmul.ts';
/** Of Winograd's algorithm with 36 products: sizes, and what a weight costs. */
export { elementBytes, elements, lineBytes, weightCost, weightScratchBytes } from './kernels/winograd-tiles.ts';
export { mergeAxes, stridesOf, type LoopAxis } from './shape/strides.ts';
