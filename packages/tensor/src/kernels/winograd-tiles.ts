import type { Planes } from './conv2d-geometry.ts';

/** F(4×4, 3×3): 36 products for 4×4 outputs; `assembly/winograd-transforms.ts` has the equations. */
const tileSide = 4;
export const elements = 36;

/** With stride 2 there are 81 products with 36 different weights: `assembly/winograd-phase-transforms.ts`. */
const phaseElements = 81;

/** `INPUT_SCRATCH` of `assembly/winograd-input.ts`. */
export const inputScratchBytes = 3216;

/** `WEIGHT_SCRATCH` of `assembly/winograd-weights.ts`. */
export const weightScratchBytes = 432;

/** Bytes of a cache line. */
export const lineBytes = 64;

/**
 * The measured costs of the transforms, in multiply-adds of a large matrix product: of a tile of one input channel, of
 * a tile of one output, and of a weight. With stride 2 the first two costs double.
 */
export const inputCost = 430;
export const outputCost = 370;
export const weightCost = 150;

/** The number of products of a tile, one for each element of its transformed patch. */
export function productsOf(stride: number): number {
  return stride === 1 ? elements : phaseElements;
}

/**
 * Bytes between the elements of a transformed operand: the size of an element's values and one more cache line. The
 * elements of a tile are written together. If their distance were a power of two, they would all fall on the same few
 * cache lines.
 */
export function elementBytes(values: number): number {
  return 4 * values + lineBytes;
}

/** Tiles of an output. */
export function tilesOf(output: Planes): { rows: number; columns: number; all: number } {
  const rows = Math.ceil(output.rows / tileSide);
  const columns = Math.ceil(output.columns / tileSide);
  return { rows, columns, all: rows * columns * output.images };
}

/** The planes that `assembly/winograd-patches.ts` reads. */
export function patchWords(planes: Planes): number[] {
  return [planes.imageStride, planes.channelStride, planes.rowStride, planes.columnStride, planes.rows, planes.columns];
}
