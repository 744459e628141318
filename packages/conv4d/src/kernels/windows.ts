import type { WasmLaunch, WasmStep } from '@hypercorr/tensor/op';
import { blockDepth, grainFor, panelColumns, panelRows, roundUp } from '@hypercorr/tensor/kernels';
import { axisWords, firstTap, positionsOf, singleAxis, tapsOf, type TapAxis } from './axes.ts';
import { module } from './module.ts';
import { seenTaps } from './parts.ts';
import { recordBytes } from './records.ts';
import type { Sums, TapSum } from './sums.ts';

/** Costs in multiply-adds of a large matrix product (measured). */
const costs = {
  /** Copying a value of the input into a panel, once for each tap of the lanes. */
  pack: 8,
  /** The same for a value whose neighbours in memory no lane sees. */
  gather: 40,
  /** Moving from one row of panels to the next, for a panel of outputs and eight lanes. */
  row: 60,
  /** Storing a value. */
  store: 20,
} as const;

/** Positions of the plane whose results are kept before they are stored. */
const span = 64;

/** Bytes of panels that stay in the second-level cache. */
const panelsBytes = 2 ** 18;

/**
 * The windows' plane, cut into bands, and the axes of the lanes. The lanes are four axes, of which the plane's axes
 * have one position.
 */
export interface Windows {
  readonly plane: Plane;
  readonly lanes: readonly TapAxis[];
  /** Rows of positions in a band. */
  readonly bandRows: number;
  /** Elements of the input that fit into the panels of a band. */
  readonly elements: number;
  /** The most positions of a band. */
  readonly positions: number;
}

type Plane = readonly [rows: TapAxis, columns: TapAxis];

/**
 * The ways to compute a tap sum by windows over one plane (`assembly/windows.ts`). Listed are planes whose panels stay
 * in the cache and whose taps along a row see neighbours; `listPanels` there relies on both.
 */
export function windowsOf(axes: readonly TapAxis[], channels: number): readonly Windows[] {
  const [hq = singleAxis, wq = singleAxis, hs = singleAxis, ws = singleAxis] = axes;
  if (channels > blockDepth) return [];
  const query: Plane = [hq, wq];
  const support: Plane = [hs, ws];
  return [
    ...inBands(support, channels).map((band) => ({ plane: support, lanes: [hq, wq, singleAxis, singleAxis], ...band })),
    ...inBands(query, channels).map((band) => ({ plane: query, lanes: [singleAxis, singleAxis, hs, ws], ...band })),
  ];
}

/** Whether the taps of an axis are side by side. */
function seesNeighbours({ taps: { count, dilation } }: TapAxis): boolean {
  return count <= 1 || dilation === 1;
}

/**
 * Bands of rows, as equal as possible, whose panels stay in the cache. None if even one row is too large for the cache,
 * or if the taps of a row are not side by side.
 */
function inBands(
  [rows, columns]: Plane,
  channels: number,
): readonly Pick<Windows, 'bandRows' | 'elements' | 'positions'>[] {
  if (!seesNeighbours(columns)) return [];
  const { positions, count, step, dilation } = rows.taps;
  const width = columns.taps.positions;
  const elements = rows.size * columns.size;
  const capacity = Math.floor(panelsBytes / (4 * panelColumns * channels));
  if (elements <= capacity) return [{ bandRows: positions, elements, positions: positions * width }];
  const fitting = Math.floor((Math.floor(capacity / columns.size) - (count - 1) * dilation - 1) / step) + 1;
  if (fitting < 1) return [];
  const bandRows = Math.ceil(positions / Math.ceil(positions / fitting));
  // Room for the bands of any plane, so that memory does not depend on the plane's width.
  return [
    {
      bandRows,
      elements: capacity,
      positions: Math.max(bandRows * width, Math.floor(capacity / (step * columns.taps.step))),
    },
  ];
}

