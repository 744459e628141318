import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';

/** The tile of `assembly/matmul-tile.ts`: 4 rows by 8 columns, blocks of 256 in depth. */
export const panelRows = 4;
export const panelColumns = 8;
export const blockDepth = 256;

/** The number of float32 in a vector. */
export const vectorLanes = 4;

/** `size`, rounded up to a multiple of `unit`. */
export function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}

/** One index of a nested loop; the stride is in elements. */
export interface Extent {
  readonly size: number;
  readonly stride: number;
}

/** A left operand before packing: matrices of rows. Nested indices run along the depth of a row. */
export interface Rows {
  readonly pointer: number;
  readonly rows: number;
  readonly rowStride: number;
  readonly matrices: number;
  readonly matrixStride: number;
  /** Outermost first. */
  readonly depth: readonly Extent[];
}

/**
 * The step that packs a left operand into workspace.
 *
 * @returns the step, the address of the packed matrices and the elements of each
 */
export function packRowsStep(
  { pointer, rows, rowStride, matrices, matrixStride, depth }: Rows,
  launch: WasmLaunch,
): { pack: WasmStep; packed: number; matrixSize: number } {
  const size = depth.reduce((product, extent) => product * extent.size, 1);
  const matrixSize = roundUp(rows, panelRows) * size;
  const packed = launch.workspace(4 * matrices * matrixSize);
  const words = (extents: readonly Extent[]) => extents.flatMap((extent) => [extent.size, extent.stride]);
  const others = depth.slice(0, -1);
  return {
    pack: {
      entry: 'packRows',
      params: [
        pointer,
        packed,
        rows,
        rowStride,
        matrixStride,
        ...words(depth.slice(-1)),
        others.length,
        ...words(others),
      ],
      items: matrices * Math.ceil(rows / panelRows),
      grain: grainFor(panelRows * size),
    },
    packed,
    matrixSize,
  };
}

/** The block of the result that a unit of work computes. */
export interface Block {
  readonly rows: number;
  readonly columns: number;
}

/**
 * The block for each of `entries` results of m×n. Large blocks pack less often, because the column panels are packed
 * once for each block of rows, but a block has to fit the second-level cache. Small blocks spread better over threads.
 * The choice does not change the result: every element is summed over the depth in the same order.
 */
export function blockOf(m: number, n: number, entries: number): Block {
  let rows = Math.min(256, roundUp(m, panelRows));
  let columns = Math.min(128, roundUp(n, panelColumns));
  const count = () => entries * Math.ceil(m / rows) * Math.ceil(n / columns);
  while (count() < enoughUnits && columns > 32) columns = roundUp(columns / 2, panelColumns);
  while (count() < enoughUnits && rows > 32) rows = roundUp(rows / 2, panelRows);
  return { rows, columns };
}

/** The least number of units, if the size allows: several for each of a few threads. */
export const enoughUnits = 16;

/** Scratch memory of a unit, in bytes: column offsets, packed columns of one depth block, and the tiles. */
export function tileScratchBytes({ rows, columns }: Block, depth: number): number {
  return 4 * (columns + columns * Math.min(depth, blockDepth) + rows * columns);
}

/** The number of units of `multiplyAdds` each that is worth waking a thread for: about twenty microseconds of work. */
export function grainFor(multiplyAdds: number): number {
  return Math.max(1, Math.ceil(2 ** 19 / Math.max(1, multiplyAdds)));
}
