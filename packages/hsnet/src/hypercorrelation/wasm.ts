import { f32Bits, sizeAt, type WasmLaunch, type WasmModule, type WasmStep, type WasmView } from '@hypercorr/tensor/op';
import { grainFor, panelColumns, panelRows, roundUp } from '@hypercorr/tensor/kernels';
import * as kernels from '../generated/kernels.ts';

const module: WasmModule = { name: '@hypercorr/hsnet', ...kernels };

/** `CHUNK` of `assembly/units.ts`, and `COLUMN_BLOCK` of `assembly/correlate.ts`. */
const chunk = 16;
const columnBlock = 128;

interface WasmPair {
  readonly query: WasmView;
  readonly support: WasmView;
}

/**
 * Steps that correlate the pairs one after another, each straight into its place of the stack, with the same workspace.
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

/** Addresses. */
interface Workspace {
  /** Packed query vectors, and packed active support vectors. */
  readonly rows: number;
  readonly columns: number;
  /** For each support position its scale; the active positions; how many they are. */
  readonly scales: number;
  readonly lists: number;
  readonly counts: number;
}

interface PairGeometry {
  readonly batch: number;
  readonly queries: number;
  readonly supports: number;
  /** Support positions rounded up to whole panels. */
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
      // Of all support positions: which of them are masked is known when the kernel has looked.
      multiplyAdds: batch * queries * supports * channels,
    },
  ];
}

/** What packing a value costs, in multiply-adds of a large product. */
const packCost = 8;

/** Many rows use each packed support vector more often; fewer share out better. The choice does not show in results. */
function rowsOfBlock(queries: number, batch: number): number {
  let rows = 128;
  while (rows > 16 && batch * Math.ceil(queries / rows) < 16) rows /= 2;
  return rows;
}