export function isContiguous([rows, columns]: Plane): boolean {
  return columns.inputStride === 1 && rows.inputStride === columns.size;
}

/** Cost in multiply-adds of a large matrix product, for an input without zeros. */
export function windowsCost({ images, channels, outputs }: Sums, { plane, lanes }: Windows): number {
  const [rows, columns] = plane;
  const [rowTaps, columnTaps] = [seenThrough(rows), seenThrough(columns)];
  const products =
    roundUp(outputs, panelRows) *
    (rowTaps * columnTaps * channels + (rowTaps * columns.taps.positions * costs.row) / (panelRows * panelColumns));
  const packing = rows.size * columns.size * channels * (isContiguous(plane) ? costs.pack : costs.gather);
  const positions = images * roundUp(positionsOf(lanes), panelColumns);
  return positions * (tapsOf(lanes) * (products + packing) + outputs * costs.store * positionsOf(plane));
}

/** How often the positions of an axis see an element through a tap. */
export function seenThrough({ taps, size }: TapAxis): number {
  return Array.from({ length: taps.positions }, (_, position) => seenTaps(taps, position, size)).reduce(
    (sum, [begin, end]) => sum + end - begin,
    0,
  );
}

/** Steps: pack the weights, then compute eight lanes at a time to the end. */
export function windowsSteps(
  { input, output, images, channels, outputs, axes, weight, bias }: TapSum,
  windows: Windows,
  launch: WasmLaunch,
): WasmStep[] {
  const { plane, lanes, bandRows, elements, positions } = windows;
  const rowPanels = Math.ceil(outputs / panelRows);
  const depth = tapsOf(axes) * channels;
  const packed = launch.workspace(4 * rowPanels * panelRows * depth);
  const [rows, columns] = plane;
  const stored = tapsOf(lanes) === 1 ? Math.min(span, positions) : positions;
  return [
    {
      module,
      entry: 'windowWeights',
      params: [
        weight.pointer + 4 * firstTap(axes),
        packed,
        outputs,
        channels,
        weight.outputStride,
        weight.channelStride,
        ...tapWords(windows),
      ],
      items: rowPanels,
      grain: grainFor(panelRows * depth),
    },
    {
      module,
      entry: 'conv4dWindows',
      params: [
        packed,
        input.pointer,
        output.pointer,
        bias,
        outputs,
        channels,
        input.imageStride,
        input.channelStride,
        output.imageStride,
        output.channelStride,
        Math.max(1, Math.floor(blockDepth / (columns.taps.count * channels))),
        bandRows,
        elements,
        stored,
        ...axisWords(lanes),
        ...axisWords(plane),
      ],
      items: images * Math.ceil(positionsOf(lanes) / panelColumns) * Math.ceil(rows.taps.positions / bandRows),
      grain: grainFor(panelColumns * bandRows * columns.taps.positions * depth * outputs),
      scratchBytes:
        4 * panelColumns +
        2 * recordBytes +
        4 * roundUp(elements, 4) +
        4 * panelColumns * elements * channels +
        entryBytes * tapsOf(plane) +
        4 * panelColumns * rowPanels * panelRows * stored,
      // Counted for an input without zeros: only the running kernel finds out which elements are masked.
      multiplyAdds:
        images * positionsOf(lanes) * tapsOf(lanes) * seenThrough(rows) * seenThrough(columns) * channels * outputs,
    },
  ];
}

/** Counts and strides of the taps in the kernels' order: the lanes' axes, then the plane's. */
export function tapWords({ plane, lanes }: Windows): number[] {
  const axes = [...lanes.filter((axis) => axis !== singleAxis), ...plane];
  return [
    ...axes.map(({ taps }) => taps.count),
    ...axes.map(({ taps, kernelStride }) => taps.kernelStep * kernelStride),
  ];
}

/** `ENTRY` of `assembly/windows.ts`. */
const entryBytes = 12;
