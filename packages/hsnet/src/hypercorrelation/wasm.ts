import { f32Bits, sizeAt, type WasmLaunch, type WasmModule, type WasmStep, type WasmView } from '@hypercorr/tensor/op';
import { grainFor, panelColumns, panelRows, roundUp } from '@hypercorr/tensor/kernels';
import * as kernels from '../generated/kernels.ts';

const module: WasmModule = { name: '@hypercorr/hsnet', ...kernels };

/** `chunk` equals `CHUNK` of `assembly/units.ts`; `columnBlock` equals `COLUMN_BLOCK` of `assembly/correlate.ts`. */
const chunk = 16;
const columnBlock = 128;

interface WasmPair {
  readonly query: WasmView;
  readonly support: WasmView;
}

/**
 * The steps that correlate the pairs one after another. Each pair writes straight into its place of the stack. All share one workspace.
 *
 * @param output `[B,n,hq,wq,hs,ws]`
 */
export function hypercorrelationSteps(
  pairs: readonly WasmPair[],
  output: WasmView,
  epsilon: number,
  launch: WasmLaunch,
): WasmStep[] {
  const [batch = 0, taps = 0, hq = 0, wq = 0, hs = 0, ws = 0] = output.shape;
  const [queries, supports] = [hq * wq, hs * ws];
  const stride = roundUp(supports, panelColumns);
  const channels = Math.max(...pairs.map(({ query }) => sizeAt(query.shape, 1)));
  const room: Workspace = {
    rows: launch.workspace(4 * batch * roundUp(queries, panelRows) * channels),
    columns: launch.workspace(4 * batch * stride * channels),
    scales: launch.workspace(4 * batch * stride),
    lists: launch.workspace(4 * batch * stride),
    counts: launch.workspace(4 * batch),
  };
  const pairSize = queries * supports;
  return pairs.flatMap((pair, tap) =>
    pairSteps(pair, room, {
      batch,
      queries,
      supports,
      stride,
      epsilon,
      out: output.pointer + 4 * tap * pairSize,
      outStride: taps * pairSize,
    }),
  );
}

/** Addresses of the workspace's parts. */
interface Workspace {
  /** The packed query vectors, and the packed vectors of active support positions. A position is active if its vector is not zero. */
  readonly rows: number;
  readonly columns: number;
  /** The scale of each support position; the list of active positions; their number. */
  readonly scales: number;
  readonly lists: number;
  readonly counts: number;
}

interface PairGeometry {
  readonly batch: number;
  readonly queries: number;
  readonly supports: number;
  /** The number of support positions, rounded up to whole panels. */
  readonly stride: number;
  readonly epsilon: number;
  readonly out: number;
  readonly outStride: number;
}

function pairSteps({ query, support }: WasmPair, room: Workspace, geometry: PairGeometry): WasmStep[] {
  const { rows, columns, scales, lists, counts } = room;
  const { batch, queries, supports, stride, epsilon, out, outStride } = geometry;
  const channels = sizeAt(query.shape, 1);
  const rowBlock = rowsOfBlock(queries, batch);
  return [
    {
      module,
      entry: 'packQueries',
      params: [query.pointer, rows, channels, queries, f32Bits(epsilon)],
      items: batch * Math.ceil(queries / chunk),
      grain: grainFor(chunk * channels * packCost),
    },
    {
      module,
      entry: 'supportScales',
      params: [support.pointer, scales, channels, supports, f32Bits(epsilon), stride],
      items: batch * Math.ceil(supports / chunk),
      grain: grainFor(chunk * channels * packCost),
    },
    { module, entry: 'activeSupports', params: [scales, counts, lists, supports, stride], items: batch, grain: 1 },
    {
      module,
      entry: 'packSupports',
      params: [support.pointer, scales, counts, lists, columns, channels, supports, stride],
      items: (batch * stride) / panelColumns,
      grain: grainFor(panelColumns * channels * packCost),
    },
    {
      module,
      entry: 'correlate',
      params: [rows, columns, counts, lists, out, channels, queries, supports, stride, outStride, rowBlock],
      items: batch * Math.ceil(queries / rowBlock),
      grain: 1,
      scratchBytes: 4 * rowBlock * columnBlock,
      // An upper bound that counts all support positions: only the kernel finds out which are masked.
      multiplyAdds: batch * queries * supports * channels,
    },
  ];
}

/** The cost of packing a value, in multiply-adds of a large product. */
const packCost = 8;

/** The rows of a block. More rows use each packed support vector more often; fewer rows spread better over threads. Results do not depend on it. */
function rowsOfBlock(queries: number, batch: number): number {
  let rows = 128;
  while (rows > 16 && batch * Math.ceil(queries / rows) < 16) rows /= 2;
  return rows;
}
