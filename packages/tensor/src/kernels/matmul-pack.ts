import type { WasmLaunch, WasmStep } from '../backends/wasm/kernel.ts';

/** The tile of `assembly/matmul-tile.ts`: 4 rows by 8 columns, blocks of 256 in depth. */
export const panelRows = 4;
export const panelColumns = 8;
export const blockDepth = 256;

/** Float32 of a vector. */
export const vectorLanes = 4;

/** The smallest multiple of `unit` that is not below `size`. */
export function roundUp(size: number, unit: number): number {
  return Math.ceil(size / unit) * unit;
}

/** One index of a nested walk; the stride in elements. */
export interface Extent {
  readonly size: number;
  readonly stride: number;
}

/** A left operand before packing: matrices of rows, whose depth is walked by nested indices. */
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

/** What a unit of work computes: a block of the result. */
export interface Block {
  readonly rows: number;
  readonly columns: number;
}

/**
 * The block for each of `entries` results of m×n. Large blocks pack less often (the column panels are packed
 * once for each block of rows) and have to fit the second-level cache; small ones share out better. The
 * choice does not show in the result: every element is summed over the depth in the same order.
 */
export function blockOf(m: number, n: number, entries: number): Block {
  let rows = Math.min(256, roundUp(m, panelRows));
  let columns = Math.min(128, roundUp(n, panelColumns));
  const count = () => entries * Math.ceil(m / rows) * Math.ceil(n / columns);
  while (count() < enoughUnits && columns > 32) columns = roundUp(columns / 2, panelColumns);
  while (count() < enoughUnits && rows > 32) rows = roundUp(rows / 2, panelRows);
  return { rows, columns };
}

/** Units to have at least, where the size allows: some for each of a few threads. */
export const enoughUnits = 16;

/** Scratch of a unit: column offsets, packed columns of one depth block, and the tiles. */
export function tileScratchBytes({ rows, columns }: Block, depth: number): number {
  return 4 * (columns + columns * Math.min(depth, blockDepth) + rows * columns);
}

/** Units of `multiplyAdds` each that are worth waking a thread for: some twenty microseconds. */
export function grainFor(multiplyAdds: number): number {
  return Math.max(1, Math.ceil(2 ** 19 / Math.max(1, multiplyAdds)));
}
