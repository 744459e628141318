import { elements, panelColumns, panelRows, roundUp, weightCost, type Taps } from '@hypercorr/tensor/kernels';
import { isCovered, type TapAxis } from './axes.ts';
import type { Images, Sums } from './sums.ts';

/** Side of a transformed patch, in elements. */
export const side = 6;

/** `WORK` of `assembly/winograd-lanes.ts`. */
export const workBytes = 16 * elements;

/** Costs besides the products, in multiply-adds of a large matrix product (measured). */
export const costs = {
  /** Transforming a patch of one input channel at one position. */
  input: 150,
  /** The same for neighbouring positions that are apart in memory, so that each value is loaded by itself. */
  apart: 900,
  /** Transforming a tile of one output. */
  output: 200,
  /** Loading and storing the sums of a product, in channels. */
  tile: 4,
} as const;

/** A plane under a 3×3 or 5×5 kernel, and the other plane, where the kernel has one tap. */
export interface Planar {
  readonly rows: TapAxis;
  readonly columns: TapAxis;
  readonly lanes: readonly [outer: TapAxis, inner: TapAxis];
  readonly kernel: 3 | 5;
}

/** The planes of a tap sum for Winograd's algorithm: stride 1 on the first, and no padding on the other. */
export function planarOf(axes: readonly TapAxis[]): Planar | undefined {
  const [hq, wq, hs, ws] = axes;
  if (hq === undefined || wq === undefined || hs === undefined || ws === undefined) return undefined;
  return asPlanar(hq, wq, hs, ws) ?? asPlanar(hs, ws, hq, wq);
}

function asPlanar(rows: TapAxis, columns: TapAxis, outer: TapAxis, inner: TapAxis): Planar | undefined {
  const kernel = ([3, 5] as const).find((count) => isWindow(rows.taps, count) && isWindow(columns.taps, count));
  return kernel !== undefined && isCovered(outer) && isCovered(inner)
    ? { rows, columns, lanes: [outer, inner], kernel }
    : undefined;
}

function isWindow({ count, step, dilation }: Taps, kernel: number): boolean {
  return count === kernel && step === 1 && dilation === 1;
}

/** Tiles of one plane, and the number of quads. A quad is a tile at four positions of the other plane. */
export function tilesOf(images: number, { rows, columns, lanes: [outer, inner], kernel }: Planar) {
  const tile = side + 1 - kernel;
  const tileRows = Math.ceil(rows.taps.positions / tile);
  const tileColumns = Math.ceil(columns.taps.positions / tile);
  const positions = outer.taps.positions * inner.taps.positions;
  return { tile, tileRows, tileColumns, positions, quads: images * tileRows * tileColumns * Math.ceil(positions / 4) };
}

/** Cost in multiply-adds of a large matrix product that takes as long. */
export function winogradCost({ images, channels, outputs }: Sums, planar: Planar): number {
  const { quads } = tilesOf(images, planar);
  const inner = planar.lanes[1];
  const together = inner.taps.step * inner.inputStride === 1;
  const products = roundUp(4 * quads, panelColumns) * elements * (channels + costs.tile) * roundUp(outputs, panelRows);
  const transforms = (together ? costs.input : costs.apart) * channels + costs.output * outputs;
  return products + 4 * quads * transforms + weightCost * channels * outputs;
}

/** The words that `assembly/winograd-lanes.ts` reads. */
export function inputView(
  { imageStride, channelStride }: Images,
  { rows, columns, lanes: [outer, inner] }: Planar,
): number[] {
  return [
    imageStride,
    channelStride,
    rows.inputStride,
    columns.inputStride,
    rows.size,
    columns.size,
    rows.taps.first,
    columns.taps.first,
    outer.taps.step * outer.inputStride,
    inner.taps.step * inner.inputStride,
    outer.taps.first * outer.inputStride + inner.taps.first * inner.inputStride,
  ];
}

export function outputView(
  { imageStride, channelStride }: Images,
  { rows, columns, lanes: [outer, inner] }: Planar,
): number[] {
  return [
    imageStride,
    channelStride,
    rows.outputStride,
    columns.outputStride,
    rows.taps.positions,
    columns.taps.positions,
    0,
    0,
    outer.outputStride,
    inner.outputStride,
    0,
  ];
}
